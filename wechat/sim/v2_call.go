package sim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// v2Kind is the kind of v2 calls in the inspector.
const v2Kind = "pay_v2"

// v2Call is what a v2 request says, after it was verified.
type v2Call struct {
	params   map[string]string
	signType string
	party    party
}

// v2Field is one parameter of a v2 call. Lengths are bytes.
type v2Field struct {
	name     string
	max      int
	required bool
}

// v2Codes are v2's names of v3's error codes, where they differ.
var v2Codes = map[string]string{"ORDER_PAID": "ORDERPAID", "ORDER_CLOSED": "ORDERCLOSED", "ORDER_REVERSED": "ORDERREVERSED", "ORDER_NOT_EXIST": "ORDERNOTEXIST", "NO_AUTH": "NOAUTH",
	"NOT_ENOUGH": "NOTENOUGH", "SYSTEM_ERROR": "SYSTEMERROR", "MCH_NOT_EXISTS": "MCHID_NOT_EXIST", "NOT_SUPPORT_CARD": "NOTSUPORTCARD", "RESOURCE_NOT_EXISTS": "ORDERNOTEXIST"}

// v2Common stands in every request.
var v2Common = []v2Field{{"appid", 32, true}, {"mch_id", 32, true}, {"sub_appid", 32, false}, {"sub_mch_id", 32, false}, {"nonce_str", 32, true}, {"sign", 64, true}, {"sign_type", 32, false}}

// asV2 verifies a v2 request as WeChat Pay does before f: form, parameters, merchant, signature, account.
func (s *Server) asV2(fields []v2Field, f func(*call)) func(*call) {
	fields = append(slices.Clone(v2Common), fields...)
	return func(c *call) {
		if c.r.Method != http.MethodPost {
			c.v2Return("请使用post方法")
			c.refused("v2 calls are POST requests")
			return
		}
		params, err := parseV2(c.body)
		if err != nil {
			c.v2Return("XML格式错误")
			c.refused("the body is no flat <xml> document: %v", err)
			return
		}
		c.v2 = &v2Call{params: params, signType: paycrypt.MD5}
		if c.v2Params(fields) && c.v2Verify() {
			f(c)
		}
	}
}

// v2Params checks names and lengths; on failure it has answered.
func (c *call) v2Params(fields []v2Field) bool {
	for name := range c.v2.params {
		if !slices.ContainsFunc(fields, func(f v2Field) bool { return f.name == name }) {
			c.v2Return("不识别的参数" + name)
			c.refused("parameter %s is not one of this call", name)
			return false
		}
	}
	for _, f := range fields {
		value := c.v2.params[f.name]
		if value == "" && f.required {
			c.v2Return("缺少参数" + f.name)
			c.refused("parameter %s is missing", f.name)
			return false
		}
		if len(value) > f.max {
			c.v2Return(f.name + "参数长度有误")
			c.refused("parameter %s has %d bytes, %d are allowed", f.name, len(value), f.max)
			return false
		}
	}
	return true
}

