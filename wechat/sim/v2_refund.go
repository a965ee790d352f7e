package sim

import (
	"bytes"
	"compress/gzip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

const v2RefundsPerPage = 10

var (
	v2RefundFields = append([]v2Field{{"device_info", 32, false}, {"out_refund_no", 64, true}, {"total_fee", 12, true}, {"refund_fee", 12, true}, {"refund_fee_type", 8, false}, {"refund_desc", 80, false},
		{"refund_account", 30, false}, {"notify_url", 256, false}, {"op_user_id", 32, false}}, v2WhichFields...)
	v2RefundQueryFields = append([]v2Field{{"device_info", 32, false}, {"out_refund_no", 64, false}, {"refund_id", 32, false}, {"offset", 9, false}}, v2WhichFields...)
	v2BillFields        = []v2Field{{"device_info", 32, false}, {"bill_date", 8, true}, {"bill_type", 8, false}, {"tar_type", 8, false}}
)

// v2RefundStates are v2's names of a refund's states.
var v2RefundStates = map[string]string{refundSuccess: "SUCCESS", refundProcessing: "PROCESSING", refundClosed: "REFUNDCLOSE", refundAbnormal: "CHANGE"}

// v2RefundAccounts are v2's names of where a refund is taken from.
var v2RefundAccounts = map[string]string{"": "UNSETTLED", "REFUND_SOURCE_UNSETTLED_FUNDS": "UNSETTLED", "REFUND_SOURCE_RECHARGE_FUNDS": "AVAILABLE"}

// v2Refund answers /secapi/pay/refund.
func (s *Server) v2Refund(c *call) {
	q := c.v2.params
	total, ok := c.v2Fen("total_fee")
	amount, fits := int64(0), false
	if ok {
		amount, fits = c.v2Fen("refund_fee")
	}
	if !fits {
		return
	}
	if u, err := url.Parse(q["notify_url"]); q["notify_url"] != "" && (err != nil || u.Host == "") || !refundNoForm.MatchString(q["out_refund_no"]) {
		c.v2Refuse("PARAM_ERROR", "notify_url或out_refund_no参数有误")
		return
	}
	funds, known := v2RefundAccounts[q["refund_account"]]
	if !known {
		c.v2Refuse("PARAM_ERROR", "refund_account参数有误")
		return
	}
	in := refundBody{OutRefundNo: q["out_refund_no"], Reason: q["refund_desc"], NotifyURL: q["notify_url"], Funds: funds}
	in.Amount.Refund, in.Amount.Total = amount, total
	s.mu.Lock()
	defer s.unlockDurably()
	o := s.v2Which(c)
	if o == nil {
		return
	}
	r := s.world.refunds[o.MchID+"|"+in.OutRefundNo]
	if r == nil {
		if !s.mayRefund(c, o, &in) {
			return
		}
		r = s.acceptRefund(o, &in, "", s.keyMode(c))
		r.V2 = c.v2.signType
		c.entry.Person = o.Person
		s.spoilRefund(r, c.outcome(where{mchID: o.MchID, appID: o.AppID, persons: []string{o.Person}, refs: []string{o.OutTradeNo, o.TransactionID}}, "refund_abnormal", "refund_closed", "refund_processing"))
	} else if r.Order != o.key() || r.Amount != amount || o.Total != total {
		c.v2Refuse("INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
		return
	}
	fee := itoa(r.Amount)
	c.v2OK(append(v2OrderPairs(o), pair{"out_refund_no", r.OutNo}, pair{"refund_id", r.ID}, pair{"refund_fee", fee}, pair{"settlement_refund_fee", fee}, pair{"coupon_refund_fee", "0"},
		pair{"coupon_refund_count", "0"}, pair{"cash_refund_fee", fee})...)
}

// v2OrderPairs is what v2 tells of an order beside its refunds.
func v2OrderPairs(o *order) []pair {
	total := itoa(o.Total)
	return []pair{{"transaction_id", o.TransactionID}, {"out_trade_no", o.OutTradeNo}, {"total_fee", total}, {"settlement_total_fee", total}, {"fee_type", "CNY"}, {"cash_fee", total}}
}

// v2RefundQuery answers /pay/refundquery: all refunds of an order, ten at a time, or one.
func (s *Server) v2RefundQuery(c *call) {
	q := c.v2.params
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.world.refunds[c.v2.party.mchID+"|"+q["out_refund_no"]]
	if q["refund_id"] != "" {
		one = s.world.money.refundIDs[q["refund_id"]]
	}
	var o *order
	switch {
	case one != nil:
		o = s.own(c, c.v2.party, s.world.orders[one.Order])
	case q["refund_id"] != "" || q["out_refund_no"] != "":
		c.v2Refuse("REFUNDNOTEXIST", "退款单不存在")
		return
	default:
		o = s.v2Which(c)
	}
	if o == nil {
		return
	}
	list := slices.Clone(o.Refunds)
	if one != nil {
		list = []string{one.key()}
	}
	offset, err := strconv.Atoi(q["offset"])
	if err != nil || offset < 0 {
		offset = 0
	}
	if len(list) == 0 || offset >= len(list) {
		c.v2Refuse("REFUNDNOTEXIST", "退款单不存在")
		return
	}
	page := list[offset:min(len(list), offset+v2RefundsPerPage)]
	var sum int64
	rows := []pair{}
	for i, key := range page {
		r := s.world.refunds[key]
		sum += r.Amount
		rows = append(rows, s.v2RefundRow(r, "_"+strconv.Itoa(i))...)
	}
	head := append(v2OrderPairs(o), pair{"total_refund_count", strconv.Itoa(len(list))}, pair{"refund_count", strconv.Itoa(len(page))}, pair{"refund_fee", itoa(sum)})
	c.v2OK(append(head, rows...)...)
}

func (s *Server) v2RefundRow(r *refund, n string) []pair {
	channel := r.Channel
	if channel == "" {
		channel = "ORIGINAL"
	}
	row := []pair{{"out_refund_no" + n, r.OutNo}, {"refund_id" + n, r.ID}, {"refund_channel" + n, channel}, {"refund_fee" + n, itoa(r.Amount)}, {"settlement_refund_fee" + n, itoa(r.Amount)},
		{"refund_status" + n, v2RefundStates[r.State]}, {"refund_account" + n, v2FundsName(r)}, {"refund_recv_accout" + n, r.receiver()}} // accout: as WeChat spells it
	if r.State == refundSuccess {
		row = append(row, pair{"refund_success_time" + n, r.DoneAt.In(shanghai).Format(time.DateTime)})
	}
	return row
}

func v2FundsName(r *refund) string {
	if r.Funds == "AVAILABLE" {
		return "REFUND_SOURCE_RECHARGE_FUNDS"
	}
	return "REFUND_SOURCE_UNSETTLED_FUNDS"
}

// v2RefundNotice tells of a refund that was asked for by v2; what it says is encrypted, the document is not signed. The caller holds mu.
func (s *Server) v2RefundNotice(r *refund, o *order) *notice {
	m := s.world.merchants[o.notifier()]
	fee, total := itoa(r.Amount), itoa(o.Total)
	inner := []pair{{"out_refund_no", r.OutNo}, {"out_trade_no", o.OutTradeNo}, {"refund_account", v2FundsName(r)}, {"refund_fee", fee}, {"refund_id", r.ID}, {"refund_recv_accout", r.receiver()},
		{"refund_request_source", "API"}, {"refund_status", v2RefundStates[r.State]}, {"settlement_refund_fee", fee}, {"settlement_total_fee", total}, {"total_fee", total}, {"transaction_id", o.TransactionID}}
	if r.State == refundSuccess {
		inner = append(inner, pair{"success_time", r.DoneAt.In(shanghai).Format(time.DateTime)})
	}
	plain := writeV2(inner)
	plain = bytes.Replace(bytes.Replace(plain, []byte("<xml>"), []byte("<root>"), 1), []byte("</xml>"), []byte("</root>"), 1)
	sealed, err := paycrypt.SealV2(m.APIKey, plain)
	if err != nil {
		s.Log.Error("pocket WeChat cannot encrypt a v2 notice", "error", err)
		return nil
	}
	pairs := []pair{{"return_code", "SUCCESS"}, {"appid", o.AppID}, {"mch_id", o.notifier()}}
	if o.SpMchID != "" {
		pairs = append(pairs, pair{"sub_appid", o.SubAppID}, pair{"sub_mch_id", o.MchID})
	}
	return s.newPlainNotice(o.notifier(), r.NotifyURL, "REFUND."+r.State, refundSummary[r.State], writeV2(append(pairs, pair{"nonce_str", s.text(32)}, pair{"req_info", sealed})))
}

// v2Bill answers /pay/downloadbill: the bill itself, or an XML document that tells why not.
func (s *Server) v2Bill(c *call) {
	q := c.v2.params
	day, err := time.ParseInLocation("20060102", q["bill_date"], shanghai)
	kind := q["bill_type"]
	if kind == "" {
		kind = "ALL"
	}
	if err != nil || kind != "ALL" && kind != "SUCCESS" && kind != "REFUND" || q["tar_type"] != "" && q["tar_type"] != "GZIP" {
		c.v2BillRefused("20001", "invalid bill_date, bill_type or tar_type", "bill_date is yyyyMMdd, bill_type ALL, SUCCESS or REFUND, tar_type GZIP or empty")
		return
	}
	text, no := s.billText(c.mch.MchID, day.Format(time.DateOnly), kind)
	if no != nil {
		codes := map[string][2]string{"NO_STATEMENT_EXIST": {"20002", "No Bill Exist"}, "STATEMENT_CREATING": {"20003", "Bill Creating"}}
		code, known := codes[no.code]
		if !known {
			code = [2]string{"20001", "invalid bill_date"}
		}
		c.v2BillRefused(code[0], code[1], no.why)
		return
	}
	c.header.Set("Content-Type", "text/plain; charset=utf-8")
	c.out = []byte(text)
	if q["tar_type"] == "GZIP" {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write(c.out); err == nil && z.Close() == nil {
			c.out = packed.Bytes()
		}
		c.header.Set("Content-Type", "application/x-gzip")
	}
}

func (c *call) v2BillRefused(code, message, why string) {
	c.header.Set("Content-Type", "text/xml; charset=utf-8")
	c.out = writeV2([]pair{{"return_code", "FAIL"}, {"return_msg", message}, {"error_code", code}})
	c.refused("%s", why)
}
