package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/edge"
)

// openToGuests are the operations that need no buyer; a new one has to be written
// here, on purpose.
var openToGuests = map[string]bool{"home": true, "categories": true, "products": true, "product": true, "suggest": true, "shop": true, "visit": true,
	"recogniseAddress": true, "jsConfig": true, "carriers": true}

func TestGuestsAreAskedToLogIn(t *testing.T) {
	h := openHouse(t, nil)
	api, _ := h.StorefrontAPI(http.NewServeMux())
	ops := operations(api)
	if len(ops) < 30 {
		t.Fatalf("only %d operations are registered", len(ops))
	}
	for _, op := range ops {
		cookies := map[string]string{"no cookie": "", "a forged one": "shuke_buyer=v1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
			"an ended one": "shuke_buyer=" + h.BuyerKey.Token(1, time.Now().Add(-time.Second)), "another house's": "shuke_buyer=" + edge.BuyerKey("another key of thirty-two bytes!").Token(1, time.Now().Add(time.Hour))}
		for name, cookie := range cookies {
			a := h.guest().do(op.Method, pathOf(op, nil), bodyFor(op), "Cookie", cookie, "Idempotency-Key", "guest-key-1")
			if open := openToGuests[op.OperationID]; open == (a.code == 401) || a.code >= 500 {
				t.Errorf("%s with %s: %d %s", op.OperationID, name, a.code, a.body)
			} else if !open && a.problem().Code != buyer.ErrLogin.Code {
				t.Errorf("%s with %s: code %q", op.OperationID, name, a.problem().Code)
			}
		}
	}
}

// foreignToBuyer are inputs of every operation that names something of a buyer's,
// in its path or its body. things are another buyer's.
func foreignToBuyer(things map[string]string) map[string]any {
	line := map[string]any{"shop_id": things["shop"], "sku_id": things["sku"], "quantity": 1}
	return map[string]any{
		"changeAddress": map[string]any{"name": "贼", "phone": "13800138001", "province": "浙江省", "city": "杭州市", "district": "西湖区", "detail": "别处 1 号"},
		"deleteAddress": nil, "order": nil, "cancelOrder": nil, "receiveOrder": nil, "aftersale": nil, "cancelAftersale": nil,
		"returnParcel":     map[string]any{"carrier": "shunfeng", "tracking_no": "SF1234567890123"},
		"askAftersale":     map[string]any{"kind": "refund", "reason": "x", "lines": []any{map[string]any{"line_no": 1, "quantity": 1}}},
		"previewAftersale": map[string]any{"kind": "refund", "reason": "x", "lines": []any{map[string]any{"line_no": 1, "quantity": 1}}},
		"pay":              nil, "payment": nil,
		"placeOrder":     map[string]any{"address_id": things["address"], "expect_total": 8800, "lines": []any{line}},
		"changeCartLine": map[string]any{"quantity": 9},
	}
}

// ownParameters tells which path parameters name something of a buyer's.
var ownParameters = []string{"{address}", "{order}", "{aftersale}", "{checkout}", "{sku}"}

