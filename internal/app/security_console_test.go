package app_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/flow/flash"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// withoutPermission are the console's operations that ask for no permission: true
// for those that need no login either. A new one has to be written here, on
// purpose.
var withoutPermission = map[string]bool{"login": true, "logout": false, "me": false, "changePassword": false, "categories": false}

func operations(api huma.API) (out []*huma.Operation) {
	for _, item := range api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Options, item.Head, item.Patch, item.Trace} {
			if op != nil {
				out = append(out, op)
			}
		}
	}
	slices.SortFunc(out, func(a, b *huma.Operation) int { return strings.Compare(a.OperationID, b.OperationID) })
	return out
}

// pathOf fills a path's parameters; those that are not named get "1", which
// nothing has.
func pathOf(op *huma.Operation, named map[string]string) string {
	out := op.Path
	for _, p := range op.Parameters {
		if p.In != "path" {
			continue
		}
		v := named[p.Name]
		if v == "" {
			v = "1"
		}
		out = strings.ReplaceAll(out, "{"+p.Name+"}", v)
	}
	return out
}

func bodyFor(op *huma.Operation) any {
	if op.RequestBody == nil {
		return nil
	}
	return "{}"
}

func TestEveryConsoleOperationSaysWhoMay(t *testing.T) {
	h := openHouse(t, nil)
	ops := operations(h.ConsoleAPI(http.NewServeMux()))
	if len(ops) < 40 {
		t.Fatalf("only %d operations are registered", len(ops))
	}
	for _, op := range ops {
		p, has := op.Metadata[edge.NeedPermission].(staff.Permission)
		public, listed := withoutPermission[op.OperationID]
		switch {
		case has == listed:
			t.Errorf("%s: permission %q, and on the list of those without one: %v", op.OperationID, p, listed)
		case listed && public != (op.Metadata[edge.NeedNobody] == true):
			t.Errorf("%s: open to everybody is %v", op.OperationID, !public)
		case has && !anyRole(p):
			t.Errorf("%s needs %q, which nobody holds", op.OperationID, p)
		case p == staff.RunMarket != strings.HasPrefix(op.Path, "/api/console/market/"):
			t.Errorf("%s %s needs %q: the market's operations, and only they, are the operator's", op.OperationID, op.Path, p)
		case has && p != staff.RunMarket && !strings.HasPrefix(op.Path, "/api/console/shops/{shop}"):
			t.Errorf("%s %s is not below a shop", op.OperationID, op.Path)
		}
	}
}

func anyRole(p staff.Permission) bool {
	return slices.ContainsFunc(append(staff.Roles(), staff.Operator), func(r staff.Role) bool { return r.Can(p) })
}

func TestConsoleWalk(t *testing.T) {
	h := openHouse(t, nil)
	mine, owner := h.shopFront("tea")
	other, _ := h.shopFront("fruit")
	members := map[staff.Role]staff.Member{staff.Owner: owner}
	for _, r := range []staff.Role{staff.Manager, staff.Service, staff.Warehouse, staff.Cashier, staff.Operator} {
		m := staff.Member{ShopID: mine.ID, Login: "m-" + string(r), Name: "员工", Role: r}
		if r == staff.Operator {
			m.ShopID = 0
		}
		m, err := h.Onboarding.AddMember(ctx, m, password)
		must(t, err)
		members[r] = m
	}
	for _, op := range operations(h.ConsoleAPI(http.NewServeMux())) {
		t.Run(op.OperationID, func(t *testing.T) {
			w := &consoleWalk{house: h, t: t, op: op, own: pathOf(op, map[string]string{"shop": mine.ID.String()}), foreign: pathOf(op, map[string]string{"shop": other.ID.String()})}
			if op.Metadata[edge.NeedNobody] == true {
				return
			}
			w.strangers(members[staff.Owner])
			for r, m := range members {
				w.role(r, m)
			}
		})
	}
}

type consoleWalk struct {
	*house
	t            *testing.T
	op           *huma.Operation
	own, foreign string
}

// send calls the operation; streams are left after their header.
func (w *consoleWalk) send(c *caller, path string, header ...string) answer {
	w.t.Helper()
	short, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c.t = w.t
	return c.doCtx(short, w.op.Method, path, bodyFor(w.op), header...)
}

// strangers are refused before anything else is looked at.
func (w *consoleWalk) strangers(m staff.Member) {
	w.t.Helper()
	guest := w.guest()
	for name, header := range map[string][]string{"nobody": nil, "an empty cookie": {"Cookie", "shuke_staff="}, "a forged session": {"Cookie", "shuke_staff=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", edge.CSRFHeader, "x"}} {
		if a := w.send(guest, w.own, header...); a.code != 401 || a.problem().Code != "staff.session_ended" {
			w.t.Errorf("%s: %d %s", name, a.code, a.body)
		}
	}
	if w.op.Method == http.MethodGet {
		return
	}
	c := w.as(m)
	for name, token := range map[string]string{"no": "", "a wrong": "AAAAAAAAAAAAAAAAAAAAAA", "another session's": w.as(m).header.Get(edge.CSRFHeader)} {
		if a := w.send(c, w.own, edge.CSRFHeader, token); a.code != 403 || a.problem().Code != "csrf" {
			w.t.Errorf("%s CSRF token: %d %s", name, a.code, a.body)
		}
	}
}

