package telling_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/domain/message"
	"github.com/shuke-commerce/shuke/internal/domain/message/officialmsg"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/flow/telling"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/wechat/official"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

var ctx = context.Background()

const appID = "wx0123456789abcdef"

// world is a shop with one order of Ming's, and the pocket WeChat.
type world struct {
	t     *testing.T
	d     *db.DB
	sim   *sim.Server
	flow  *telling.Flow
	ids   *id.Source
	buyer id.ID
	shop  id.ID
	order id.ID
}

func newWorld(t *testing.T, d *db.DB, templates map[string]string) *world {
	t.Helper()
	w := &world{t: t, d: d, sim: &sim.Server{Faults: &sim.Faults{}}, ids: &id.Source{Now: time.Now, Node: 1}}
	w.must(w.sim.Start())
	t.Cleanup(func() { _ = w.sim.Close() })
	a, err := w.sim.AddAccount(sim.Account{AppID: appID, Name: "熟客市集", Templates: []sim.Template{{ID: "TPL1", Title: "付款成功通知", Content: "商品：{{thing1.DATA}}\n金额：{{amount2.DATA}}"}}})
	w.must(err)
	_, err = w.sim.AddPerson(sim.Person{ID: "ming", Name: "王小明"})
	w.must(err)
	c, err := official.New(official.Config{AppID: a.AppID, Secret: a.Secret, Token: a.Token, EncodingAESKey: a.AESKey, Mode: official.Mode(a.Mode), BaseURL: w.sim.URL(), OpenBaseURL: w.sim.URL(), MPBaseURL: w.sim.URL(), Now: time.Now})
	w.must(err)
	sender := &officialmsg.Sender{Client: c, Templates: map[string]officialmsg.Template{}}
	for kind, text := range templates {
		sender.Templates[kind], err = officialmsg.ParseTemplate(text)
		w.must(err)
	}
	w.flow = &telling.Flow{DB: d, IDs: w.ids, Now: time.Now, Sender: sender, AppID: appID, BaseURL: "https://market.example"}
	open, err := w.sim.OpenID(appID, "ming")
	w.must(err)
	w.shop, w.order = w.ids.Next(), w.ids.Next()
	fresh, now := w.ids.Next(), time.Now()
	w.must(d.Write(ctx, func(tx *db.Tx) (err error) {
		if w.buyer, err = buyer.Recognise(tx, buyer.OpenID{AppID: appID, OpenID: open}, fresh, now); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO shops (id, handle, name, state, created_at, updated_at) VALUES ($1, 'tea', '山间茶铺', 'open', $2, $2)`, w.shop, now); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO orders (shop_id, id, buyer_id, checkout_id, state, items_total, shipping_fee, total, line_count, title, picture, receiver, phone, address, pay_deadline, created_at, updated_at)
			VALUES ($1, $2, $3, 1, 'paid', 8800, 0, 8800, 1, '明前龙井 250g 特级礼盒装 送礼佳品首选', '/media/a.jpg', '王小明', '13800138000', '杭州', $4, $4, $4)`, w.shop, w.order, w.buyer, now)
		return err
	}))
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) event(kind string, payload any) jobs.Event {
	w.t.Helper()
	raw, err := json.Marshal(payload)
	w.must(err)
	return jobs.Event{ID: w.ids.Next(), ShopID: w.shop, Kind: kind, Payload: raw}
}

func (w *world) paid() jobs.Event {
	return w.event(event.OrderPaid, event.Order{ShopID: w.shop, OrderID: w.order, BuyerID: w.buyer, Total: 8800})
}

// chat is what the account wrote to Ming.
func (w *world) chat() string {
	w.t.Helper()
	resp, err := http.Get(w.sim.URL() + "/_sim/people/ming/chats/acc-" + appID + "/messages")
	w.must(err)
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == 404 {
		return ""
	}
	var out struct {
		Messages []json.RawMessage `json:"messages"`
	}
	w.must(json.NewDecoder(resp.Body).Decode(&out))
	var b strings.Builder
	for _, m := range out.Messages {
		b.Write(m)
	}
	return b.String()
}

// say lets Ming write to the account, which then may answer for 48 hours.
func (w *world) say(text string) {
	w.t.Helper()
	resp, err := http.Post(w.sim.URL()+"/_sim/people/ming/chats/acc-"+appID+"/messages", "application/json", strings.NewReader(`{"text":"`+text+`"}`))
	w.must(err)
	w.must(resp.Body.Close())
	if resp.StatusCode/100 != 2 {
		w.t.Fatalf("Ming could not write: %d", resp.StatusCode)
	}
}

