package sim

import "slices"

// 物流查询组件 and 物流消息: a mini-program tells WeChat a waybill of its order; 物流消息 sends the buyer its milestones.

const maxTraceGoods = 50

// Codes of 物流消息, and its limit; doubtful, since the document names few.
const (
	traceUnknown = 9300559
	tracePhone   = 9300561
	maxFollowed  = 100 // waybills of one user that are on their way
)

type traceProduct struct {
	Name  string `json:"goods_name"`
	Image string `json:"goods_img_url"`
	Desc  string `json:"goods_desc,omitempty"`
}

type traceGoods struct {
	List []traceProduct `json:"detail_list"`
}

func (g traceGoods) fits() bool {
	return len(g.List) > 0 && len(g.List) <= maxTraceGoods && !slices.ContainsFunc(g.List, func(x traceProduct) bool {
		return x.Name == "" || len(x.Name) > 512 || x.Image == "" || len(x.Image) > 2048
	})
}

// miniTrace is a waybill WeChat was told of.
type miniTrace struct {
	Token    string     `json:"token"`
	AppID    string     `json:"appid"`
	OpenID   string     `json:"openid"`
	Delivery string     `json:"delivery_id"`
	Waybill  string     `json:"waybill_id"`
	TransID  string     `json:"trans_id"`
	Goods    traceGoods `json:"goods_info"`
	Path     string     `json:"order_detail_path,omitempty"`
	Notify   bool       `json:"notify,omitempty"` // 物流消息
	Told     int        `json:"told,omitempty"`
}

type traceParam struct {
	OpenID   string     `json:"openid"`
	Sender   string     `json:"sender_phone"`
	Receiver string     `json:"receiver_phone"`
	Delivery string     `json:"delivery_id"`
	Waybill  string     `json:"waybill_id"`
	Goods    traceGoods `json:"goods_info"`
	TransID  string     `json:"trans_id"`
	Path     string     `json:"order_detail_path"`
}

