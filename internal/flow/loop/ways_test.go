package loop

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	daftersale "github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/flow/aftersale"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/flow/pay"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

// control calls the pocket WeChat's own interface.
func (p *pocket) control(method, path string, in any) map[string]any {
	p.tb.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		p.tb.Fatal(err)
	}
	req, err := http.NewRequest(method, p.sim.URL()+path, bytes.NewReader(body))
	if err != nil {
		p.tb.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.tb.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.tb.Fatal(err)
	}
	out := map[string]any{}
	if len(text) > 0 {
		_ = json.Unmarshal(text, &out)
	}
	if resp.StatusCode >= 300 {
		out["error"] = resp.StatusCode
	}
	return out
}

func (p *pocket) by(c id.ID, by pay.By) pay.Started {
	p.tb.Helper()
	s, err := p.world.pay.StartBy(ctx, p.buyer, c, by)
	if err != nil {
		p.tb.Fatal(err)
	}
	return s
}

// confirm enters the password on the phone for what it was asked to pay.
func (p *pocket) confirm(payID string) map[string]any {
	p.tb.Helper()
	return p.control("POST", "/_sim/people/ming/pay/"+payID+"/confirm", map[string]string{"password": "123456"})
}

// scan reads a Native code with the phone and pays; it gives what the phone says.
func (p *pocket) scan(code string) map[string]any {
	p.tb.Helper()
	out := p.control("POST", "/_sim/people/ming/scan", map[string]string{"text": code})
	payID, _ := out["pay_id"].(string)
	if payID == "" {
		out["error"] = out["kind"]
		return out
	}
	return p.confirm(payID)
}

// refundWhole gives back everything of a paid order.
func (p *pocket) refundWhole(o checkout.PlacedOrder) {
	p.tb.Helper()
	var asked []aftersale.AskedLine
	for _, l := range p.lines(o) {
		asked = append(asked, aftersale.AskedLine{LineNo: l.No, Qty: l.Qty})
	}
	a, err := p.ask(o, daftersale.Refund, asked...)
	if err != nil {
		p.tb.Fatal(err)
	}
	if _, err := p.after.Approve(ctx, o.ShopID, a.AftersaleID); err != nil {
		p.tb.Fatal(err)
	}
	p.until("refund", func() bool {
		if _, err := p.world.pay.SweepRefunds(ctx, time.Now().Add(time.Minute), 10); err != nil {
			p.tb.Fatal(err)
		}
		return p.order(o).RefundState == order.RefundFull
	})
}

func (p *pocket) openH5(address string) string {
	p.tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		p.tb.Fatal(err)
	}
	out := p.control("POST", u.Path+"/open", map[string]string{"prepay": u.Query().Get("prepay_id"), "package": u.Query().Get("package"), "person": "ming"})
	payID, _ := out["pay_id"].(string)
	return payID
}

// TestWaysOutsideWeChat: one shop and several by QR code and by H5, paid on the
// phone; then the same checkout cannot be paid again.
func TestWaysOutsideWeChat(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPocket(t, d)
		p.world.pay.Config.ReturnURL = "https://market.example/pay/"
		for _, qty := range [][][3]int64{{{1, 0, 0}}, {{1, 0, 0}, {0, 1, 0}}} {
			c := p.place(qty...)
			s := p.by(c.CheckoutID, pay.By{Way: payment.Native})
			if again := p.by(c.CheckoutID, pay.By{Way: payment.Native}); again.QR != s.QR || s.QR == "" || again.PaymentID != s.PaymentID {
				t.Fatalf("a second look at the code gave another one: %+v", again)
			}
			if out := p.scan(s.QR); out["error"] != nil {
				t.Fatalf("scanning: %v", out)
			}
			p.until("paid by code", func() bool { return p.state(c.Orders[len(c.Orders)-1]) == order.Paid })
			_, err := p.world.pay.StartBy(ctx, p.buyer, c.CheckoutID, pay.By{Way: payment.H5, ClientIP: "114.1.1.1"})
			wantCode(t, err, "payment.already_paid")

			c = p.place(qty...)
			s = p.by(c.CheckoutID, pay.By{Way: payment.H5, ClientIP: "114.1.1.1"})
			if !strings.HasSuffix(s.URL, "&redirect_url="+url.QueryEscape("https://market.example/pay/"+c.CheckoutID.String())) || s.Until.After(time.Now().Add(5*time.Minute)) {
				t.Fatalf("%+v", s)
			}
			if out := p.confirm(p.openH5(s.URL)); out["error"] != nil {
				t.Fatalf("paying by H5: %v", out)
			}
			p.until("paid by H5", func() bool { return p.state(c.Orders[0]) == order.Paid })
		}
		p.audit()
	})
}

