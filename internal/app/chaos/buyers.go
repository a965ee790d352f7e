package chaos

import (
	"net/http"
	"strings"

	"github.com/shuke-commerce/shuke/internal/platform/id"
)

func (w *world) roll(n int) int { return w.dice.IntN(n) }

// often tells yes so many times in a hundred.
func (w *world) often(percent int) bool { return w.dice.IntN(100) < percent }

// pick takes one of those that fit, mostly; else any, so that what makes no sense
// is tried, too. Late ones come first to hand.
func pick[T any](w *world, from []T, fits func(T) bool) (out T, ok bool) {
	if len(from) == 0 {
		return out, false
	}
	if w.often(4) {
		return from[w.roll(len(from))], true
	}
	const far = 400 // how far back people look
	var good []T
	for i := len(from) - 1; i >= 0 && i >= len(from)-far && len(good) < 40; i-- {
		if fits(from[i]) {
			good = append(good, from[i])
		}
	}
	if len(good) == 0 {
		return out, false
	}
	return good[w.roll(len(good))], true
}

func (w *world) is(states ...string) func(*deal) bool {
	return func(d *deal) bool {
		s := w.states[d.key].State
		for _, one := range states {
			if s == one {
				return true
			}
		}
		return false
	}
}

// choose fills a basket: one to three goods of one or two shops, the hot shelf
// more often than others.
func (w *world) choose() []map[string]any {
	var lines []map[string]any
	shops := 1
	if w.often(25) {
		shops = 2
	}
	first := w.roll(shopCount)
	for s := range shops {
		t := w.g.stalls[(first+s)%shopCount]
		for range 1 + w.roll(2) {
			sku := t.skus[w.roll(skuCount)]
			if w.often(25) {
				sku = t.skus[0]
			}
			lines = append(lines, map[string]any{"shop_id": t.id.String(), "sku_id": sku.String(), "quantity": 1 + w.roll(3)})
		}
	}
	return lines
}

func browse(w *world) {
	s := w.roll(shopCount)
	t := w.g.stalls[s]
	who := w.roll(personCount)
	w.asBuyer(who, http.MethodGet, "/products/"+t.id.String()+"/"+t.products[w.roll(skuCount)].String(), "", nil)
	if w.often(30) {
		w.asBuyer(who, http.MethodGet, "/orders", "", nil)
	}
}

func fillCart(w *world) {
	who := w.roll(personCount)
	for _, l := range w.choose() {
		w.asBuyer(who, http.MethodPost, "/cart/lines", "", l)
	}
	if w.often(20) {
		w.asBuyer(who, http.MethodGet, "/cart", "", nil)
	}
}

func place(w *world) { w.place(w.roll(personCount)) }

type placed struct {
	CheckoutID id.ID `json:"checkout_id"`
	Total      int64 `json:"total"`
	Orders     []struct {
		ShopID  id.ID `json:"shop_id"`
		OrderID id.ID `json:"order_id"`
	} `json:"orders"`
}

// place places an order, sometimes by an impatient finger; nil when it was refused.
func (w *world) place(who int) *box {
	b := &box{who: who, key: w.nextKey(), body: map[string]any{"lines": w.choose(), "address_id": w.g.people[who].home.String(), "expect_total": 0, "from_cart": w.often(20)}}
	r := w.asBuyer(who, http.MethodPost, "/orders", b.key, b.body)
	var out placed
	if !r.into(&out) {
		return nil
	}
	b.id, b.total = out.CheckoutID, out.Total
	for _, o := range out.Orders {
		d := &deal{key: key{o.ShopID, o.OrderID}, box: b, stall: w.stallOf(o.ShopID)}
		b.deals = append(b.deals, d)
		w.touch(o.ShopID, o.OrderID)
	}
	w.boxes, w.deals = append(w.boxes, b), append(w.deals, b.deals...)
	if w.often(25) {
		w.again(b)
	}
	return b
}

func (w *world) stallOf(shop id.ID) int {
	for i, s := range w.g.stalls {
		if s.id == shop {
			return i
		}
	}
	return -1
}

// again sends the same order again under its key, as a double tap or a client
// that got no answer does: the answer must be the first one's.
func (w *world) again(b *box) {
	var out placed
	if r := w.asBuyer(b.who, http.MethodPost, "/orders", b.key, b.body); !r.into(&out) || out.CheckoutID != b.id || out.Total != b.total {
		if !w.down {
			w.fail("order", "key %s placed checkout %s; again it was answered %d %s with checkout %s", b.key, b.id, r.code, r.problem, out.CheckoutID)
		}
	}
}

func repeat(w *world) {
	if b, ok := pick(w, w.boxes, func(*box) bool { return true }); ok {
		w.again(b)
		if w.often(30) { // another order under the same key
			if r := w.asBuyer(b.who, http.MethodPost, "/orders", b.key, map[string]any{"lines": w.choose(), "address_id": w.g.people[b.who].home.String(), "expect_total": 1}); r.ok() {
				w.fail("order", "key %s was taken for another order", b.key)
			}
		}
	}
}

// dueBox tells whether a box waits for money.
func (w *world) dueBox(b *box) bool {
	for _, d := range b.deals {
		if w.states[d.key].State == "pending" {
			return true
		}
	}
	return false
}

func start(w *world) {
	if b, ok := pick(w, w.boxes, w.dueBox); ok {
		w.start(b)
	}
}

