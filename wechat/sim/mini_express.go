package sim

import (
	"html"
	"slices"
	"time"
)

// 物流助手: a mini-program has waybills printed by the carriers it has accounts with; the parcels are those of carrier.go.

const (
	testDelivery    = "TEST" // the carrier of the sandbox; only test_update_order moves its parcels
	testBiz         = "test_biz_id"
	maxPrinters     = 100
	newAccountQuota = 100 // waybills of an account bound by account/bind
	maxExpress      = 20_000
	express100      = 100 // orders in one batchget
)

type expressService struct {
	Type int    `json:"service_type"`
	Name string `json:"service_name"`
}

// expressServices are the services of a carrier that are not just 标准快递 (0); doubtful where carriers renamed them.
var expressServices = map[string][]expressService{
	"SF":         {{0, "标准快递"}, {1, "顺丰即日"}, {2, "顺丰次晨"}, {3, "顺丰标快"}, {4, "顺丰特惠"}},
	"EMS":        {{6, "标准快递"}, {9, "经济快递"}},
	"DB":         {{1, "大件快递3.60"}, {2, "特准快件"}},
	"JDL":        {{0, "特惠送"}, {1, "特快送"}},
	testDelivery: {{1, "test_service_name"}},
}

func servicesOf(delivery string) []expressService {
	if list, ok := expressServices[delivery]; ok {
		return list
	}
	return []expressService{{0, "标准快递"}}
}

// prepaid tells whether a carrier sells its waybills in advance, by number (加盟型); the others have no quota.
func (d miniDelivery) prepaid() bool {
	return !slices.Contains([]string{"SF", "EMS", "DB", "JDL", "KYSY", "YZPY", "CNSD", testDelivery}, d.ID)
}

// cashBiz is the biz_id of a carrier that needs no account (现付).
func (d miniDelivery) cashBiz() string {
	if d.Cash {
		return d.ID + "_CASH"
	}
	return ""
}

// expressDelivery finds a carrier of 物流助手.
func expressDelivery(id string) (miniDelivery, bool) {
	if id == testDelivery {
		return miniDelivery{ID: testDelivery, Name: "测试快递"}, true
	}
	return deliveryOf(id)
}

// bound finds an account with a carrier. The caller holds mu.
func (app *miniApp) bound(delivery, biz string) int {
	return slices.IndexFunc(app.Express, func(b MiniExpressBound) bool { return b.DeliveryID == delivery && b.BizID == biz })
}

const doubtfulExpress = "错误文案、各家服务类型未逐一核对；电子面单图样从简"

// expressEndpoints is 物流助手 and 物流消息, 物流查询组件.
func (s *Server) expressEndpoints() []endpoint {
	const own = "/cgi-bin/express/business/"
	const msg = "/cgi-bin/express/delivery/open_msg/"
	const doubtfulTrace = "单号在揽收前即可传入，未知单号答 9300559；错误文案未逐一核对；没有每日次数的限制"
	return []endpoint{
		{Pattern: own + "account/bind", Title: "绑定、解绑物流账号", Fidelity: Partial, Note: "不经快递公司审核，密码不为空即通过，面单余额 100", serve: s.withMini(s.expressBind)},
		{Pattern: own + "account/getall", Title: "获取所有绑定的物流账号", Fidelity: Full, serve: s.withMiniGet(s.expressAccounts)},
		{Pattern: own + "delivery/getall", Title: "获取支持的快递公司列表", Fidelity: Partial, Note: "十五家快递公司与 TEST", serve: s.withMiniGet(expressDeliveries)},
		{Pattern: own + "quota/get", Title: "获取电子面单余额", Fidelity: Full, Note: "仅加盟型快递公司有余额", serve: s.withMini(s.expressQuota)},
		{Pattern: own + "printer/update", Title: "配置面单打印员", Fidelity: Full, Note: "tagid 只保存", serve: s.withMini(s.expressPrinter)},
		{Pattern: own + "printer/getall", Title: "获取打印员", Fidelity: Full, serve: s.withMiniGet(s.expressPrinters)},
		{Pattern: own + "order/add", Title: "生成运单", Fidelity: Partial, Note: doubtfulExpress, serve: s.withMini(s.expressAdd)},
		{Pattern: own + "order/get", Title: "获取运单数据", Fidelity: Partial, Note: doubtfulExpress, serve: s.withMini(s.expressGet)},
		{Pattern: own + "order/batchget", Title: "批量获取运单数据", Fidelity: Partial, Note: doubtfulExpress, serve: s.withMini(s.expressBatch)},
		{Pattern: own + "order/cancel", Title: "取消运单", Fidelity: Partial, Note: "揽收后不可取消；错误文案未逐一核对", serve: s.withMini(s.expressCancel)},
		{Pattern: own + "path/get", Title: "查询运单轨迹", Fidelity: Full, Note: "与快递100、快递鸟是同一个包裹", serve: s.withMini(s.expressPath)},
		{Pattern: own + "test_update_order", Title: "模拟快递公司更新订单状态", Fidelity: Full, Note: "只用于 test_biz_id 与 TEST", serve: s.withMini(s.expressTestUpdate)},
		{Pattern: msg + "trace_waybill", Title: "物流查询组件 传运单", Fidelity: Partial, Note: doubtfulTrace, serve: s.withMini(s.traceWaybill(false))},
		{Pattern: msg + "query_trace", Title: "物流查询组件 查运单", Fidelity: Full, serve: s.withMini(s.queryTrace)},
		{Pattern: msg + "update_waybill_goods", Title: "物流查询组件 更新物品信息", Fidelity: Full, serve: s.withMini(s.updateTraceGoods)},
		{Pattern: msg + "follow_waybill", Title: "物流消息 传运单", Fidelity: Partial, Note: doubtfulTrace + "；揽件、派件、签收各发一条服务通知", serve: s.withMini(s.traceWaybill(true))},
		{Pattern: msg + "query_follow_trace", Title: "物流消息 查运单", Fidelity: Full, serve: s.withMini(s.queryTrace)},
		{Pattern: msg + "update_follow_waybill_goods", Title: "物流消息 更新物品信息", Fidelity: Full, serve: s.withMini(s.updateTraceGoods)},
		{Pattern: msg + "get_delivery_list", Title: "获取运力 id 列表", Fidelity: Partial, Note: "十五家快递公司", serve: s.withMini(traceDeliveries)},
	}
}