// role checks what a member may do in his own and in another shop.
func (w *consoleWalk) role(r staff.Role, m staff.Member) {
	w.t.Helper()
	p, needs := w.op.Metadata[edge.NeedPermission].(staff.Permission)
	inShop := strings.Contains(w.op.Path, "{shop}")
	may := !needs || r.Can(p)
	a := w.send(w.as(m), w.own)
	switch {
	case !may && (a.code != 403 || a.problem().Code != "staff.forbidden"):
		w.t.Errorf("%s without %s: %d %s", r, p, a.code, a.body)
	case may && (a.code == 401 || a.code == 403 || a.code >= 500 || a.problem().Code == "shop.not_found"):
		w.t.Errorf("%s with %s: %d %s", r, p, a.code, a.body)
	}
	if inShop && r != staff.Operator {
		if a := w.send(w.as(m), w.foreign); a.code != 404 || a.problem().Code != "shop.not_found" {
			w.t.Errorf("%s in another shop: %d %s", r, a.code, a.body)
		}
	}
}

// things are objects of one shop, by the names that paths give them.
func (h *house) things(shop id.ID, owner staff.Member) map[string]string {
	h.t.Helper()
	p := h.listed(shop, "明前龙井")
	buyer, _ := h.buyer("ming")
	placed := h.placed(buyer, shop, p.SKUs[0].ID, 3)
	h.paid(buyer, placed, "ming")
	c := h.as(owner)
	base := "/api/console/shops/" + shop.String()
	shipped := into[struct {
		Parcels []struct{ ID string }
	}](c, c.do("POST", base+"/orders/"+placed.order+"/ship", map[string]any{"carrier": "shunfeng", "tracking_no": "SF1234567890123", "lines": []any{map[string]any{"line_no": 1, "quantity": 1}}},
		"Idempotency-Key", "ship-"+placed.order))
	asked := into[struct {
		ID string `json:"aftersale_id"`
	}](buyer, buyer.do("POST", "/api/storefront/orders/"+shop.String()+"/"+placed.order+"/aftersales", map[string]any{"kind": "refund", "reason": "不想要了",
		"lines": []any{map[string]any{"line_no": 1, "quantity": 1}}}, "Idempotency-Key", "ask-"+placed.order))
	upload, kind := h.file("goods.csv", "title,price\n茶,1\n")
	imp := into[struct{ ID string }](c, c.do("POST", base+"/imports", upload, "Content-Type", kind))
	job := h.IDs.Next()
	must(h.t, h.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO jobs (id, unique_key, listener, kind, shop_id, event_id, payload, state, attempts, run_at, created_at) VALUES ($1, $2, 'sales', 'order.paid', $3, 0, '{}', 'parked', 9, $4, $4)`,
			job, "parked-"+job.String(), shop, h.Now())
		return err
	}))
	refund := h.IDs.Next()
	must(h.t, h.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO refunds (shop_id, id, order_id, payment_id, refund_no, amount, reason, state, created_at, updated_at) VALUES ($1, $2, $3, 1, $4, 1, '测试', 'abnormal', $5, $5)`,
			shop, refund, 1, "R"+refund.String(), h.Now())
		return err
	}))
	sale, err := h.Flash.Plan(ctx, flash.Who{Shop: shop}, "sale-of-another", flash.In{SKU: p.SKUs[0].ID, Price: 100, Units: 1, StartsAt: h.Now(), EndsAt: h.Now().Add(time.Hour)})
	must(h.t, err)
	return map[string]string{"sale": sale.ID.String(), "refund": refund.String(), "product": p.ID.String(), "sku": p.SKUs[0].ID.String(), "order": placed.order, "parcel": shipped.Parcels[0].ID, "aftersale": asked.ID,
		"import": imp.ID, "job": job.String(), "member": owner.ID.String()}
}

func (h *house) file(name, text string) (body, contentType string) {
	h.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	f, err := w.CreateFormFile("file", name)
	must(h.t, err)
	_, err = f.Write([]byte(text))
	must(h.t, err)
	must(h.t, w.Close())
	return b.String(), w.FormDataContentType()
}

// foreignBodies are valid inputs of the operations that name an object, so that
// nothing but the object's shop can be the reason of a refusal.
func foreignBodies(things map[string]string) map[string]any {
	product := map[string]any{"title": "改了", "skus": []any{map[string]any{"id": things["sku"], "price": 1}}}
	return map[string]any{
		"saveProduct": product, "setProductState": map[string]any{"state": "unlisted"},
		"setProductStates": map[string]any{"state": "unlisted", "product_ids": []string{things["product"]}},
		"setPrices":        map[string]any{"edits": []any{map[string]any{"sku_id": things["sku"], "price": 1}}},
		"adjustStock":      map[string]any{"edits": []any{map[string]any{"sku_id": things["sku"], "diff": 5}}},
		"ship":             map[string]any{"carrier": "shunfeng", "tracking_no": "SF1234567890124"},
		"note":             map[string]any{"note": "改了"}, "track": map[string]any{"text": "到了"}, "delivered": nil,
		"approve": nil, "refuse": map[string]any{"reason": "不行"}, "returned": map[string]any{"restock": true},
		"previewImport": map[string]any{}, "startImport": map[string]any{}, "retryJob": nil, "retryRefund": nil, "cancelFlashSale": nil, "cancelSale": nil,
		"chargeSale":   map[string]any{"auth_code": "134567890123456789"},
		"changeMember": map[string]any{"name": "改了", "role": "cashier", "state": "disabled"},
	}
}