type kept struct{ state, problem, body, dedupe string }

func (w *world) messages() (out []kept) {
	w.t.Helper()
	w.must(w.d.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = db.All(tx, func(r db.Row) (k kept, err error) { return k, r.Scan(&k.state, &k.problem, &k.body, &k.dedupe) },
			`SELECT state, error, body, dedupe_key FROM messages WHERE buyer_id = $1 ORDER BY id`, w.buyer)
		return err
	}))
	return out
}

func TestAMessageIsSentOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		w.must(w.sim.Follow("ming", appID))
		e := w.paid()
		var wg sync.WaitGroup
		for range 4 { // several workers hold the same event
			wg.Go(func() {
				if err := w.flow.Handle(ctx, e); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		again := w.paid() // the same reason in another event
		w.must(w.flow.Handle(ctx, again))
		if n := strings.Count(w.chat(), "付款成功 ¥88.00"); n != 1 {
			t.Errorf("%d messages in the chat: %s", n, w.chat())
		}
		if m := w.messages(); len(m) != 1 || m[0].state != "sent" || !strings.Contains(m[0].body, "山间茶铺 · 明前龙井") {
			t.Errorf("%+v", m)
		}
	})
}

func TestEachReasonHasItsWords(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d, nil)
	w.must(w.sim.Follow("ming", appID))
	w.say("在吗")
	parcel := event.Parcel{ShopID: w.shop, OrderID: w.order, BuyerID: w.buyer, ShipmentID: 31, Carrier: "shunfeng", TrackingNo: "SF1234567890123"}
	whole := parcel
	whole.ShipmentID, whole.Whole = 32, true
	refund := event.Refund{ShopID: w.shop, OrderID: w.order, BuyerID: w.buyer, RefundID: 41, Amount: 1234}
	decided := event.Aftersale{ShopID: w.shop, OrderID: w.order, BuyerID: w.buyer, AftersaleID: 51, State: "refused", Reason: "已拆封"}
	for _, c := range []struct {
		e    jobs.Event
		want []string
	}{
		{w.event(event.OrderShipped, parcel), []string{"部分商品已发出", "顺丰", "SF1234567890123"}}, {w.event(event.OrderShipped, whole), []string{"包裹已发出"}},
		{w.event(event.OrderRefunded, refund), []string{"退款到账 ¥12.34"}}, {w.event(event.AftersaleDecided, decided), []string{"售后申请未通过", "已拆封"}},
	} {
		w.must(w.flow.Handle(ctx, c.e))
		all := w.messages()
		for _, part := range c.want {
			if last := all[len(all)-1]; last.state != "sent" || !strings.Contains(last.body, part) {
				t.Errorf("%s: %+v lacks %s", c.e.Kind, last, part)
			}
		}
	}
	if n := len(w.messages()); n != 4 {
		t.Errorf("%d messages for four reasons", n)
	}
	if chat := w.chat(); !strings.Contains(chat, "https://market.example/orders/"+w.shop.String()+"/"+w.order.String()) || !strings.Contains(chat, "market.example/media/a.jpg") {
		t.Errorf("the card leads nowhere: %s", chat)
	}
}

func TestTemplatesAreUsedWhereConfigured(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d, map[string]string{event.OrderPaid: "TPL1;thing1={title};amount2={total}"})
	w.must(w.sim.Follow("ming", appID))
	w.must(w.flow.Handle(ctx, w.paid()))
	chat := w.chat()
	if !strings.Contains(chat, `"template"`) || !strings.Contains(chat, "88.00元") || !strings.Contains(chat, "明前龙井 250g 特级礼盒装 送礼佳…") {
		t.Errorf("%s", chat)
	}
	if m := w.messages(); len(m) != 1 || m[0].state != "sent" {
		t.Errorf("%+v", m)
	}
}

// TestRefusalsAreNotRepeated: WeChat refuses who does not follow; that is noted,
// and no retry bothers it again.
func TestRefusalsAreNotRepeated(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, map[string]string{event.OrderPaid: "TPL1;thing1={title};amount2={total}"})
		for range 2 {
			w.must(w.flow.Handle(ctx, w.paid()))
		}
		if m := w.messages(); len(m) != 1 || m[0].state != "skipped" || !strings.Contains(m[0].problem, "43004") {
			t.Errorf("%+v", m)
		}
		if strings.Contains(w.chat(), "付款成功") {
			t.Error("the message arrived after all")
		}
	})
}