// TestAnotherWayClosesTheFirst: who turns from the desk's code to the phone's
// sheet cannot pay twice, and back again gets a new code.
func TestAnotherWayClosesTheFirst(t *testing.T) {
	d := dbtest.SQLite(t)
	p := newPocket(t, d)
	c := p.place([3]int64{1, 0, 0})
	first := p.by(c.CheckoutID, pay.By{Way: payment.Native})
	sheet := p.start(c.CheckoutID)
	if out := p.scan(first.QR); out["error"] == nil {
		t.Fatalf("the code of the desk still pays: %v", out)
	}
	second := p.by(c.CheckoutID, pay.By{Way: payment.Native})
	if _, err := p.sim.Pay("ming", strings.TrimPrefix(sheet.Params.Package, "prepay_id="), "123456"); err == nil {
		t.Fatal("the sheet of the phone still pays")
	}
	if second.QR == first.QR {
		t.Fatal("a dead code came back")
	}
	p.scan(second.QR)
	p.until("paid", func() bool { return p.state(c.Orders[0]) == order.Paid })
	p.audit()
	// Paid on the desk while the phone begins: settled, not charged again.
	p.deaf.Store(true)
	c = p.place([3]int64{1, 0, 0})
	p.scan(p.by(c.CheckoutID, pay.By{Way: payment.Native}).QR)
	if _, err := p.world.pay.Start(ctx, p.buyer, c.CheckoutID); err != nil {
		wantCode(t, err, "payment.already_paid")
	} else {
		t.Fatal("the phone may pay what the desk has paid")
	}
	p.is(c.Orders[0], order.Paid, order.RefundNone)
	p.audit()
}

// TestWaysFollowTheBrowser: each browser is offered what it can do.
func TestWaysFollowTheBrowser(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	for _, c := range []struct{ agent, ip, want string }{
		{"Mozilla/5.0 (iPhone) MicroMessenger/8.0", "114.1.1.1", "jsapi"},
		{"Mozilla/5.0 (iPhone; CPU) Mobile/15E148 Safari", "114.1.1.1", "h5"},
		{"Mozilla/5.0 (Linux; Android 15)", "2408:8000::1", "h5"},
		{"Mozilla/5.0 (Linux; Android 15)", "127.0.0.1", ""},
		{"Mozilla/5.0 (X11; Linux x86_64) Chrome", "127.0.0.1", "native"},
		{"", "", "native"},
	} {
		got := ""
		for _, way := range w.pay.Ways(c.agent, c.ip) {
			got += string(way)
		}
		if got != c.want {
			t.Errorf("%s from %s: %q, want %q", c.agent, c.ip, got, c.want)
		}
	}
	w.pay.Alipay = w.bank
	if got := w.pay.Ways("Mozilla/5.0 (X11) Chrome", ""); len(got) != 2 || got[1] != payment.AlipayPage {
		t.Errorf("with Alipay: %v", got)
	}
	p := w.place([3]int64{1, 0, 0})
	for _, way := range []payment.Way{payment.Codepay, "", "cash", payment.H5} {
		_, err := w.pay.StartBy(ctx, w.buyer, p.CheckoutID, pay.By{Way: way})
		wantCode(t, err, "payment.way")
	}
	if len(w.bank.payments) != 0 {
		t.Error("the bank heard of a payment that cannot be")
	}
}

// TestSubMerchantsReceive: a service provider's shops are paid by their own
// sub-merchants, single and combined, refunds too; a shop without one cannot sell.
func TestSubMerchantsReceive(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPocket(t, d)
		subs := []string{"1900000201", "1900000202"}
		p.world.pay.Config.Partner = true
		c := p.place([3]int64{1, 0, 0})
		_, err := p.world.pay.Start(ctx, p.buyer, c.CheckoutID)
		wantCode(t, err, "payment.no_sub_merchant")
		if _, err := p.sim.AddMerchant(sim.Merchant{MchID: mchID, Kind: sim.KindProvider}); err != nil {
			t.Fatal(err)
		}
		for i, sub := range subs {
			if _, err := p.sim.AddMerchant(sim.Merchant{MchID: sub, Name: "特约商户 " + sub, Providers: []string{mchID}}); err != nil {
				t.Fatal(err)
			}
			p.write(func(tx *db.Tx) error { return shop.SetSubMchID(tx, p.shops[i], sub, time.Now()) })
		}
		p.payNow(c.CheckoutID)
		p.until("a sub-merchant is paid", func() bool { return p.state(c.Orders[0]) == order.Paid })
		two := p.place([3]int64{1, 0, 0}, [3]int64{0, 0, 1})
		p.payNow(two.CheckoutID)
		p.until("two sub-merchants are paid", func() bool { return p.state(two.Orders[1]) == order.Paid })
		code := p.place([3]int64{0, 1, 0})
		p.scan(p.by(code.CheckoutID, pay.By{Way: payment.Native}).QR)
		p.until("a sub-merchant is paid by code", func() bool { return p.state(code.Orders[0]) == order.Paid })
		gone := p.place([3]int64{1, 0, 0}, [3]int64{1, 0, 0})
		p.start(gone.CheckoutID)
		if c, err := p.world.pay.Cancel(ctx, p.buyer, gone.Orders[0].ShopID, gone.Orders[0].OrderID); err != nil || c.Paid {
			t.Fatalf("%+v %v", c, err)
		}
		for _, o := range two.Orders {
			p.refundWhole(o)
		}
		p.audit()
		p.read(func(tx *db.Tx) error {
			var n int
			err := tx.QueryRow(`SELECT COUNT(*) FROM order_payments WHERE state = 'paid' AND sub_mch_id <> '' AND mch_id = $1`, mchID).Scan(&n)
			if n != 4 {
				t.Errorf("%d parts name their sub-merchant", n)
			}
			return err
		})
	})
}
