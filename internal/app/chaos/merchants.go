package chaos

import (
	"net/http"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/db"
)

const carrierCode = "shunfeng"

func minute(n int) time.Duration { return time.Duration(n) * time.Minute }

// ship sends what was paid, whole or a piece of it.
func ship(w *world) {
	d, ok := pick(w, w.deals, w.is("paid"))
	if !ok {
		return
	}
	in := map[string]any{"carrier": carrierCode, "tracking_no": "SF1234567890123"}
	if w.often(35) {
		in["lines"] = []map[string]any{{"line_no": 1, "quantity": 1}}
	}
	k := w.nextKey()
	w.touch(d.shop, d.of)
	r := w.asOwner(d.stall, http.MethodPost, "/orders/"+d.of.String()+"/ship", k, in)
	if r.ok() && w.often(15) {
		if again := w.asOwner(d.stall, http.MethodPost, "/orders/"+d.of.String()+"/ship", k, in); !again.ok() && !w.down {
			w.fail("order", "a parcel's key sent again was answered %d %s", again.code, again.problem)
		}
	}
}

func approve(w *world)  { w.decide("/approve", nil) }
func refuse(w *world)   { w.decide("/refuse", map[string]any{"reason": "不同意"}) }
func returned(w *world) { w.decide("/returned", map[string]any{"restock": w.often(50)}) }

func (w *world) decide(verb string, in any) {
	if d, no := w.asked(); d != nil {
		w.asOwner(d.stall, http.MethodPost, "/aftersales/"+no+verb, w.nextKey(), in)
	}
}

// retryRefund sends a refund again that WeChat could not make.
func retryRefund(w *world) {
	n := w.roll(shopCount)
	var odd []payment.Refund
	err := w.house.DB.Read(w.ctx, func(tx *db.Tx) (err error) {
		odd, err = payment.Refunds(tx, w.g.stalls[n].id, payment.RefundOdd, 0, 20)
		return err
	})
	if err != nil || len(odd) == 0 {
		return
	}
	f := odd[w.roll(len(odd))]
	w.touch(f.ShopID, f.OrderID)
	w.asOwner(n, http.MethodPost, "/refunds/"+f.ID.String()+"/retry", w.nextKey(), nil)
}

// count corrects the stock of a SKU: a count, or goods that came.
func count(w *world) {
	n := w.roll(shopCount)
	sku := w.g.stalls[n].skus[w.roll(skuCount)]
	if w.often(30) {
		sku = w.g.stalls[n].skus[0]
	}
	edit := map[string]any{"sku_id": sku.String(), "diff": 1 + w.roll(5)}
	if w.often(25) {
		edit = map[string]any{"sku_id": sku.String(), "on_hand": w.roll(firstStock)}
	}
	in, k := map[string]any{"edits": []any{edit}}, w.nextKey()
	w.shelves[key{w.g.stalls[n].id, sku}] = true
	r := w.asOwner(n, http.MethodPost, "/stock", k, in)
	if r.ok() && w.often(20) {
		w.asOwner(n, http.MethodPost, "/stock", k, in)
	}
}

func reprice(w *world) {
	n, i := w.roll(shopCount), w.roll(skuCount)
	edit := map[string]any{"sku_id": w.g.stalls[n].skus[i].String(), "price": prices[i] + int64(w.roll(200)) - 100}
	w.asOwner(n, http.MethodPost, "/prices", w.nextKey(), map[string]any{"edits": []any{edit}})
}

// shutters closes a shop for a while, or opens it again.
func shutters(w *world) {
	n := w.roll(shopCount)
	state := "open"
	if w.often(20) {
		state = "paused"
	}
	t := w.g.stalls[n]
	w.asOwner(n, http.MethodPut, "", "", map[string]any{"name": "小店 " + t.handle, "shipping_fee": 1000, "free_over": 9900, "return_address": "杭州市西湖区文三路 1 号", "state": state})
}

// takeDown takes a product off sale, or puts it on again.
func takeDown(w *world) {
	n, i := w.roll(shopCount), w.roll(skuCount)
	state := "listed"
	if w.often(30) {
		state = "unlisted"
	}
	w.asOwner(n, http.MethodPost, "/products/"+w.g.stalls[n].products[i].String()+"/state", w.nextKey(), map[string]any{"state": state})
}

// look opens the page of an order, as shop and as buyer.
func look(w *world) {
	if d, ok := pick(w, w.deals, func(*deal) bool { return true }); ok {
		w.asOwner(d.stall, http.MethodGet, "/orders/"+d.of.String(), "", nil)
		w.asBuyer(d.box.who, http.MethodGet, w.path(d), "", nil)
	}
}
