package loop

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	daftersale "github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/payment/wechatpay"
	"github.com/shuke-commerce/shuke/internal/flow/aftersale"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/flow/pay"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	wxpay "github.com/shuke-commerce/shuke/wechat/pay"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

// pocket is a market in real time on the pocket WeChat, over real sockets with
// real signatures both ways.
type pocket struct {
	*world
	sim     *sim.Server
	notices atomic.Int64
	deaf    atomic.Bool // notices are answered with 503
}

func newPocket(t *testing.T, d *db.DB) *pocket {
	t.Helper()
	p := &pocket{sim: &sim.Server{Faults: &sim.Faults{}}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(p.sim.Start())
	t.Cleanup(func() { _ = p.sim.Close() })
	_, err := p.sim.AddAccount(sim.Account{AppID: appID, Name: "熟客市集"})
	must(err)
	m, err := p.sim.AddMerchant(sim.Merchant{MchID: mchID, Name: "熟客市集", AppIDs: []string{appID}})
	must(err)
	_, err = p.sim.AddPerson(sim.Person{ID: "ming", Name: "王小明", Balance: 100_000_00})
	must(err)
	open, err := p.sim.OpenID(appID, "ming")
	must(err)
	key, err := wxpay.LoadPrivateKey(m.PrivateKey)
	must(err)
	client, err := wxpay.New(wxpay.Config{MchID: mchID, SerialNo: m.Serial, PrivateKey: key, APIv3Key: m.APIv3Key, AppID: appID, BaseURL: p.sim.URL()})
	must(err)
	hooks := httptest.NewServer(p.callback(client))
	t.Cleanup(hooks.Close)
	p.world = newWorld(t, d)
	p.clock.at = time.Now().UTC() // signatures are of now
	provider := wechatpay.New(client, wechatpay.Config{PayNotifyURL: hooks.URL + "/pay", RefundNotifyURL: hooks.URL + "/refund"})
	p.world.pay = &pay.Deps{DB: d, IDs: p.ids, Emitter: p.world.pay.Emitter, Now: time.Now, Provider: provider, Config: p.world.pay.Config}
	p.checkout.Now, p.after.Now, p.delivery.Now = time.Now, time.Now, time.Now
	p.write(func(tx *db.Tx) error {
		return tx.Must(`UPDATE buyer_openids SET open_id = $1 WHERE buyer_id = $2`, open, p.buyer)
	})
	return p
}

// callback is what stands at the notify addresses.
func (p *pocket) callback(client *wxpay.Client) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if p.deaf.Load() {
			http.Error(rw, "deaf", http.StatusServiceUnavailable)
			return
		}
		n, err := client.ReadNotice(r)
		if err != nil {
			p.tb.Errorf("notice: %v", err)
			wxpay.Answer(rw, err)
			return
		}
		in, err := wechatpay.Notice(n)
		if err == nil && in.Payment != nil {
			err = p.world.pay.HandlePaymentNotice(r.Context(), in)
		}
		if err == nil && in.Refund != nil {
			err = p.world.pay.HandleRefundNotice(r.Context(), in)
		}
		if err != nil {
			p.tb.Errorf("notice %s: %v", in.ID, err)
		}
		p.notices.Add(1)
		wxpay.Answer(rw, err)
	})
}

