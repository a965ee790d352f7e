package pay

import (
	"context"
	"errors"
	"math/rand"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestRequestsNotSent(t *testing.T) {
	p := newPlatform(t) // its answer func is nil: any call would fail the test
	c := p.client()
	ctx := context.Background()
	for name, f := range map[string]func(*PrepayRequest){
		"short number": func(r *PrepayRequest) { r.OutTradeNo = "12345" },
		"long number":  func(r *PrepayRequest) { r.OutTradeNo = strings.Repeat("1", 33) },
		"path number":  func(r *PrepayRequest) { r.OutTradeNo = "../../close" },
		"zero":         func(r *PrepayRequest) { r.Amount.Total = 0 },
		"negative":     func(r *PrepayRequest) { r.Amount.Total = -1 },
		"emoji":        func(r *PrepayRequest) { r.Description = "茶🍵" },
		"no text":      func(r *PrepayRequest) { r.Description = "" },
		"long text":    func(r *PrepayRequest) { r.Description = strings.Repeat("茶", 128) },
		"nobody":       func(r *PrepayRequest) { r.Payer.OpenID = "" },
		"query in URL": func(r *PrepayRequest) { r.NotifyURL = "https://a.example/n?x=1" },
		"relative URL": func(r *PrepayRequest) { r.NotifyURL = "/n" },
	} {
		r := prepayRequest()
		f(&r)
		if _, err := c.Prepay(ctx, r); !errors.Is(err, ErrRequest) || IsRetryable(err) || IsOutcomeUnknown(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, f := range map[string]func(*CombinedRequest){
		"one sub":   func(r *CombinedRequest) { r.SubOrders = r.SubOrders[:1] },
		"51 subs":   func(r *CombinedRequest) { r.SubOrders = make([]SubOrder, 51) },
		"twice":     func(r *CombinedRequest) { r.SubOrders[1] = r.SubOrders[0] },
		"no attach": func(r *CombinedRequest) { r.SubOrders[1].Attach = "" },
		"too much":  func(r *CombinedRequest) { r.SubOrders[0].Amount.Total = MaxSubTotal + 1 },
	} {
		r := combinedRequest()
		f(&r)
		if _, err := c.CombinedPrepay(ctx, r); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, r := range map[string]RefundRequest{
		"more than paid": {OutTradeNo: "20261121000001", OutRefundNo: "R", Amount: RefundAmountRequest{Refund: 2, Total: 1}},
		"both numbers":   {OutTradeNo: "20261121000001", TransactionID: "42", OutRefundNo: "R", Amount: RefundAmountRequest{Refund: 1, Total: 1}},
		"no number":      {OutRefundNo: "R", Amount: RefundAmountRequest{Refund: 1, Total: 1}},
		"no refund no":   {OutTradeNo: "20261121000001", Amount: RefundAmountRequest{Refund: 1, Total: 1}},
	} {
		if _, err := c.CreateRefund(ctx, r); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.CloseCombined(ctx, "", "C20261121000001", nil); !errors.Is(err, ErrRequest) {
		t.Errorf("close without subs: %v", err)
	}
	if p.downloadCount() != 0 {
		t.Error("a refused request reached the network")
	}
}

func TestConfigRefused(t *testing.T) {
	p := newPlatform(t)
	for name, f := range map[string]func(*Config){
		"no merchant":      func(c *Config) { c.MchID = "" },
		"no serial":        func(c *Config) { c.SerialNo = "" },
		"no key":           func(c *Config) { c.PrivateKey = nil },
		"short API key":    func(c *Config) { c.APIv3Key = "short" },
		"id without key":   func(c *Config) { c.PublicKeyID = testPublicID },
		"mode without key": func(c *Config) { c.Mode = ModePublicKey },
		"unknown mode":     func(c *Config) { c.Mode = "sm2" },
		"bad base":         func(c *Config) { c.BaseURL = "api.mch.weixin.qq.com" },
	} {
		cfg := p.config()
		f(&cfg)
		if _, err := New(cfg); err == nil || !strings.HasPrefix(err.Error(), "pay: Config.") {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := New(Config{MchID: "1", SerialNo: "1", PrivateKey: merchantKey(), APIv3Key: testAPIKey})
	if err != nil || c.cfg.BaseURL != "https://api.mch.weixin.qq.com" {
		t.Errorf("defaults: %v", err)
	}
}

// Whatever goes in, Text comes out as WeChat Pay takes it, and is stable.
func TestTextProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		limit := rapid.IntRange(1, 127).Draw(t, "max")
		got := Text(s, limit)
		if utf8.RuneCountInString(got) > limit || !utf8.ValidString(got) {
			t.Fatalf("%q", got)
		}
		for _, r := range got {
			if r > 0xFFFF || r < 0x20 {
				t.Fatalf("%q holds %q", got, r)
			}
		}
		if Text(got, limit) != got {
			t.Fatalf("not stable: %q", got)
		}
		if _, err := encode(map[string]string{"d": got}); err != nil {
			t.Fatal(err)
		}
	})
}

// A nonce is 32 letters and digits whatever the random source gives.
func TestNonceProperties(t *testing.T) {
	p := newPlatform(t)
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Int64().Draw(t, "seed")
		c := p.client(func(cfg *Config) { cfg.Rand = rand.New(rand.NewSource(seed)) })
		n, err := c.nonce()
		if err != nil || len(n) != 32 || strings.IndexFunc(n, func(r rune) bool {
			return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
		}) >= 0 {
			t.Fatalf("%q, %v", n, err)
		}
	})
}

func TestWireTimeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns"))
		body, err := encode(wireTime(at))
		var back looseTime
		if err != nil || back.UnmarshalJSON(body) != nil || back.Unix() != at.Unix() || !strings.HasSuffix(string(body), `+08:00"`) ||
			len(body) != len(`"2018-06-08T10:34:56+08:00"`) {
			t.Fatalf("%s: %s, %v", at, body, err)
		}
	})
}
