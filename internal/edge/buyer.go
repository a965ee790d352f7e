package edge

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// BuyerLife is how long a buyer stays logged in; opening the storefront in
// WeChat logs in again without a word.
const BuyerLife = 30 * 24 * time.Hour

const (
	buyerCookie   = "shuke_buyer"
	visitorCookie = "shuke_visitor"
)

// BuyerKey signs buyers' cookies: "v1." + base64(buyer id ‖ expiry ‖ HMAC-SHA256).
// There is nothing to look up, so any process can answer a buyer.
type BuyerKey []byte

// errToken is returned for a cookie that we did not sign or that has ended.
var errToken = errors.New("edge: bad buyer token")

// Token makes the cookie's value.
func (k BuyerKey) Token(buyer id.ID, expires time.Time) string {
	var b [48]byte
	binary.BigEndian.PutUint64(b[0:], uint64(buyer))
	binary.BigEndian.PutUint64(b[8:], uint64(expires.Unix()))
	copy(b[16:], k.mac(b[:16]))
	return "v1." + base64.RawURLEncoding.EncodeToString(b[:])
}

// Read returns the buyer of a token made by Token.
func (k BuyerKey) Read(token string, now time.Time) (id.ID, error) {
	text, ok := strings.CutPrefix(token, "v1.")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if !ok || err != nil || len(raw) != 48 || !hmac.Equal(raw[16:], k.mac(raw[:16])) {
		return 0, errToken
	}
	if now.Unix() >= int64(binary.BigEndian.Uint64(raw[8:])) {
		return 0, errToken
	}
	return id.ID(binary.BigEndian.Uint64(raw)), nil
}

func (k BuyerKey) mac(b []byte) []byte {
	h := hmac.New(sha256.New, k)
	h.Write(b)
	return h.Sum(nil)
}

// SetBuyer logs a buyer in.
func (k BuyerKey) SetBuyer(w http.ResponseWriter, buyer id.ID, now time.Time, secure bool) {
	http.SetCookie(w, &http.Cookie{Name: buyerCookie, Value: k.Token(buyer, now.Add(BuyerLife)), Path: "/", MaxAge: int(BuyerLife.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure})
}

type buyerKeyType struct{}

// WithBuyer puts the buyer of the cookie, if any, into the request's context.
func (k BuyerKey) WithBuyer(now func() time.Time, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie(buyerCookie); err == nil {
			if b, err := k.Read(c.Value, now()); err == nil {
				r = r.WithContext(context.WithValue(r.Context(), buyerKeyType{}, b))
			}
		}
		next.ServeHTTP(w, r)
	})
}

// BuyerOf returns the buyer who is logged in, 0 for a guest.
func BuyerOf(ctx context.Context) id.ID {
	b, _ := ctx.Value(buyerKeyType{}).(id.ID)
	return b
}

// NeedBuyer is the middleware that refuses guests with login, before anything of
// the request is read. Operations marked NeedNobody are open to all.
func NeedBuyer(api huma.API, login error) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if ctx.Operation().Metadata[NeedNobody] != true && BuyerOf(ctx.Context()) == 0 {
			Refuse(api, ctx, login)
			return
		}
		next(ctx)
	}
}

// Visitor returns who views a page: the buyer, or the anonymous visitor's own
// random cookie, set here at the first visit. It follows nobody across days in
// reports and holds nothing about a person.
func Visitor(w http.ResponseWriter, r *http.Request, secure bool) string {
	if b := BuyerOf(r.Context()); b != 0 {
		return "b" + b.String()
	}
	if c, err := r.Cookie(visitorCookie); err == nil && len(c.Value) == 16 {
		return "v" + c.Value
	}
	v := requestID(&http.Request{})
	http.SetCookie(w, &http.Cookie{Name: visitorCookie, Value: v, Path: "/", MaxAge: int((400 * 24 * time.Hour).Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure})
	return "v" + v
}