// v2Verify checks merchant, signature and who belongs to whom; on failure it has answered.
func (c *call) v2Verify() bool {
	s, v := c.s, c.v2
	c.entry.MchID, c.entry.AppID = v.params["mch_id"], v.params["appid"]
	switch v.params["sign_type"] {
	case "", paycrypt.MD5:
	case paycrypt.HMACSHA256:
		v.signType = paycrypt.HMACSHA256
	default:
		c.v2Return("sign_type参数错误")
		c.refused("sign_type is MD5 or HMAC-SHA256")
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.world.merchants[v.params["mch_id"]]
	if m == nil {
		c.v2Return("商户号mch_id或sub_mch_id不存在")
		c.refused("merchant %s does not exist", v.params["mch_id"])
		return false
	}
	c.entry.signString = paycrypt.V2Text(v.params, "…")
	if !paycrypt.VerifyV2(v.params, m.APIKey, v.signType) {
		c.v2Return("签名错误")
		c.refused("%s", c.v2Diagnose(m))
		return false
	}
	c.mch, c.key = m, m.KeyMode
	v.party = party{caller: m.MchID, mchID: m.MchID, appID: v.params["appid"], launch: v.params["appid"]}
	if sub := v.params["sub_mch_id"]; sub != "" {
		v.party.spMchID, v.party.mchID, v.party.subAppID = m.MchID, sub, v.params["sub_appid"]
	}
	return s.mayOrder(c, v.party, false)
}

// v2Diagnose tries what is usually signed by mistake.
func (c *call) v2Diagnose(m *merchant) string {
	other := map[string]string{paycrypt.MD5: paycrypt.HMACSHA256, paycrypt.HMACSHA256: paycrypt.MD5}[c.v2.signType]
	switch {
	case paycrypt.VerifyV2(c.v2.params, m.APIKey, other):
		return "the signature is of type " + other + ", sign_type says " + c.v2.signType
	case paycrypt.VerifyV2(c.v2.params, m.APIv3Key, c.v2.signType):
		return "signed with the APIv3 key; v2 takes the APIv2 key (api_key)"
	}
	return "the signature does not fit these parameters and the merchant's APIv2 key"
}

// v2Return answers a request that was not understood: nothing but return_code FAIL.
func (c *call) v2Return(message string) {
	c.header.Set("Content-Type", "text/xml; charset=utf-8")
	c.out = writeV2([]pair{{"return_code", "FAIL"}, {"return_msg", message}})
}

// v2Refuse answers with a business error; code is v3's name of it.
func (c *call) v2Refuse(code, message string) {
	if name, other := v2Codes[code]; other {
		code = name
	}
	if c.v2 == nil || c.mch == nil { // a fault, or a merchant that is not verified
		c.header.Set("Content-Type", "text/xml; charset=utf-8")
		c.out = writeV2([]pair{{"return_code", "SUCCESS"}, {"return_msg", "OK"}, {"result_code", "FAIL"}, {"err_code", code}, {"err_code_des", message}})
	} else {
		c.v2Answer([]pair{{"result_code", "FAIL"}, {"err_code", code}, {"err_code_des", message}})
	}
	c.status = http.StatusOK
	c.refused("%s %s", code, message)
}

// v2OK answers a call that was done.
func (c *call) v2OK(pairs ...pair) { c.v2Answer(append([]pair{{"result_code", "SUCCESS"}}, pairs...)) }

// v2Answer signs and writes an answer, with the names of the request.
func (c *call) v2Answer(pairs []pair) {
	p := c.v2.params
	all := append([]pair{{"return_code", "SUCCESS"}, {"return_msg", "OK"}, {"appid", p["appid"]}, {"mch_id", p["mch_id"]}, {"sub_appid", p["sub_appid"]}, {"sub_mch_id", p["sub_mch_id"]},
		{"device_info", p["device_info"]}, {"nonce_str", c.s.text(16)}}, pairs...)
	all = append(all, pair{"sign", paycrypt.SignV2(paramsOf(all), c.mch.APIKey, c.v2.signType)})
	c.header.Set("Content-Type", "text/xml; charset=utf-8")
	c.out = writeV2(all)
}

// v2Fen reads an amount in fen; on failure it has answered.
func (c *call) v2Fen(name string) (int64, bool) {
	n, err := strconv.ParseInt(c.v2.params[name], 10, 64)
	if err == nil && n >= 1 && n <= maxOrderFen {
		return n, true
	}
	c.v2Refuse("PARAM_ERROR", fmt.Sprintf("%s参数有误，应为1到%d的整数，单位为分", name, maxOrderFen))
	return 0, false
}

// v2Print is the hash of what a repeated request must not change.
func (c *call) v2Print(tradeType string) string {
	same := map[string]any{}
	for name, value := range c.v2.params {
		if name != "nonce_str" && name != "sign" && name != "sign_type" && value != "" {
			same[name] = value
		}
	}
	return tradeType + fingerprint(same)
}
