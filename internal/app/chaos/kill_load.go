package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// caller is somebody with a browser.
type caller struct {
	k      *killing
	client *http.Client
	dice   *rand.Rand
	header http.Header
}

func (k *killing) caller(n int, h http.Header) *caller {
	return &caller{k, &http.Client{Timeout: 10 * time.Second}, newDice(k.Seed, uint64(100+n)), h}
}

// do makes one call; code 0 is no answer.
func (c *caller) do(ctx context.Context, method, path, key string, in, out any) (code int, problem string) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return 0, ""
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.k.g.market+path, body)
	if err != nil {
		return 0, ""
	}
	r.Header = c.header.Clone()
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	a, err := c.client.Do(r)
	if err != nil {
		c.k.tell("no answer")
		return 0, ""
	}
	defer func() { _ = a.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
	if err != nil {
		c.k.tell("half an answer")
		return 0, ""
	}
	if a.StatusCode < 300 {
		c.k.tell("answered")
		if out != nil && json.Unmarshal(text, out) != nil {
			return 0, ""
		}
		return a.StatusCode, ""
	}
	var p struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(text, &p)
	c.k.tell(strconv.Itoa(a.StatusCode) + " " + p.Code)
	return a.StatusCode, p.Code
}

func (k *killing) tell(what string) {
	k.mu.Lock()
	k.counts[what]++
	k.mu.Unlock()
}

// load starts the rival clients.
func (k *killing) load(ctx context.Context, stop chan struct{}, wg *sync.WaitGroup) {
	for n := range k.Clients {
		wg.Go(func() { k.shop(ctx, n, stop) })
	}
	for n := range k.g.stalls {
		wg.Go(func() { k.sell(ctx, n, stop) })
	}
}

func over(stop chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// shop is a buyer who places, pays, cancels and wants money back.
func (k *killing) shop(ctx context.Context, n int, stop chan struct{}) {
	p := k.g.people[n%personCount]
	token := k.g.key.Token(p.buyer, time.Now().Add(12*time.Hour))
	c := k.caller(n, http.Header{"Cookie": {"shuke_buyer=" + token}})
	for i := 0; !over(stop) && ctx.Err() == nil; i++ {
		out, ok := c.place(ctx, fmt.Sprintf("kill-%d-%d-%d", k.Seed, n, i), p)
		if !ok {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		for range 3 {
			code, _ := c.do(ctx, http.MethodPost, "/api/storefront/checkouts/"+out.CheckoutID.String()+"/pay", "", map[string]any{}, nil)
			if code == http.StatusOK || code == http.StatusConflict || code == http.StatusGone {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		o := out.Orders[c.dice.IntN(len(out.Orders))]
		path := "/api/storefront/orders/" + o.ShopID.String() + "/" + o.OrderID.String()
		switch c.dice.IntN(10) {
		case 0:
			c.do(ctx, http.MethodPost, path+"/cancel", "", nil, nil)
		case 1, 2, 3:
			c.do(ctx, http.MethodGet, "/api/storefront/checkouts/"+out.CheckoutID.String()+"/payment", "", nil, nil)
		case 4, 5:
			time.Sleep(50 * time.Millisecond)
			c.do(ctx, http.MethodPost, path+"/aftersales", fmt.Sprintf("ask-%d-%d-%d", k.Seed, n, i),
				map[string]any{"kind": "refund", "reason": "不想要了", "lines": []any{map[string]any{"line_no": 1, "quantity": 1}}}, nil)
		}
	}
}

// place places an order and does not rest until it knows what became of it, even
// when the load is over: a key without an answer would prove nothing.
func (c *caller) place(ctx context.Context, key string, p person) (placed, bool) {
	body := map[string]any{"lines": c.choose(), "address_id": p.home.String(), "expect_total": 0}
	for range 600 {
		var out placed
		code, _ := c.do(ctx, http.MethodPost, "/api/storefront/orders", key, body, &out)
		switch {
		case code == http.StatusOK:
			c.k.ack(key, out)
			if c.dice.IntN(5) == 0 { // a double tap
				var again placed
				if code, _ := c.do(ctx, http.MethodPost, "/api/storefront/orders", key, body, &again); code == http.StatusOK {
					c.k.ack(key, again)
				}
			}
			return out, true
		case code >= 400 && code < 500 && code != http.StatusTooManyRequests:
			return out, false
		case ctx.Err() != nil:
			return out, false
		}
		time.Sleep(100 * time.Millisecond)
	}
	c.k.fail(0, "stuck", "key "+key+" got no answer in a minute")
	return placed{}, false
}

// ack notes what a key was answered with; it must be the same every time.
func (k *killing) ack(key string, p placed) {
	k.mu.Lock()
	before, known := k.acked[key]
	k.acked[key] = p
	k.mu.Unlock()
	if known && before.CheckoutID != p.CheckoutID {
		k.fail(0, "order", fmt.Sprintf("key %s placed checkouts %s and %s", key, before.CheckoutID, p.CheckoutID))
	}
}

func (c *caller) choose() (lines []any) {
	first, shops := c.dice.IntN(shopCount), 1+c.dice.IntN(4)/3
	for s := range shops {
		t := c.k.g.stalls[(first+s)%shopCount]
		for _, i := range c.dice.Perm(skuCount)[:1+c.dice.IntN(2)] {
			lines = append(lines, map[string]any{"shop_id": t.id.String(), "sku_id": t.skus[i].String(), "quantity": 1 + c.dice.IntN(2)})
		}
	}
	return lines
}

// sell is an owner who fills shelves, ships and decides.
func (k *killing) sell(ctx context.Context, n int, stop chan struct{}) {
	t := k.g.stalls[n]
	c := k.caller(1000+n, http.Header{"Cookie": {"shuke_staff=" + k.g.passes[n].token}, edge.CSRFHeader: {k.g.passes[n].csrf}})
	base := "/api/console/shops/" + t.id.String()
	var list struct {
		Items []struct {
			ID id.ID `json:"id"`
		} `json:"items"`
	}
	for i := 0; !over(stop) && ctx.Err() == nil; i++ {
		time.Sleep(100 * time.Millisecond)
		var edits []any
		for _, sku := range t.skus {
			edits = append(edits, map[string]any{"sku_id": sku.String(), "diff": 4})
		}
		c.do(ctx, http.MethodPost, base+"/stock", fmt.Sprintf("fill-%d-%d-%d", k.Seed, n, i), map[string]any{"edits": edits}, nil)
		if code, _ := c.do(ctx, http.MethodGet, base+"/orders?state=paid&limit=10", "", nil, &list); code == http.StatusOK && len(list.Items) > 0 {
			o := list.Items[c.dice.IntN(len(list.Items))]
			c.do(ctx, http.MethodPost, base+"/orders/"+o.ID.String()+"/ship", fmt.Sprintf("ship-%d-%d-%d", k.Seed, n, i),
				map[string]any{"carrier": carrierCode, "tracking_no": "SF1234567890123"}, nil)
		}
		if code, _ := c.do(ctx, http.MethodGet, base+"/aftersales?state=requested&limit=10", "", nil, &list); code == http.StatusOK && len(list.Items) > 0 {
			c.do(ctx, http.MethodPost, base+"/aftersales/"+list.Items[0].ID.String()+"/approve", "", map[string]any{}, nil)
		}
	}
}
