package sim

// payEndpoints lists every v3 call that is offered.
func (s *Server) payEndpoints() []endpoint {
	const (
		direct  = "/v3/pay/transactions/"
		partner = "/v3/pay/partner/transactions/"
		combine = "/v3/combine-transactions/"
	)
	list := []endpoint{{Pattern: "GET /v3/certificates", Title: "下载平台证书", Fidelity: Full, serve: s.asMerchant(s.certificates)},
		{Pattern: "POST /v3/security/echo", Title: "商户签名验签/加解密测试", Fidelity: Full, serve: s.asMerchant(s.echo)}}
	for _, way := range []struct{ path, name, tradeType string }{{"jsapi", "JSAPI/小程序", "JSAPI"}, {"native", "Native", "NATIVE"}, {"h5", "H5", "MWEB"}, {"app", "APP", "APP"}} {
		note := ""
		if way.tradeType == "MWEB" {
			note = "h5_url is a page of the simulator: it shows the phones and opens the pay sheet on the chosen one"
		}
		list = append(list,
			endpoint{Pattern: "POST " + direct + way.path, Title: way.name + "下单", Fidelity: Full, Note: note, serve: s.asMerchant(s.prepaySingle(way.tradeType, false))},
			endpoint{Pattern: "POST " + partner + way.path, Title: "服务商 " + way.name + "下单", Fidelity: Full, Note: note, serve: s.asMerchant(s.prepaySingle(way.tradeType, true))},
			endpoint{Pattern: "POST " + combine + way.path, Title: "合单 " + way.name + "下单", Fidelity: Full, Note: note, serve: s.asMerchant(s.prepayCombined(way.tradeType))})
	}
	for _, mode := range []struct {
		path, name string
		partner    bool
	}{{direct, "", false}, {partner, "服务商 ", true}} {
		list = append(list,
			endpoint{Pattern: "GET " + mode.path + "out-trade-no/{no}", Title: mode.name + "商户订单号查询订单", Fidelity: Full, serve: s.asMerchant(s.queryByNumber(mode.partner))},
			endpoint{Pattern: "GET " + mode.path + "id/{id}", Title: mode.name + "微信支付订单号查询订单", Fidelity: Full, serve: s.asMerchant(s.queryByTransaction(mode.partner))},
			endpoint{Pattern: "POST " + mode.path + "out-trade-no/{no}/close", Title: mode.name + "关闭订单", Fidelity: Full, serve: s.asMerchant(s.closeSingle(mode.partner))},
			endpoint{Pattern: "POST " + mode.path + "codepay", Title: mode.name + "付款码支付", Fidelity: Full, Note: "the codes of refusals are those of v2: Tencent lists none for v3", serve: s.asMerchant(s.codepay(mode.partner))},
			endpoint{Pattern: "POST " + mode.path + "out-trade-no/{no}/reverse", Title: mode.name + "撤销订单", Fidelity: Full, serve: s.asMerchant(s.reverseCode(mode.partner))})
	}
	return append(list,
		endpoint{Pattern: "GET " + combine + "out-trade-no/{no}", Title: "查询合单订单", Fidelity: Full, serve: s.asMerchant(s.queryCombined)},
		endpoint{Pattern: "POST " + combine + "out-trade-no/{no}/close", Title: "关闭合单订单", Fidelity: Full, serve: s.asMerchant(s.closeCombined)},
		endpoint{Pattern: "POST /v3/refund/domestic/refunds", Title: "申请退款", Fidelity: Full, serve: s.asMerchant(s.refundCreate)},
		endpoint{Pattern: "GET /v3/refund/domestic/refunds/{no}", Title: "查询单笔退款", Fidelity: Full, serve: s.asMerchant(s.refundQuery)})
}