func TestAFailureIsNotedAndNeverSentTwice(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d, nil)
	w.must(w.sim.Follow("ming", appID))
	// WeChat does the work, but the answer is lost: sending again could tell him twice.
	_, err := w.sim.Faults.Add(sim.Fault{Target: "call", Path: "/cgi-bin/message/custom/send", Kind: "timeout_after_work"})
	w.must(err)
	short, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	w.must(w.flow.Handle(short, w.paid()))
	w.must(w.flow.Handle(ctx, w.paid()))
	if m := w.messages(); len(m) != 1 || m[0].state != "failed" || m[0].problem == "" {
		t.Errorf("%+v", m)
	}
	if n := strings.Count(w.chat(), "付款成功 ¥88.00"); n > 1 {
		t.Errorf("%d messages", n)
	}
}

// TestWhatWasNotSentIsTriedAgain: WeChat was busy, or could not be reached.
func TestWhatWasNotSentIsTriedAgain(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d, nil)
	w.must(w.sim.Follow("ming", appID))
	fault, err := w.sim.Faults.Add(sim.Fault{Target: "call", Path: "/cgi-bin/message/custom/send", Kind: "system_error", Count: 20})
	w.must(err)
	e := w.paid()
	if err := w.flow.Handle(ctx, e); !errors.Is(err, message.ErrNotSent) || len(w.messages()) != 0 {
		t.Fatalf("%v, %+v", err, w.messages())
	}
	w.sim.Faults.Remove(fault.ID)
	there := w.flow.Sender
	lost, err := official.New(official.Config{AppID: appID, Secret: "s", BaseURL: "http://127.0.0.1:1", Now: time.Now})
	w.must(err)
	w.flow.Sender = &officialmsg.Sender{Client: lost}
	if err := w.flow.Handle(ctx, e); !errors.Is(err, message.ErrNotSent) || len(w.messages()) != 0 {
		t.Fatalf("%v, %+v", err, w.messages())
	}
	w.flow.Sender = there
	w.must(w.flow.Handle(ctx, e))
	if m := w.messages(); len(m) != 1 || m[0].state != "sent" {
		t.Errorf("%+v", m)
	}
}

// TestACrashBetweenClaimAndSendLoses: the claim is durable, the process died before
// it sent. Whoever takes the job over must not send.
func TestACrashBetweenClaimAndSendLoses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		w.must(w.sim.Follow("ming", appID))
		reason := "paid/" + w.order.String()
		w.must(d.Write(ctx, func(tx *db.Tx) error {
			first, err := message.Begin(tx, message.Message{BuyerID: w.buyer, ID: w.ids.Next(), DedupeKey: reason, Channel: "official", Kind: event.OrderPaid, Body: "x"}, time.Now())
			if !first {
				t.Error("the first claim failed")
			}
			return err
		}))
		w.must(w.flow.Handle(ctx, w.paid()))
		if strings.Contains(w.chat(), "付款成功") {
			t.Error("a claimed message was sent again")
		}
		if m := w.messages(); len(m) != 1 || m[0].state != "sending" || m[0].dedupe != reason {
			t.Errorf("%+v", m)
		}
	})
}

func TestWhoCannotBeTold(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d, nil)
	stranger := event.Order{ShopID: w.shop, OrderID: w.order, BuyerID: w.ids.Next(), Total: 1}
	w.must(w.flow.Handle(ctx, w.event(event.OrderPaid, stranger))) // a buyer from outside WeChat
	if n := len(w.messages()); n != 0 {
		t.Errorf("%d messages", n)
	}
	if err := w.flow.Handle(ctx, w.event("order.unknown", stranger)); !errors.Is(err, jobs.ErrGiveUp) {
		t.Errorf("an unknown event: %v", err)
	}
	broken := jobs.Event{Kind: event.OrderPaid, Payload: []byte(`{"order_id":7`)}
	if err := w.flow.Handle(ctx, broken); !errors.Is(err, jobs.ErrGiveUp) {
		t.Errorf("a broken payload: %v", err)
	}
}

func TestTemplateTexts(t *testing.T) {
	if tpl, err := officialmsg.ParseTemplate(""); err != nil || tpl.ID != "" {
		t.Errorf("%+v %v", tpl, err)
	}
	for _, bad := range []string{"TPL1", "TPL1;", "TPL1;thing1", "TPL1;={title}"} {
		if _, err := officialmsg.ParseTemplate(bad); err == nil {
			t.Errorf("%q is a template", bad)
		}
	}
	if tpl, err := officialmsg.ParseTemplate(" TPL1 ; thing1 = {title} ;amount2={total}"); err != nil || tpl.ID != "TPL1" || tpl.Keys["thing1"] != "{title}" || len(tpl.Keys) != 2 {
		t.Errorf("%+v %v", tpl, err)
	}
}
