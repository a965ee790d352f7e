package wechatpay

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/wechat/pay"
	"pgregory.net/rapid"
)

func TestOutcomes(t *testing.T) {
	for want, err := range map[error]error{
		payment.ErrPaid:     &pay.Error{HTTPStatus: 400, Code: pay.CodeOrderPaid},
		payment.ErrClosed:   &pay.Error{HTTPStatus: 400, Code: pay.CodeOrderClosed},
		payment.ErrNotFound: &pay.Error{HTTPStatus: 404, Code: pay.CodeOrderNotExist},
		payment.ErrUnknown:  &pay.Error{HTTPStatus: 500, Code: pay.CodeSystemError},
		payment.ErrLater:    &pay.Error{HTTPStatus: 429, Code: pay.CodeFrequencyLimited},
	} {
		if got := outcome(err); !errors.Is(got, want) || !errors.Is(got, err) {
			t.Errorf("%v became %v, want %v", err, got, want)
		}
	}
	if !errors.Is(outcome(&pay.Error{HTTPStatus: 0, Err: errors.New("reset")}), payment.ErrUnknown) || !errors.Is(outcome(&pay.Error{HTTPStatus: 403, Code: pay.CodeNotEnough}), payment.ErrLater) {
		t.Error("a lost answer or an empty account is not retried")
	}
	refused := outcome(&pay.Error{HTTPStatus: 400, Code: pay.CodeParamError})
	for _, o := range []error{payment.ErrPaid, payment.ErrClosed, payment.ErrNotFound, payment.ErrUnknown, payment.ErrLater} {
		if errors.Is(refused, o) {
			t.Errorf("a refusal became %v", o)
		}
	}
	if outcome(nil) != nil {
		t.Error("nil became an error")
	}
}

func TestDescriptions(t *testing.T) {
	if text("🍵") != "订单" || text("") != "订单" || text("龙井🍵 250g") != "龙井 250g" {
		t.Errorf("%q %q", text("🍵"), text("龙井🍵 250g"))
	}
	rapid.Check(t, func(t *rapid.T) {
		s := text(rapid.String().Draw(t, "s") + strings.Repeat("茶", rapid.IntRange(0, 60).Draw(t, "n")))
		if len(s) > maxDescription || s == "" || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r > 0xFFFF }) {
			t.Fatalf("%q", s)
		}
	})
}

func TestCombinedIsPaidOnlyAsAWhole(t *testing.T) {
	sub := func(s pay.TradeState) pay.SubTransaction {
		return pay.SubTransaction{OutTradeNo: "S1-2", TradeState: s}
	}
	for want, states := range map[payment.ResultState][]pay.TradeState{
		payment.ResultPaid:   {pay.TradeSuccess, pay.TradeRefund},
		payment.ResultUnpaid: {pay.TradeSuccess, pay.TradeNotPaid},
		payment.ResultClosed: {pay.TradeClosed, pay.TradeClosed},
	} {
		var subs []pay.SubTransaction
		for _, s := range states {
			subs = append(subs, sub(s))
		}
		if got := combinedResult(pay.CombinedTransaction{CombineNo: "P1-2", SubOrders: subs}); got.State != want || len(got.Parts) != 2 {
			t.Errorf("%v is %+v, want %s", states, got, want)
		}
	}
}

func TestNoticesOfOtherKindsAreNotActedUpon(t *testing.T) {
	n, err := Notice(&pay.Notice{ID: "EV-1", Event: "COMPLAINT.CREATE", Plaintext: []byte(`{}`)})
	if err != nil || n.Payment != nil || n.Refund != nil || n.Source != payment.Wechat {
		t.Fatalf("%+v %v", n, err)
	}
	if _, err := Notice(&pay.Notice{}); err == nil {
		t.Fatal("a notice without id was taken")
	}
	r, _ := Notice(&pay.Notice{ID: "EV-2", Refund: &pay.Refund{OutRefundNo: "R1-2", State: pay.RefundAbnormal, Amount: pay.RefundAmount{Refund: 5}}})
	if r.Refund == nil || r.Refund.State != payment.RefundAbnormal || r.Refund.Amount != 5 {
		t.Fatalf("%+v", r.Refund)
	}
}