// until waits for something that comes over a socket.
func (p *pocket) until(what string, fn func() bool) {
	p.tb.Helper()
	for range 500 {
		if fn() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.tb.Fatalf("waited in vain for: %s", what)
}

func (p *pocket) payNow(c id.ID) {
	p.tb.Helper()
	s := p.start(c)
	prepay := strings.TrimPrefix(s.Params.Package, "prepay_id=")
	if s.Params.PaySign == "" || s.Params.AppID != appID {
		p.tb.Fatalf("params %+v", s.Params)
	}
	if _, err := p.sim.Pay("ming", prepay, "123456"); err != nil {
		p.tb.Fatal(err)
	}
}

func (p *pocket) state(o checkout.PlacedOrder) order.State { return p.order(o).State }

func TestTheLoopOnThePocketWeChat(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPocket(t, d)
		// One payment for two shops, heard by notice.
		two := p.place([3]int64{2, 0, 0}, [3]int64{0, 0, 1})
		p.payNow(two.CheckoutID)
		p.until("combined payment", func() bool { return p.state(two.Orders[0]) == order.Paid })
		p.is(two.Orders[1], order.Paid, order.RefundNone)
		p.audit()
		// One shop, the notice does not get through: asking heals it.
		p.deaf.Store(true)
		one := p.place([3]int64{1, 0, 0})
		p.payNow(one.CheckoutID)
		p.is(one.Orders[0], order.Pending, order.RefundNone)
		if s, err := p.world.pay.Check(ctx, p.buyer, p.latest(one.CheckoutID)); err != nil || s != payment.Paid {
			t.Fatalf("%s %v", s, err)
		}
		p.is(one.Orders[0], order.Paid, order.RefundNone)
		p.deaf.Store(false)
		p.audit()
		// Refund a part of the combined payment, heard by notice or by asking.
		a, err := p.ask(two.Orders[0], daftersale.Refund, aftersale.AskedLine{LineNo: 1, Qty: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.after.Approve(ctx, two.Orders[0].ShopID, a.AftersaleID); err != nil {
			t.Fatal(err)
		}
		if _, err := p.world.pay.SweepRefunds(ctx, time.Now(), 10); err != nil {
			t.Fatal(err)
		}
		p.until("refund", func() bool { return p.order(two.Orders[0]).RefundState == order.RefundPartial })
		p.audit()
	})
}

func (p *pocket) latest(c id.ID) (out id.ID) {
	p.read(func(tx *db.Tx) error {
		all, err := payment.OfCheckout(tx, p.buyer, c)
		if err == nil && len(all) > 0 {
			out = all[0].ID
		}
		return err
	})
	return out
}

func TestCancelAndLostAnswersOnThePocketWeChat(t *testing.T) {
	d := dbtest.SQLite(t)
	p := newPocket(t, d)
	// Cancelled: the payment sheet that is still open on the phone cannot pay any more.
	gone := p.place([3]int64{1, 0, 0}, [3]int64{1, 0, 0})
	s := p.start(gone.CheckoutID)
	if c, err := p.world.pay.Cancel(ctx, p.buyer, gone.Orders[0].ShopID, gone.Orders[0].OrderID); err != nil || c.Paid {
		t.Fatalf("%+v %v", c, err)
	}
	if _, err := p.sim.Pay("ming", strings.TrimPrefix(s.Params.Package, "prepay_id="), "123456"); err == nil {
		t.Fatal("a closed payment was paid")
	}
	p.payNow(gone.CheckoutID) // what is left, as a single payment
	p.until("single payment", func() bool { return p.state(gone.Orders[1]) == order.Paid })
	p.is(gone.Orders[0], order.Closed, order.RefundNone)
	// Paid, then cancelled before the notice: settled instead.
	p.deaf.Store(true)
	quick := p.place([3]int64{1, 0, 0})
	p.payNow(quick.CheckoutID)
	if c, err := p.world.pay.Cancel(ctx, p.buyer, quick.Orders[0].ShopID, quick.Orders[0].OrderID); err != nil || !c.Paid {
		t.Fatalf("%+v %v", c, err)
	}
	p.deaf.Store(false)
	// The answer of prepay is lost after WeChat did the work; the same number again.
	if _, err := p.sim.Faults.Add(sim.Fault{Target: "call", Path: "/v3/pay/transactions/jsapi", Kind: "system_error"}); err != nil {
		t.Fatal(err)
	}
	lost := p.place([3]int64{1, 0, 0})
	_, err := p.world.pay.Start(ctx, p.buyer, lost.CheckoutID)
	wantCode(t, err, "payment.provider")
	p.payNow(lost.CheckoutID)
	p.until("payment after a lost answer", func() bool { return p.state(lost.Orders[0]) == order.Paid })
	p.audit()
	// A refund whose answer is an error of WeChat's is tried again under its number.
	if _, err := p.sim.Faults.Add(sim.Fault{Target: "call", Path: "/v3/refund", Kind: "system_error"}); err != nil {
		t.Fatal(err)
	}
	a, err := p.ask(lost.Orders[0], daftersale.Refund, aftersale.AskedLine{LineNo: 1, Qty: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.after.Approve(ctx, lost.Orders[0].ShopID, a.AftersaleID); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, err := p.world.pay.SweepRefunds(ctx, time.Now().Add(time.Duration(i)*time.Hour), 10); err != nil {
			t.Fatal(err)
		}
	}
	p.until("refund", func() bool { return p.state(lost.Orders[0]) == order.Closed })
	p.audit()
}
