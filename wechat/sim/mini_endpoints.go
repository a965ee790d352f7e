package sim

import (
	"net/http"
	"slices"
)

// miniEndpoints is what mini-programs call.
func (s *Server) miniEndpoints() []endpoint {
	return append([]endpoint{
		{Pattern: "/sns/jscode2session", Title: "小程序登录 code2Session", Fidelity: Full, serve: s.code2Session},
		{Pattern: "/wxa/checksession", Title: "检验登录态", Fidelity: Full, serve: s.withMiniGet(s.checkSession)},
		{Pattern: "/wxa/resetusersessionkey", Title: "重置登录态", Fidelity: Full, serve: s.withMiniGet(s.resetSession)},
		{Pattern: "/wxa/business/getuserphonenumber", Title: "获取手机号", Fidelity: Full, serve: s.withMini(s.getPhone)},
		{Pattern: "/wxa/getwxacodeunlimit", Title: "获取不限制的小程序码", Fidelity: Partial, Note: "画的是圆环中的二维码，任何扫码器都能读，但不是微信的图案", serve: s.withMini(s.unlimitedCode)},
		{Pattern: "/wxa/getwxacode", Title: "获取小程序码", Fidelity: Partial, Note: "图案同上", serve: s.withMini(s.limitedCode(true, 1024))},
		{Pattern: "/cgi-bin/wxaapp/createwxaqrcode", Title: "获取小程序二维码", Fidelity: Full, serve: s.withMini(s.limitedCode(false, 128))},
		{Pattern: "/wxa/generatescheme", Title: "获取加密 scheme 码", Fidelity: Full, serve: s.withMini(s.generateScheme)},
		{Pattern: "/wxa/queryscheme", Title: "查询 scheme 码", Fidelity: Partial, Note: "访问额度不减少", serve: s.withMini(s.queryMiniLink("scheme"))},
		{Pattern: "/wxa/generate_urllink", Title: "获取加密 URL Link", Fidelity: Partial, Note: "不支持 cloud_base", serve: s.withMini(s.generateURLLink)},
		{Pattern: "/wxa/query_urllink", Title: "查询加密 URL Link", Fidelity: Partial, Note: "访问额度不减少", serve: s.withMini(s.queryMiniLink("url"))},
		{Pattern: "/wxa/genwxashortlink", Title: "获取 Short Link", Fidelity: Full, serve: s.withMini(s.generateShortLink)},
		{Pattern: "/cgi-bin/message/subscribe/send", Title: "发送订阅消息", Fidelity: Full, serve: s.withMini(s.miniSubscribeSend)},
		{Pattern: "/cgi-bin/message/wxopen/template/uniform_send", Title: "下发统一消息（已下线）", Fidelity: Full, Note: "一律拒绝：官方已下线", serve: s.withToken(http.MethodPost, false, uniformSend)},
	}, slices.Concat(s.newTemplateEndpoints(), s.shippingEndpoints(), s.expressEndpoints())...)
}

const doubtfulShipping = "错误码与自动确认天数以设置为准（confirm_days、settle_hours）；冻结只记账，不拦截退款与提现"

// shippingEndpoints is 发货信息管理 and 购物订单.
func (s *Server) shippingEndpoints() []endpoint {
	return []endpoint{
		{Pattern: "/wxa/sec/order/upload_shipping_info", Title: "发货信息录入", Fidelity: Partial, Note: doubtfulShipping, serve: s.withMini(s.uploadShipping)},
		{Pattern: "/wxa/sec/order/upload_combined_shipping_info", Title: "发货信息合单录入", Fidelity: Partial, Note: doubtfulShipping, serve: s.withMini(s.uploadCombined)},
		{Pattern: "/wxa/sec/order/get_order", Title: "查询订单发货状态", Fidelity: Full, serve: s.withMini(s.getShipOrder)},
		{Pattern: "/wxa/sec/order/get_order_list", Title: "查询订单列表", Fidelity: Full, serve: s.withMini(s.listShipOrders)},
		{Pattern: "/wxa/sec/order/notify_confirm_receive", Title: "确认收货提醒", Fidelity: Full, serve: s.withMini(s.notifyReceived)},
		{Pattern: "/wxa/sec/order/set_msg_jump_path", Title: "消息跳转路径设置", Fidelity: Full, serve: s.withMini(s.setJumpPath)},
		{Pattern: "/wxa/sec/order/is_trade_managed", Title: "查询小程序是否已开通发货信息管理服务", Fidelity: Full, serve: s.withMini(s.tradeManaged("is_trade_managed"))},
		{Pattern: "/wxa/sec/order/is_trade_management_confirmation_completed", Title: "查询小程序是否已完成交易结算管理确认", Fidelity: Full, serve: s.withMini(s.tradeManaged("completed"))},
		{Pattern: "/wxa/sec/order/opspecialorder", Title: "特殊发货报备", Fidelity: Full, serve: s.withMini(s.specialOrder)},
		{Pattern: "/user-order/orders", Title: "上传购物详情", Fidelity: Full, Note: "买家手机的订单页可见", serve: s.withMini(s.uploadShopping)},
		{Pattern: "/user-order/orders/shippings", Title: "上传物流信息", Fidelity: Full, serve: s.withMini(s.uploadShoppingShipping)},
	}
}

// uniformSend is retired.
func uniformSend(c *call) {
	c.deny(40066, "invalid url", "uniform_send was retired by WeChat; use subscription messages")
}

// miniRights are calls of official accounts that mini-programs may make too.
var miniRights = map[string]bool{"/cgi-bin/message/custom/send": true, "/cgi-bin/message/custom/typing": true, "/cgi-bin/media/upload": true, "/cgi-bin/media/get": true}