func TestForeignObjectsAreNotFound(t *testing.T) {
	h := openHouse(t, nil)
	_, owner := h.shopFront("tea")
	other, rival := h.shopFront("fruit")
	things := h.things(other.ID, rival)
	bodies := foreignBodies(things)
	thief := h.as(owner)
	own := owner.ShopID.String()
	named := func(op *huma.Operation) bool { return strings.Count(op.Path, "{") > 1 || bodies[op.OperationID] != nil }
	h.unchanged(t, "a rival shop's owner", func() {
		for _, op := range operations(h.ConsoleAPI(http.NewServeMux())) {
			if !strings.Contains(op.Path, "{shop}") || !named(op) || strings.Contains(op.Path, "/market/") {
				continue // the market's own are closed to shops: the walk of roles holds that
			}
			body, known := bodies[op.OperationID]
			if !known && op.Method != http.MethodGet {
				t.Errorf("%s names an object and changes it, but no input is written for it here", op.OperationID)
				continue
			}
			path := pathOf(op, things)
			path = strings.Replace(path, "/shops/1", "/shops/"+own, 1)
			a := thief.do(op.Method, path, body, "Idempotency-Key", "steal-"+op.OperationID)
			empty := op.Method == http.MethodGet && strings.Trim(strings.NewReplacer(`{"items":[],"next":""}`, "", "[]", "").Replace(a.body), "\n ") == ""
			partial := op.OperationID == "setProductStates" && a.code == 200 && strings.Contains(a.body, `"catalog.not_found"`)
			if a.code != 404 && !empty && !partial {
				t.Errorf("%s %s: %d %s", op.Method, path, a.code, a.body)
			}
		}
	})
	// The same requests of the owner himself are understood: the refusals above are about the shop.
	for name, body := range map[string]any{"note": bodies["note"], "approve": nil} {
		path := map[string]string{"note": "/orders/" + things["order"] + "/note", "approve": "/aftersales/" + things["aftersale"] + "/approve"}[name]
		c := h.as(rival)
		if a := c.do("POST", "/api/console/shops/"+other.ID.String()+path, body); a.code != 200 {
			t.Errorf("%s of one's own: %d %s", name, a.code, a.body)
		}
	}
}

// placedOrder names what a buyer ordered.
type placedOrder struct{ shop, order, checkout string }

func (h *house) address(c *caller) string {
	h.t.Helper()
	return into[struct{ ID string }](c, c.do("POST", "/api/storefront/addresses", map[string]any{"name": "王小明", "phone": "13800138000", "province": "浙江省", "city": "杭州市",
		"district": "西湖区", "region_code": "330106", "detail": "文三路 1 号"})).ID
}

func (h *house) placed(c *caller, shop, sku id.ID, qty int) placedOrder {
	h.t.Helper()
	out := into[struct {
		CheckoutID string `json:"checkout_id"`
		Orders     []struct {
			OrderID string `json:"order_id"`
		}
	}](c, c.do("POST", "/api/storefront/orders", map[string]any{"address_id": h.address(c), "expect_total": 8800 * qty,
		"lines": []any{map[string]any{"shop_id": shop.String(), "sku_id": sku.String(), "quantity": qty}}}, "Idempotency-Key", "order-"+h.IDs.Next().String()))
	return placedOrder{shop.String(), out.Orders[0].OrderID, out.CheckoutID}
}

// paid pays at the pocket WeChat and waits for the notice.
func (h *house) paid(c *caller, o placedOrder, person string) {
	h.t.Helper()
	p := into[map[string]string](c, c.do("POST", "/api/storefront/checkouts/"+o.checkout+"/pay", nil))
	_, err := h.sim.Pay(person, strings.TrimPrefix(p["package"], "prepay_id="), "123456")
	must(h.t, err)
	h.until("payment", func() bool { return h.stateOf(o) == string(order.Paid) })
	h.settled()
}

func (h *house) stateOf(o placedOrder) (state string) {
	h.t.Helper()
	must(h.t, h.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT state FROM orders WHERE shop_id = $1 AND id = $2`, parse(h.t, o.shop), parse(h.t, o.order)).Scan(&state)
	}))
	return state
}

func parse(t testing.TB, text string) id.ID {
	t.Helper()
	v, err := id.Parse(text)
	if err != nil {
		t.Fatal(fmt.Errorf("%q: %w", text, err))
	}
	return v
}
