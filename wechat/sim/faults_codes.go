package sim

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
)

// answers tells that a fault is an error instead of the work.
func (f *Fault) answers() bool {
	return f.Kind == "system_error" || f.Kind == "rate_limit" || f.Kind == "parallel" || f.Kind == "code"
}

// failOnPurpose answers with the error a fault asks for, in the shape of the server that was called.
func (c *call) failOnPurpose(f *Fault) {
	switch {
	case c.entry.Kind == "carrier":
		c.carrierFault(f.Kind == "rate_limit" || f.Kind == "parallel")
	case c.entry.Kind == "ads":
		c.adsFault(f.Kind == "rate_limit" || f.Kind == "parallel")
	case c.entry.Kind == "pay" || c.entry.Kind == v2Kind:
		c.failPay(f)
	default:
		c.failAPI(f)
	}
	if f.Kind == "code" && f.Status != 0 {
		c.status = f.Status
	}
	c.entry.Reason, c.entry.Verdict = "fault "+f.ID, "failed"
}

func (c *call) failAPI(f *Fault) {
	code, text := -1, f.Message
	work := c.entry.Kind == "work"
	switch f.Kind {
	case "rate_limit":
		if code = 45011; work {
			code, text = 45009, cmp.Or(text, "api freq out of limit")
		}
	case "parallel":
		code = 45033
	case "system_error":
		if work {
			text = cmp.Or(text, "system busy")
		}
	case "code":
		var err error
		if code, err = strconv.Atoi(f.Code); err != nil {
			code, text = -1, f.Code
		}
	}
	if text == "" {
		text = apiErrorTexts[code]
	}
	if text == "" {
		text = "error"
	}
	c.fail(code, text)
}

func (c *call) failPay(f *Fault) {
	code := map[string]string{"rate_limit": "FREQUENCY_LIMITED", "parallel": "FREQUENCY_LIMITED", "system_error": "SYSTEM_ERROR"}[f.Kind]
	switch {
	case f.Kind == "code":
		code = f.Code
	case f.Kind == "rate_limit" && strings.HasPrefix(c.r.URL.Path, "/v3/profitsharing/"):
		code = "RATELIMIT_EXCEED"
	}
	known, ok := payErrorTexts[code]
	if !ok {
		known = payErrorText{http.StatusBadRequest, code}
	}
	if f.Message != "" {
		known.text = f.Message
	}
	c.payFail(known.status, code, known.text, nil)
}

// apiErrorTexts are errmsg by errcode (全局返回码说明).
var apiErrorTexts = map[int]string{
	-1: "system error", 40001: "invalid credential, access_token is invalid or not latest", 40003: "invalid openid", 40007: "invalid media_id",
	40013: "invalid appid", 40014: "invalid access_token", 40029: "invalid code", 40035: "invalid parameter", 40037: "invalid template_id", 40058: "invalid Request Parameter",
	40068: "invalid tagid", 40125: "invalid appsecret", 40163: "code been used", 40164: "invalid ip, not in whitelist", 41001: "access_token missing", 42001: "access_token expired",
	43004: "require subscribe", 43019: "user is blacklisted", 43101: "user refuse to accept the msg", 44002: "empty post data", 45009: "reach max api daily quota limit",
	45011: "api minute-quota reach limit  must slower  retry next minute", 45015: "response out of time limit or subscription is canceled",
	45028: "has no masssend quota", 45033: "api concurrent out of limit", 45047: "out of response count limit", 46004: "user not exist", 47001: "data format error", 48001: "api unauthorized", 48002: "user block messages",
	48004: "api forbidden for irregularities", 48006: "forbid to clear quota because of reaching the limit", 50002: "user limited", 60011: "no privilege to access/modify contact/party/agent",
	60020: "not allow to access from your ip", 84061: "not external contact relationship", 41050: "welcome code expired", 41051: "customer has started chat, can not send welcome message",
	89503: "this ip is not in whitelist, need confirm",
}

type payErrorText struct {
	status int
	text   string
}

// payErrorTexts are status and message by code of v3 (公共错误码, and those of the calls).
var payErrorTexts = map[string]payErrorText{
	"PARAM_ERROR": {400, "参数错误"}, "INVALID_REQUEST": {400, "请求参数符合参数格式，但不符合业务规则"}, "SIGN_ERROR": {401, "签名错误"},
	"APPID_MCHID_NOT_MATCH": {400, "AppID和mch_id不匹配"}, "ORDER_CLOSED": {400, "订单已关闭"}, "ORDER_PAID": {400, "该订单已支付"}, "OPENID_MISMATCH": {400, "OpenID和AppID不匹配"},
	"INVALID_TRANSACTIONID": {400, "订单号非法"}, "NO_STATEMENT_EXIST": {400, "账单文件不存在"}, "STATEMENT_CREATING": {400, "账单生成中"}, "ALREADY_EXISTS": {400, "批次已存在"},
	"NO_AUTH": {403, "商户无权限"}, "RULE_LIMIT": {403, "业务规则限制"}, "TRADE_ERROR": {403, "交易错误"}, "OUT_TRADE_NO_USED": {403, "商户订单号重复"}, "NOT_ENOUGH": {403, "余额不足"},
	"USER_ACCOUNT_ABNORMAL": {403, "退款请求失败，用户账户异常"}, "ACCOUNT_ERROR": {403, "账号异常"}, "REQUEST_BLOCKED": {403, "请求受阻"}, "ACCOUNTERROR": {403, "用户账户异常"},
	"ORDER_NOT_EXIST": {404, "订单不存在"}, "RESOURCE_NOT_EXISTS": {404, "查询的资源不存在"}, "MCH_NOT_EXISTS": {404, "商户号不存在"}, "NOT_FOUND": {404, "记录不存在"}, "ORDERNOTEXIST": {404, "订单不存在"},
	"USERPAYING": {202, "用户支付中，需要输入密码"}, "FREQUENCY_LIMITED": {429, "频率超限"}, "RATELIMIT_EXCEED": {429, "请求频率超限"}, "RATELIMIT_EXCEEDED": {429, "请求频率超限"}, "FREQUENCY_LIMIT_EXCEED": {429, "请求频率超限"},
	"SYSTEM_ERROR": {500, "系统异常，请稍后重试"}, "BANK_ERROR": {500, "银行系统异常"},
}