// expressBind is account/bind.
func (s *Server) expressBind(c *call, app *miniApp) {
	var in struct {
		Type     string `json:"type"`
		BizID    string `json:"biz_id"`
		Delivery string `json:"delivery_id"`
		Password string `json:"password"`
		Remark   string `json:"remark_content"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := deliveryOf(in.Delivery)
	i := app.bound(in.Delivery, in.BizID)
	switch {
	case in.Type != "bind" && in.Type != "unbind" || in.BizID == "":
		c.deny(40097, "invalid args", "type is bind or unbind, and biz_id is wanted")
		return
	case !known:
		c.fail(9300503, "Specified delivery id is not registerred")
		return
	case len(in.BizID) > 128 || len(in.Remark) > 512:
		c.fail(9300526, "arg size exceed limit")
		return
	case in.Type == "unbind" && i < 0:
		c.fail(9300530, "biz id not bind")
		return
	case in.Type == "unbind":
		app.Express = slices.Delete(app.Express, i, i+1)
	case i >= 0:
		c.fail(9300529, "biz id has been bind")
		return
	case in.Password == "":
		c.fail(9300531, "invalid biz_id or password")
		return
	case len(app.Express) >= 100:
		c.deny(40097, "invalid args", "a mini-program may have 100 accounts in this world")
		return
	default:
		app.Express = append(app.Express, MiniExpressBound{BizID: in.BizID, DeliveryID: in.Delivery, Quota: newAccountQuota, Remark: in.Remark, Created: s.Clock.Now().Unix()})
	}
	s.touch("mini", app.AppID)
	c.ok(apiOK)
}

// expressAccounts is account/getall.
func (s *Server) expressAccounts(c *call, app *miniApp) {
	type account struct {
		BizID     string           `json:"biz_id"`
		Delivery  string           `json:"delivery_id"`
		Created   int64            `json:"create_time"`
		Updated   int64            `json:"update_time"`
		Status    int              `json:"status_code"` // 0: bound
		Alias     string           `json:"alias"`
		WrongMsg  string           `json:"remark_wrong_msg"`
		Remark    string           `json:"remark_content"`
		Quota     int64            `json:"quota_num"`
		QuotaTime int64            `json:"quota_update_time"`
		Services  []expressService `json:"service_type"`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list, now := []account{}, s.Clock.Now().Unix()
	for _, b := range app.Express {
		list = append(list, account{BizID: b.BizID, Delivery: b.DeliveryID, Created: b.Created, Updated: b.Created, Remark: b.Remark, Quota: b.Quota, QuotaTime: now, Services: servicesOf(b.DeliveryID)})
	}
	c.ok(map[string]any{"count": len(list), "list": list})
}

// expressDeliveries is delivery/getall.
func expressDeliveries(c *call, _ *miniApp) {
	type delivery struct {
		ID       string           `json:"delivery_id"`
		Name     string           `json:"delivery_name"`
		Cash     int              `json:"can_use_cash"`
		Quota    int              `json:"can_get_quota"`
		CashBiz  string           `json:"cash_biz_id"`
		Services []expressService `json:"service_type"`
	}
	list := []delivery{}
	test, _ := expressDelivery(testDelivery)
	for _, d := range append(slices.Clone(miniDeliveries), test) {
		x := delivery{ID: d.ID, Name: d.Name, CashBiz: d.cashBiz(), Services: servicesOf(d.ID)}
		if d.Cash {
			x.Cash = 1
		}
		if d.prepaid() {
			x.Quota = 1
		}
		list = append(list, x)
	}
	c.ok(map[string]any{"count": len(list), "data": list})
}

// expressQuota is quota/get.
func (s *Server) expressQuota(c *call, app *miniApp) {
	var in struct {
		Delivery string `json:"delivery_id"`
		BizID    string `json:"biz_id"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, known := expressDelivery(in.Delivery)
	i := app.bound(in.Delivery, in.BizID)
	switch {
	case !known:
		c.fail(9300503, "Specified delivery id is not registerred")
	case i < 0:
		c.fail(9300525, "biz id not bind")
	case !d.prepaid():
		c.deliveryFail(1, d.Name+"不支持查询电子面单余额")
	default:
		c.ok(map[string]any{"quota_num": app.Express[i].Quota})
	}
}

// deliveryFail is a refusal by the carrier; its code and text go beside WeChat's.
func (c *call) deliveryFail(code int, text string) {
	c.out, _ = encode(struct {
		apiError
		ResultCode int    `json:"delivery_resultcode"`
		ResultMsg  string `json:"delivery_resultmsg"`
	}{apiError{9300501, "delivery logic fail"}, code, text})
	c.refused("9300501: the carrier says %d %s", code, text)
}

// expressPrinter is printer/update.
func (s *Server) expressPrinter(c *call, app *miniApp) {
	var in struct {
		OpenID string    `json:"openid"`
		Type   string    `json:"update_type"`
		Tags   looseText `json:"tagid_list"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.world.openids[in.OpenID]
	i := slices.IndexFunc(app.Printers, func(id string) bool { return id == in.OpenID })
	switch {
	case f == nil || f.AppID != app.AppID:
		c.fail(40003, "invalid openid")
		return
	case in.Type != "bind" && in.Type != "unbind":
		c.fail(9300517, "invalid update_type")
		return
	case in.Type == "unbind" && i >= 0:
		app.Printers = slices.Delete(app.Printers, i, i+1)
		delete(app.PrinterTags, in.OpenID)
	case in.Type == "bind" && i < 0 && len(app.Printers) >= maxPrinters:
		c.deny(40097, "invalid args", "there may be %d printers", maxPrinters)
		return
	case in.Type == "bind":
		if i < 0 {
			app.Printers = append(app.Printers, in.OpenID)
		}
		if app.PrinterTags == nil {
			app.PrinterTags = map[string]string{}
		}
		app.PrinterTags[in.OpenID] = string(in.Tags)
	}
	s.touch("mini", app.AppID)
	c.ok(apiOK)
}

// expressPrinters is printer/getall.
func (s *Server) expressPrinters(c *call, app *miniApp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids, tags := []string{}, []string{}
	for _, id := range app.Printers {
		ids, tags = append(ids, id), append(tags, app.PrinterTags[id])
	}
	c.ok(map[string]any{"count": len(ids), "openid": ids, "tagid_list": tags})
}

// waybillHTML is a plain label.
func waybillHTML(d miniDelivery, o *expressOrder) string {
	return "<div><h1>" + html.EscapeString(d.Name) + "</h1><p>" + html.EscapeString(o.Waybill) + "</p><p>" + html.EscapeString(o.Receiver.Name+" "+o.Receiver.place()) + "</p></div>"
}

// watchParcel has f told of each step of a parcel from the given one on, when it happens. The caller holds mu.
func (s *Server) watchParcel(com, num string, told int, f func(n int)) {
	p := s.world.carrier.parcels[com+"|"+num]
	if p == nil {
		return
	}
	for n := told + 1; n <= len(p.Steps); n++ {
		s.Clock.schedule(p.Steps[n-1].At, func() { f(n) })
	}
}

// milestone names the three steps a buyer gets a notice of; empty for the others.
func (x step) milestone() string {
	switch {
	case x.State == "1":
		return "快件已揽收"
	case x.Code == "5":
		return "快件派送中"
	case x.State == stateSigned:
		return "快件已签收"
	}
	return ""
}

// parcelNotice is the card of a milestone in 服务通知. The caller holds mu.
func (s *Server) parcelNotice(appID, who, delivery, number, goods, path string, x step) {
	title := x.milestone()
	d, known := deliveryOf(delivery)
	if title == "" || !known {
		return
	}
	lines := []line{{Label: "商品", Value: goods}, {Label: d.Name, Value: number}, {Label: "时间", Value: x.At.In(shanghai).Format(time.DateTime)}, {Label: "进度", Value: x.Context}}
	s.deliver(who, noticeChat, "account", appID, content{Type: "template", Title: title, Lines: lines, AppID: appID, PagePath: path})
}