// start opens the pay sheet.
func (w *world) start(b *box) {
	r := w.asBuyer(b.who, http.MethodPost, "/checkouts/"+b.id.String()+"/pay", w.nextKey(), nil)
	var out struct {
		Package string `json:"package"`
	}
	for _, d := range b.deals {
		w.touch(d.shop, d.of)
	}
	if prepay := strings.TrimPrefix(out.Package, "prepay_id="); r.into(&out) && out.Package != "" {
		if prepay = strings.TrimPrefix(out.Package, "prepay_id="); len(b.prepays) == 0 || b.prepays[len(b.prepays)-1] != prepay {
			b.prepays = append(b.prepays, prepay)
		}
	}
}

func pay(w *world) {
	if b, ok := pick(w, w.boxes, func(b *box) bool { return len(b.prepays) > 0 && b.paid == 0 }); ok {
		w.pay(b)
	}
}

// pay enters the password, on the newest sheet or on one that was left open.
func (w *world) pay(b *box) {
	if len(b.prepays) == 0 {
		return
	}
	n := len(b.prepays) - 1
	if w.often(15) {
		n = w.roll(len(b.prepays))
	}
	out, err := w.pocket.Pay(w.g.people[b.who].phone, b.prepays[n], "123456")
	w.sync()
	if err == nil {
		b.paid += out.Total
	}
	w.mark("pay", okText(err == nil))
	if w.often(60) { // the page asks what became of it
		w.asBuyer(b.who, http.MethodGet, "/checkouts/"+b.id.String()+"/payment", "", nil)
	}
}

func okText(ok bool) string {
	if ok {
		return "ok"
	}
	return "no"
}

// buy is the whole way, as most people go it.
func buy(w *world) {
	b := w.place(w.roll(personCount))
	if b == nil {
		return
	}
	w.start(b)
	w.pay(b)
}

// twoDevices opens the sheet on two of them and pays on both.
func twoDevices(w *world) {
	b, ok := pick(w, w.boxes, w.dueBox)
	if !ok {
		return
	}
	w.start(b)
	if w.often(50) {
		w.pass(minute(1 + w.roll(119)))
	}
	w.start(b)
	for range 2 {
		w.pay(b)
	}
}

func result(w *world) {
	if b, ok := pick(w, w.boxes, w.dueBox); ok {
		w.asBuyer(b.who, http.MethodGet, "/checkouts/"+b.id.String()+"/payment", "", nil)
	}
}

func cancel(w *world) {
	if d, ok := pick(w, w.deals, w.is("pending")); ok {
		w.onDeal(d, "/cancel")
	}
}

func receive(w *world) {
	if d, ok := pick(w, w.deals, w.is("shipped")); ok {
		w.onDeal(d, "/receive")
	}
}

func (w *world) path(d *deal) string { return "/orders/" + d.shop.String() + "/" + d.of.String() }

func (w *world) onDeal(d *deal, verb string) {
	w.asBuyer(d.box.who, http.MethodPost, w.path(d)+verb, w.nextKey(), nil)
	w.touch(d.shop, d.of)
}

// ask wants money back, for a part or the whole, with or without goods.
func ask(w *world) {
	d, ok := pick(w, w.deals, func(d *deal) bool { return w.is("paid", "shipped", "received")(d) && len(d.asks) < 4 })
	if !ok {
		return
	}
	kind := "refund"
	if w.states[d.key].State != "paid" && w.often(60) {
		kind = "return"
	}
	var lines []map[string]any
	for n := 1; n <= max(w.states[d.key].Units, 1); n++ {
		if n == 1 || w.often(60) {
			lines = append(lines, map[string]any{"line_no": n, "quantity": 1 + w.roll(3)})
		}
	}
	body, k := map[string]any{"kind": kind, "reason": "不想要了", "lines": lines}, w.nextKey()
	var first, second struct {
		ID id.ID `json:"aftersale_id"`
	}
	w.touch(d.shop, d.of)
	if !w.asBuyer(d.box.who, http.MethodPost, w.path(d)+"/aftersales", k, body).into(&first) {
		return
	}
	d.asks = append(d.asks, first.ID)
	if w.often(20) && w.asBuyer(d.box.who, http.MethodPost, w.path(d)+"/aftersales", k, body).into(&second) && second.ID != first.ID {
		w.fail("order", "one key asked for two after-sales, %s and %s", first.ID, second.ID)
	}
}

// asked picks an after-sale.
func (w *world) asked() (*deal, string) {
	d, ok := pick(w, w.deals, func(d *deal) bool { return len(d.asks) > 0 && w.states[d.key].Refund == "asked" })
	if !ok || len(d.asks) == 0 {
		return nil, ""
	}
	n := len(d.asks) - 1
	if w.often(20) {
		n = w.roll(len(d.asks))
	}
	w.touch(d.shop, d.of)
	return d, d.asks[n].String()
}

func withdraw(w *world) {
	if d, no := w.asked(); d != nil {
		w.asBuyer(d.box.who, http.MethodPost, "/aftersales/"+d.shop.String()+"/"+no+"/cancel", w.nextKey(), nil)
	}
}

func sendBack(w *world) {
	if d, no := w.asked(); d != nil {
		w.asBuyer(d.box.who, http.MethodPost, "/aftersales/"+d.shop.String()+"/"+no+"/parcel", w.nextKey(), map[string]any{"carrier": carrierCode, "tracking_no": "SF9999999999999"})
	}
}