func TestABuyerCannotTouchAnother(t *testing.T) {
	h := openHouse(t, nil)
	shop, owner := h.shopFront("tea")
	victim, _ := h.buyer("ming")
	things := h.things(shop.ID, owner)
	things["shop"] = shop.ID.String()
	pending := h.placed(victim, shop.ID, parse(t, things["sku"]), 1)
	things["checkout"] = pending.checkout
	things["address"] = into[[]struct{ ID string }](victim, victim.do("GET", "/api/storefront/addresses", nil))[0].ID
	into[any](victim, victim.do("POST", "/api/storefront/cart/lines", map[string]any{"shop_id": things["shop"], "sku_id": things["sku"], "quantity": 2}))
	thief, _ := h.buyer("hua")
	bodies := foreignToBuyer(things)
	api, _ := h.StorefrontAPI(http.NewServeMux())
	h.unchanged(t, "another buyer", func() {
		for _, op := range operations(api) {
			body, known := bodies[op.OperationID]
			names := false
			for _, p := range ownParameters {
				names = names || strings.Contains(op.Path, p)
			}
			if names && !known {
				t.Errorf("%s names something of a buyer's, but no input is written for it here", op.OperationID)
			}
			if !known {
				continue
			}
			orders := []string{things["order"]}
			if strings.Contains(op.Path, "{order}") {
				orders = append(orders, pending.order) // paid and unpaid
			}
			for _, no := range orders {
				things["order"] = no
				a := thief.do(op.Method, pathOf(op, things), body, "Idempotency-Key", "steal-"+op.OperationID)
				if a.code != 404 {
					t.Errorf("%s %s: %d %s", op.Method, pathOf(op, things), a.code, a.body)
				}
			}
			things["order"] = orders[0]
		}
		// What has no name in it shows only one's own.
		for path, empty := range map[string]string{"/orders": `{"items":[],"next":""}`, "/addresses": `[]`, "/cart": `{"shops":[],"count":0}`} {
			if a := thief.do("GET", "/api/storefront"+path, nil); a.code != 200 || strings.TrimSpace(a.body) != empty {
				t.Errorf("%s of a new buyer: %d %s", path, a.code, a.body)
			}
		}
		thief.do("DELETE", "/api/storefront/cart/lines?sku="+things["sku"], nil)
		thief.do("POST", "/api/storefront/cart/select", map[string]any{"sku_ids": []string{things["sku"]}, "selected": false})
	})
	// The victim himself may: the refusals above are about who asks.
	if a := victim.do("GET", "/api/storefront/orders/"+things["shop"]+"/"+things["order"], nil); a.code != 200 {
		t.Errorf("one's own order: %d %s", a.code, a.body)
	}
	if a := victim.do("GET", "/api/storefront/checkouts/"+things["checkout"]+"/payment", nil); a.code != 200 {
		t.Errorf("one's own payment: %d %s", a.code, a.body)
	}
}

func TestOtherSitesCannotAct(t *testing.T) {
	h := openHouse(t, nil)
	c, _ := h.buyer("ming")
	change := map[string]any{"nickname": "小明"}
	for name, header := range map[string][]string{"another origin": {"Origin", "https://evil.example"}, "cross-site": {"Sec-Fetch-Site", "cross-site"}, "same-site": {"Sec-Fetch-Site", "same-site"},
		"no origin": {"Origin", "null"}} {
		if a := c.do("PATCH", "/api/storefront/me", change, header...); a.code != 403 || a.problem().Code != "csrf" {
			t.Errorf("%s: %d %s", name, a.code, a.body)
		}
	}
	for name, header := range map[string][]string{"its own origin": {"Origin", h.url}, "the same origin": {"Sec-Fetch-Site", "same-origin"}, "no browser": nil} {
		if a := c.do("PATCH", "/api/storefront/me", change, header...); a.code != 200 {
			t.Errorf("%s: %d %s", name, a.code, a.body)
		}
	}
	// What WeChat calls is guarded by its signature, not by an origin.
	if a := h.guest().do("POST", "/callback/wechat/pay", "{}", "Origin", "https://evil.example"); a.code == 403 && a.problem().Code == "csrf" {
		t.Errorf("a callback was refused for its origin: %s", a.body)
	}
}

func TestDocumentsAreCommitted(t *testing.T) {
	for name, text := range documents(t) {
		want := readFile(t, "../../api/"+name+".json")
		if text != want {
			t.Errorf("api/%s.json is not what the handlers say; run: go run ./cmd/shuke openapi", name)
		}
		var doc struct {
			Paths map[string]map[string]json.RawMessage `json:"paths"`
		}
		must(t, json.Unmarshal([]byte(want), &doc))
		if len(doc.Paths) < 20 {
			t.Errorf("api/%s.json has %d paths", name, len(doc.Paths))
		}
	}
}
