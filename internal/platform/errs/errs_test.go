package errs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/shuke-commerce/shuke/internal/platform/errs"
)

var short = errs.New(errs.Conflict, "inventory.short", "库存不足", "Not enough in stock")

func TestCopiesLeaveTheOriginalAlone(t *testing.T) {
	cause := errors.New("cause")
	e := short.With("available", 3).At("a").Text("别的", "Other").At("b").Because(cause)
	if len(short.Params) != 0 || len(short.Details) != 0 || short.Err != nil || short.Zh != "库存不足" {
		t.Fatalf("the shared error was changed: %+v", short)
	}
	one, two := e.At("x"), e.At("y")
	if one.Details[2].Field != "x" || two.Details[2].Field != "y" {
		t.Errorf("copies share a list: %+v %+v", one.Details, two.Details)
	}
	first := short.With("n", 1)
	if second := first.With("n", 2); first.Params["n"] != 1 || second.Params["n"] != 2 {
		t.Error("copies share facts")
	}
	if e.Details[0].Zh != "库存不足" || e.Details[1].Zh != "别的" || e.Details[1].Code != "inventory.short" {
		t.Errorf("%+v", e.Details)
	}
	if !errors.Is(e, short) || !errors.Is(e, cause) || errors.Is(e, errs.New(errs.Conflict, "other", "", "")) {
		t.Error("errors.Is goes by code and by cause")
	}
}

func TestForeignErrorsAreInternal(t *testing.T) {
	if e := errs.Of(fmt.Errorf("read: %w", context.Canceled)); e.Kind != errs.Internal || e.Code != "internal" || !errors.Is(e, context.Canceled) {
		t.Errorf("%+v", e)
	}
	if errs.Code(nil) != "" || errs.Code(fmt.Errorf("x: %w", short)) != "inventory.short" || errs.KindOf(short) != errs.Conflict {
		t.Error("code and kind")
	}
}

func TestEveryKindHasAnAnswer(t *testing.T) {
	want := map[errs.Kind]int{errs.Internal: 500, errs.Invalid: 422, errs.Malformed: 400, errs.Unauthenticated: 401, errs.Forbidden: 403, errs.NotFound: 404, errs.Conflict: 409,
		errs.Gone: 410, errs.TooLarge: 413, errs.RateLimited: 429, errs.Unavailable: 503, errs.Unavailable + 1: 500}
	for k, code := range want {
		if k.HTTPStatus() != code || http.StatusText(code) == "" {
			t.Errorf("%d → %d, want %d", k, k.HTTPStatus(), code)
		}
	}
}