// traceWaybill is trace_waybill, and follow_waybill when the buyer is to be told.
func (s *Server) traceWaybill(notify bool) func(*call, *miniApp) {
	return func(c *call, app *miniApp) {
		var in traceParam
		if !c.json(&in) {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		x, code, text, why := s.newTrace(app, &in, notify)
		if code != 0 {
			c.deny(code, text, "%s", why)
			return
		}
		c.ok(struct {
			apiError
			Token string `json:"waybill_token"`
		}{apiOK, x.Token})
	}
}

// newTrace judges and keeps a waybill; the same one of the same order keeps its token. The caller holds mu.
func (s *Server) newTrace(app *miniApp, in *traceParam, notify bool) (x *miniTrace, code int, text, why string) {
	f, o := s.world.openids[in.OpenID], s.world.paid[in.TransID]
	d, known := in.delivery()
	switch {
	case f == nil || f.AppID != app.AppID:
		return nil, 40003, "invalid openid", "it is none of this mini-program"
	case len(phoneTail(in.Receiver)) != 4 || len(in.Receiver) > 32:
		return nil, tracePhone, "invalid phone", "receiver_phone is wanted"
	case !known:
		return nil, 9300503, "Specified delivery id is not registerred", "delivery_id is not one of get_delivery_list, or the number tells no carrier"
	case !in.Goods.fits():
		return nil, 9300535, "invalid shop args", "goods_info.detail_list needs goods_name and goods_img_url"
	case o == nil || o.AppID != app.AppID || o.Person != f.Person:
		return nil, 40097, "invalid args", "trans_id is no payment of this user in this mini-program"
	}
	p, room := s.findParcel(CarrierCustomer{}, d.Com, in.Waybill, in.Receiver, "", "")
	switch {
	case !room:
		return nil, -1, "system error", "there are too many parcels in this world"
	case p == nil:
		return nil, traceUnknown, "waybill not found", "no carrier knows this number"
	case !p.opens(in.Receiver) && !p.opens(in.Sender):
		return nil, tracePhone, "invalid phone", "the phone is not the parcel's"
	}
	followed := 0
	for _, old := range s.world.mini.traces {
		if old.AppID == app.AppID && old.Waybill == p.Num && old.TransID == in.TransID && old.Notify == notify {
			old.Goods, old.Path = in.Goods, in.Path
			s.touch("mini_trace", old.Token)
			return old, 0, "", ""
		}
		if old.OpenID == in.OpenID && old.Notify && s.traceStatus(old) < 4 {
			followed++
		}
	}
	if notify && followed >= maxFollowed || len(s.world.mini.traces) >= maxExpress {
		return nil, 9300513, "api freq out of limit", "a user may have 100 waybills on their way"
	}
	x = &miniTrace{Token: s.text(64), AppID: app.AppID, OpenID: in.OpenID, Delivery: d.ID, Waybill: p.Num, TransID: in.TransID, Goods: in.Goods, Path: in.Path, Notify: notify, Told: p.until(s.Clock.Now())}
	s.world.mini.traces[x.Token] = x
	s.touch("mini_trace", x.Token)
	s.watchTrace(x)
	return x, 0, "", ""
}

// delivery is the carrier of the call, or the likeliest one of the number.
func (in *traceParam) delivery() (miniDelivery, bool) {
	if in.Delivery != "" {
		return deliveryOf(in.Delivery)
	}
	for _, code := range recognise(in.Waybill) {
		if i := slices.IndexFunc(miniDeliveries, func(d miniDelivery) bool { return d.Com == code.com }); i >= 0 {
			return miniDeliveries[i], true
		}
	}
	return miniDelivery{}, false
}

// watchTrace plans the notices of 物流消息. The caller holds mu.
func (s *Server) watchTrace(x *miniTrace) {
	if d, ok := deliveryOf(x.Delivery); ok && x.Notify {
		s.watchParcel(d.Com, x.Waybill, x.Told, func(n int) { s.tellTrace(x.Token, n) })
	}
}

func (s *Server) tellTrace(token string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.world.mini.traces[token]
	if x == nil || n <= x.Told {
		return
	}
	d, _ := deliveryOf(x.Delivery)
	p, f := s.world.carrier.parcels[d.Com+"|"+x.Waybill], s.world.openids[x.OpenID]
	if p == nil || f == nil || n > len(p.Steps) {
		return
	}
	x.Told = n
	s.touch("mini_trace", token)
	s.parcelNotice(x.AppID, f.Person, x.Delivery, x.Waybill, x.Goods.List[0].Name, x.Path, p.Steps[n-1])
}

// traceStatus is 运单状态: 0 not collected, 1 collected, 2 on its way, 3 out for delivery, 4 signed, 6 signed by another. The caller holds mu.
func (s *Server) traceStatus(x *miniTrace) int {
	d, _ := deliveryOf(x.Delivery)
	p := s.world.carrier.parcels[d.Com+"|"+x.Waybill]
	if p == nil {
		return 0
	}
	n := p.until(s.Clock.Now())
	if n == 0 {
		return 0
	}
	switch last := p.Steps[n-1]; {
	case last.Code == "303":
		return 6
	case last.State == stateSigned:
		return 4
	case last.State == "5":
		return 3
	case last.State == "1":
		return 1
	}
	return 2
}

// withTrace is a call about a token that is there.
func (s *Server) withTrace(c *call, app *miniApp, token string, f func(x *miniTrace)) {
	x := s.world.mini.traces[token]
	if x == nil || x.AppID != app.AppID {
		c.deny(40097, "invalid args", "waybill_token is none of this mini-program")
		return
	}
	f(x)
}

// queryTrace is query_trace and query_follow_trace.
func (s *Server) queryTrace(c *call, app *miniApp) {
	var in struct {
		Token string `json:"waybill_token"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.withTrace(c, app, in.Token, func(x *miniTrace) {
		d, _ := deliveryOf(x.Delivery)
		c.ok(struct {
			apiError
			Waybill  map[string]any    `json:"waybill_info"`
			Shop     map[string]any    `json:"shop_info"`
			Delivery map[string]string `json:"delivery_info"`
		}{apiOK, map[string]any{"status": s.traceStatus(x), "waybill_id": x.Waybill}, map[string]any{"goods_info": x.Goods}, map[string]string{"delivery_id": d.ID, "delivery_name": d.Name}})
	})
}

// updateTraceGoods is update_waybill_goods and update_follow_waybill_goods.
func (s *Server) updateTraceGoods(c *call, app *miniApp) {
	var in struct {
		Token string     `json:"waybill_token"`
		Goods traceGoods `json:"goods_info"`
	}
	if !c.json(&in) {
		return
	}
	if !in.Goods.fits() {
		c.fail(9300535, "invalid shop args")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.withTrace(c, app, in.Token, func(x *miniTrace) {
		x.Goods = in.Goods
		s.touch("mini_trace", x.Token)
		c.ok(apiOK)
	})
}

// traceDeliveries is get_delivery_list.
func traceDeliveries(c *call, _ *miniApp) {
	list := []map[string]string{}
	for _, d := range miniDeliveries {
		list = append(list, map[string]string{"delivery_id": d.ID, "delivery_name": d.Name})
	}
	c.ok(map[string]any{"errcode": 0, "count": len(list), "delivery_list": list})
}
