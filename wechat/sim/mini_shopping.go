package sim

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

// shoppingOrder is what 购物订单 was told of a payment: the goods, and where they are.
type shoppingOrder struct {
	TransactionID string         `json:"transaction_id"`
	AppID         string         `json:"appid"`
	Uploaded      time.Time      `json:"uploaded"`
	Shipped       time.Time      `json:"shipped,omitzero"`
	Orders        []shoppingPart `json:"orders"`
	Parcels       []shippedThing `json:"parcels,omitempty"`
}

type shoppingPart struct {
	No    string         `json:"merchant_order_no"`
	Jump  shoppingJump   `json:"order_detail_jump_link"`
	Items []shoppingItem `json:"item_list"`
}

type shoppingJump struct {
	Type  int    `json:"type"` // 0 page, 1 mini-program
	AppID string `json:"appid,omitempty"`
	Path  string `json:"path,omitempty"`
	Link  string `json:"link,omitempty"`
}

type shoppingItem struct {
	ID       string   `json:"merchant_item_id"`
	Name     string   `json:"name"`
	Desc     string   `json:"description,omitempty"`
	Price    int64    `json:"unit_price"` // fen
	Quantity int64    `json:"quantity"`
	Images   []string `json:"image_url,omitempty"`
}

// uploadShopping is POST /user-order/orders.
func (s *Server) uploadShopping(c *call, app *miniApp) {
	var in struct {
		Key    shipOrderKey   `json:"order_key"`
		Orders []shoppingPart `json:"order_list"`
		Payer  struct {
			OpenID string `json:"openid"`
		} `json:"payer"`
		Logistics looseText `json:"logistics_type"`
		Upload    string    `json:"upload_time"`
	}
	if !c.json(&in) {
		return
	}
	at, err := time.Parse(time.RFC3339, in.Upload)
	if why := checkShopping(in.Orders); why != "" || err != nil {
		c.deny(10060014, "参数错误", "%s", cmp.Or(why, "upload_time must be RFC 3339"))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, _ := s.shipOrder(c, app, in.Key)
	if o == nil {
		return
	}
	old := s.world.mini.shopping[o.TransactionID]
	switch {
	case in.Payer.OpenID != s.fan(o.AppID, o.Person).OpenID:
		c.fail(10060031, "订单不属于此 openid")
	case old != nil && !at.After(old.Uploaded):
		c.fail(10060012, "上传时间不新于上次上传的时间")
	default:
		x := &shoppingOrder{TransactionID: o.TransactionID, AppID: app.AppID}
		if old != nil {
			x = old
		}
		x.Orders, x.Uploaded = in.Orders, at
		s.world.mini.shopping[o.TransactionID] = x
		s.touch("shopping_order", o.TransactionID)
		c.ok(apiOK)
	}
}

func checkShopping(orders []shoppingPart) string {
	if len(orders) < 1 || len(orders) > 50 {
		return "order_list needs 1 to 50 orders"
	}
	for _, o := range orders {
		if o.No == "" || len(o.Items) < 1 || len(o.Items) > 200 {
			return "an order needs merchant_order_no and 1 to 200 items"
		}
		if o.Jump.Type == 1 && (o.Jump.AppID == "" || o.Jump.Path == "") || o.Jump.Type == 0 && o.Jump.Link == "" || o.Jump.Type < 0 || o.Jump.Type > 1 {
			return "order_detail_jump_link is type 0 with link, or type 1 with appid and path"
		}
		for _, i := range o.Items {
			if i.ID == "" || i.Name == "" || i.Price < 0 || i.Quantity < 1 || len(i.Images) == 0 {
				return "an item needs merchant_item_id, name, unit_price, quantity and image_url"
			}
		}
	}
	return ""
}

// uploadShoppingShipping is POST /user-order/orders/shippings.
func (s *Server) uploadShoppingShipping(c *call, app *miniApp) {
	var in struct {
		shipParam
		List []struct {
			shippedThing
			Goods []struct {
				ID string `json:"merchant_item_id"`
			} `json:"goods"`
		} `json:"shipping_list"`
	}
	if !c.json(&in) {
		return
	}
	if in.Logistics == 0 {
		in.Logistics = byExpress
	}
	for _, x := range in.List {
		thing := x.shippedThing
		if thing.Desc == "" {
			thing.Desc = "商品"
		}
		in.shipParam.List = append(in.shipParam.List, thing)
	}
	if !c.checkShipping(&in.shipParam, in.Upload) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, _ := s.shipOrder(c, app, in.Key)
	if o == nil {
		return
	}
	x := s.world.mini.shopping[o.TransactionID]
	switch {
	case x == nil:
		c.deny(10060001, "支付单不存在", "upload the order by /user-order/orders first")
	case in.Payer.OpenID != s.fan(o.AppID, o.Person).OpenID:
		c.fail(10060031, "订单不属于此 openid")
	case !in.at.After(x.Shipped):
		c.fail(10060012, "上传时间不新于上次上传的时间")
	default:
		x.Parcels, x.Shipped = in.shipParam.List, in.at
		for _, thing := range x.Parcels {
			s.moveShipped(thing)
		}
		s.touch("shopping_order", o.TransactionID)
		c.ok(apiOK)
	}
}

// phoneOrder is an order as the buyer's phone shows it.
type phoneOrder struct {
	TransactionID string         `json:"transaction_id"`
	AppID         string         `json:"appid"`
	Name          string         `json:"name"`
	Avatar        string         `json:"avatar"`
	Merchant      string         `json:"merchant"`
	Description   string         `json:"description"`
	Amount        int64          `json:"amount"` // fen
	PaidAt        time.Time      `json:"paid_at"`
	State         int            `json:"state"` // order_state
	ShippedAt     *time.Time     `json:"shipped_at,omitempty"`
	ConfirmsAt    *time.Time     `json:"confirms_at,omitempty"` // it counts as received then
	Items         []shoppingItem `json:"items"`
	Parcels       []phoneParcel  `json:"parcels"`
	PagePath      string         `json:"pagepath"`
}

type phoneParcel struct {
	Carrier    string       `json:"carrier"`
	TrackingNo string       `json:"tracking_no"`
	Desc       string       `json:"desc"`
	Tracks     []phoneTrack `json:"tracks"` // newest first
}

type phoneTrack struct {
	Time time.Time `json:"time"`
	Text string    `json:"text"`
}

// apiMiniOrders lists a person's orders in mini-programs, newest first.
func (s *Server) apiMiniOrders(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []phoneOrder{}
	for _, x := range s.world.mini.shipments {
		if o := s.world.orders[x.Order]; o != nil && o.Person == p.ID {
			list = append(list, s.phoneOrder(o, x))
		}
	}
	slices.SortFunc(list, func(a, b phoneOrder) int {
		return cmp.Or(b.PaidAt.Compare(a.PaidAt), cmp.Compare(a.TransactionID, b.TransactionID))
	})
	return map[string]any{"orders": list[:min(len(list), 100)]}, nil
}

func (s *Server) phoneOrder(o *order, x *shipment) phoneOrder {
	a := s.world.accounts[o.AppID]
	v := phoneOrder{TransactionID: o.TransactionID, AppID: o.AppID, Name: a.Name, Avatar: accountAvatar(a), Merchant: s.world.merchants[o.MchID].Name, Description: o.Description,
		Amount: o.Total, PaidAt: o.PaidAt.In(shanghai), State: s.orderState(x, o), Items: []shoppingItem{}, Parcels: []phoneParcel{}, PagePath: s.jumpPath(o)}
	if x.Done {
		shipped, confirms := x.ShippedAt.In(shanghai), s.confirmsAt(x).In(shanghai)
		v.ShippedAt, v.ConfirmsAt = &shipped, &confirms
	}
	parcels := x.Parcels
	if bought := s.world.mini.shopping[o.TransactionID]; bought != nil {
		for _, part := range bought.Orders {
			v.Items = append(v.Items, part.Items...)
		}
		if len(parcels) == 0 {
			parcels = bought.Parcels
		}
	}
	for _, t := range parcels {
		v.Parcels = append(v.Parcels, s.phoneParcel(t))
	}
	return v
}

func (s *Server) phoneParcel(t shippedThing) phoneParcel {
	d, _ := deliveryOf(t.Company)
	v := phoneParcel{Carrier: d.Name, TrackingNo: t.TrackingNo, Desc: t.Desc, Tracks: []phoneTrack{}}
	if p := s.world.carrier.parcels[d.Com+"|"+t.TrackingNo]; p != nil {
		for i := p.until(s.Clock.Now()) - 1; i >= 0; i-- {
			v.Tracks = append(v.Tracks, phoneTrack{p.Steps[i].At.In(shanghai), p.Steps[i].Context})
		}
	}
	return v
}

// apiMiniConfirm is 确认收货 on the phone (wx.openBusinessView weappOrderConfirm too).
func (s *Server) apiMiniConfirm(r *http.Request, p *person) (any, error) {
	id := r.PathValue("transaction")
	s.mu.Lock()
	o := s.world.paid[id]
	mine := o != nil && o.Person == p.ID
	s.mu.Unlock()
	if !mine {
		return nil, missing("order " + id)
	}
	if err := s.ConfirmReceipt(id); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phoneOrder(o, s.shipmentOf(o)), nil
}
