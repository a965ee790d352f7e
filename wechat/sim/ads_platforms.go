package sim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

type tencentAction struct {
	OuterID string         `json:"outer_action_id"`
	Time    int64          `json:"action_time"`
	Type    string         `json:"action_type"`
	Custom  string         `json:"custom_action"`
	URL     string         `json:"url"`
	UserID  map[string]any `json:"user_id"`
	Trace   struct {
		ClickID string `json:"click_id"`
	} `json:"trace"`
	Param map[string]any `json:"action_param"`
}

// adActionTypes are the kinds of action of Tencent's ads.
var adActionTypes = []string{"VIEW_CONTENT", "PRODUCT_VIEW", "ADD_TO_CART", "ADD_TO_WISHLIST", "COMPLETE_ORDER", "PURCHASE", "REGISTER", "RESERVATION", "SCANCODE", "FOLLOW", "CUSTOM", "ACTIVATE_APP", "START_APP",
	"PAGE_VIEW", "VIEW_PAGE", "CONSULT", "SEARCH", "INITIATE_CHECKOUT", "DELIVER", "SIGN_IN", "CONFIRM_EFFECTIVE_LEADS", "LOGIN", "SHARE", "RATE", "CREATE_ROLE", "APPLY", "CLAIM_OFFER"}

// checkAction gives why an action cannot be taken.
func checkAction(a *tencentAction, now time.Time) string {
	value, given := a.Param["value"]
	number, isNumber := value.(float64)
	switch {
	case !slices.Contains(adActionTypes, a.Type):
		return "action_type " + a.Type + " is unknown"
	case a.Type == "CUSTOM" && a.Custom == "":
		return "custom_action is wanted with CUSTOM"
	case a.Time <= 0 || time.Unix(a.Time, 0).After(now.Add(adSkew)) || now.Sub(time.Unix(a.Time, 0)) > 30*24*time.Hour:
		return "action_time is in seconds, not in the future and at most 30 days ago"
	case len(a.OuterID) > 255:
		return "outer_action_id may have 255 bytes"
	case a.Trace.ClickID == "" && len(a.UserID) == 0:
		return "trace.click_id or user_id is wanted"
	case given && (!isNumber || number < 0 || number != float64(int64(number))):
		return "action_param.value is whole fen"
	}
	return ""
}

func (a *tencentAction) value() int64 {
	if v, ok := a.Param["value"].(float64); ok {
		return int64(v)
	}
	return -1
}

func (c *call) tencentFail(code int, message, why string) {
	c.out, _ = encode(map[string]any{"code": code, "message": message, "message_cn": message, "trace_id": strings.ToLower(c.s.hex(16))})
	c.refused("%d %s: %s", code, message, why)
}

// tencentActions is user_actions/add: token, timestamp and nonce as query, or as headers.
func (s *Server) tencentActions(c *call) {
	q, h := c.r.URL.Query(), c.r.Header
	get := func(name, header string) string {
		if v := q.Get(name); v != "" {
			return v
		}
		return h.Get(header)
	}
	token, stamp, nonce := get("access_token", "access-token"), get("timestamp", "timestamp"), get("nonce", "nonce")
	var in struct {
		Account looseText       `json:"account_id"`
		Set     looseText       `json:"user_action_set_id"`
		Actions []tencentAction `json:"actions"`
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	now := s.Now() // as SDKs sign: the real time
	switch {
	case c.r.Method != http.MethodPost:
		c.tencentFail(10005, "method not allowed", "POST is wanted")
		return
	case len(c.body) > maxTencentBody:
		c.tencentFail(10010, "request body is too large", "50 KB are allowed")
		return
	case err != nil || now.Sub(time.Unix(at, 0)).Abs() > adSkew:
		c.tencentFail(10011, "timestamp is invalid", "timestamp is seconds, 300 around now")
		return
	case nonce == "" || len(nonce) > 32:
		c.tencentFail(10012, "nonce is invalid", "nonce has 1 to 32 characters")
		return
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		c.tencentFail(10001, "parameter error", err.Error())
		return
	}
	s.mu.Lock()
	defer s.unlockDurably()
	a := s.adAccount("tencent", token)
	callback := q.Get("cb")
	switch {
	case a == nil:
		c.tencentFail(11000, "access_token is invalid", "no account has this token; create it with POST /_sim/ads/accounts")
		return
	case !s.freshNonce(token+"|"+nonce, now):
		c.tencentFail(10012, "nonce is repeated", "a nonce is used once")
		return
	case callback == "" && string(in.Account) != a.ID:
		c.tencentFail(11002, "no permission of this account_id", "account_id is not that of the token")
		return
	case callback == "" && (in.Set == "" || len(a.Sets) > 0 && !slices.Contains(a.Sets, string(in.Set))):
		c.tencentFail(31007, "user_action_set_id is invalid", "the set is not one of the account")
		return
	case len(in.Actions) < 1 || len(in.Actions) > maxTencentAction:
		c.tencentFail(10001, "parameter error", "1 to 50 actions are allowed")
		return
	}
	for i := range in.Actions {
		if callback != "" && in.Actions[i].Trace.ClickID == "" {
			in.Actions[i].Trace.ClickID = callback
		}
		if why := checkAction(&in.Actions[i], s.Clock.Now()); why != "" {
			c.tencentFail(10001, "parameter error", "actions["+strconv.Itoa(i)+"]: "+why)
			return
		}
	}
	s.recordActions("tencent", a.ID, string(in.Set), in.Actions)
	c.out, _ = encode(map[string]any{"code": 0, "message": "", "message_cn": "", "data": map[string]any{}, "trace_id": strings.ToLower(s.hex(16))})
}

func (s *Server) recordActions(platform, account, set string, actions []tencentAction) {
	for i := range actions {
		a := &actions[i]
		raw, _ := encode(a)
		s.recordConversion(AdConversion{Platform: platform, Account: account, Set: set, Type: a.Type, OuterID: a.OuterID, Click: a.Trace.ClickID, Value: a.value(), At: time.Unix(a.Time, 0).In(shanghai), Raw: raw})
	}
}

// freshNonce tells whether a nonce was not used within the last ten minutes. The caller holds mu.
func (s *Server) freshNonce(key string, now time.Time) bool {
	seen := s.world.ads.nonces
	if at, ok := seen[key]; ok && now.Sub(at) < 2*adSkew {
		return false
	}
	if len(seen) >= 100_000 {
		for old, at := range seen {
			if now.Sub(at) >= 2*adSkew || len(seen) >= 100_000 {
				delete(seen, old)
			}
		}
	}
	seen[key] = now
	return true
}

// mpActionSet is POST /marketing/user_action_sets/add with an official account's token.
func (s *Server) mpActionSet(c *call) {
	var in struct {
		Type string `json:"type"`
		Name string `json:"name"`
		Desc string `json:"description"`
	}
	if !c.json(&in) {
		return
	}
	if !slices.Contains([]string{"WEB", "ANDROID", "IOS"}, in.Type) || len([]rune(in.Name)) > 64 {
		c.deny(40035, "invalid parameter", "type is WEB, ANDROID or IOS")
		return
	}
	s.mu.Lock()
	defer s.unlockDurably()
	x := &adSet{ID: 1_100_000_000 + s.next(), AppID: c.app.AppID, Type: in.Type, Name: in.Name}
	s.world.ads.sets[itoa(x.ID)] = x
	s.touch("ad_set", itoa(x.ID))
	c.ok(map[string]any{"errcode": 0, "errmsg": "", "data": map[string]int64{"user_action_set_id": x.ID}})
}

// mpActions is POST /marketing/user_actions/add?version=v1.0.
func (s *Server) mpActions(c *call) {
	var in struct {
		Actions []struct {
			Set looseText `json:"user_action_set_id"`
			tencentAction
		} `json:"actions"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.unlockDurably()
	if len(in.Actions) < 1 || len(in.Actions) > maxTencentAction {
		c.deny(40035, "invalid parameter", "1 to 50 actions are allowed")
		return
	}
	for i := range in.Actions {
		a := &in.Actions[i]
		set := s.world.ads.sets[string(a.Set)]
		why := checkAction(&a.tencentAction, s.Clock.Now())
		if id, ok := a.UserID["wechat_openid"].(string); ok && id != "" {
			if f := s.world.openids[id]; f == nil || f.AppID != a.UserID["wechat_app_id"] {
				why = "user_id.wechat_openid is not one of wechat_app_id"
			}
		}
		if set == nil || set.AppID != c.app.AppID {
			why = "user_action_set_id is not one of the account"
		}
		if why != "" {
			c.deny(40035, "invalid parameter", "actions[%d]: %s", i, why)
			return
		}
	}
	for _, a := range in.Actions {
		s.recordActions("mp", c.app.AppID, string(a.Set), []tencentAction{a.tencentAction})
	}
	c.ok(map[string]any{"errcode": 0, "errmsg": ""})
}

type baiduError struct {
	Code     int    `json:"code"`
	Message  string `json:"message"`
	Position int    `json:"position"`
}

func (c *call) baidu(status int, desc string, errors []baiduError, why string) {
	if errors == nil {
		errors = []baiduError{}
	}
	c.out, _ = encode(map[string]any{"header": map[string]any{"desc": desc, "status": status, "errors": errors}})
	if status != 0 {
		c.refused("%d %s: %s", status, desc, why)
	}
}

// baiduConvert is uploadConvertData, and uploadInvalidConvertData when invalid.
func (s *Server) baiduConvert(invalid bool) func(*call) {
	return func(c *call) {
		var in struct {
			Token string `json:"token"`
			List  []struct {
				URL   string `json:"logidUrl"`
				Type  int    `json:"newType"`
				Time  int64  `json:"convertTime"`
				Value *int64 `json:"convertValue"`
			} `json:"conversionTypes"`
			Invalid json.RawMessage `json:"invalidConversionTypes"`
		}
		err := json.Unmarshal(c.body, &in)
		if invalid && err == nil && in.Invalid != nil {
			err = json.Unmarshal(in.Invalid, &in.List)
		}
		if err != nil || c.r.Method != http.MethodPost {
			c.baidu(2, "fail", nil, "a POST of JSON is wanted")
			return
		}
		s.mu.Lock()
		defer s.unlockDurably()
		a := s.adAccount("baidu", in.Token)
		if a == nil {
			c.baidu(2, "fail", []baiduError{{2001, "token无效", 0}}, "no account has this token; create it with POST /_sim/ads/accounts")
			return
		}
		if len(in.List) < 1 || len(in.List) > maxBaiduConvert {
			c.baidu(2, "fail", []baiduError{{2005, "回传数据条数超限", 0}}, "1 to 100 conversions are allowed")
			return
		}
		var errors []baiduError
		for i, x := range in.List {
			u, err := url.Parse(x.URL)
			click := ""
			if err == nil {
				click = u.Query().Get("bd_vid")
			}
			switch {
			case click == "":
				errors = append(errors, baiduError{2003, "logidUrl中缺少bd_vid", i})
			case x.Type < 1 || x.Type > 999:
				errors = append(errors, baiduError{2004, "newType不合法", i})
			case x.Value != nil && *x.Value < 0:
				errors = append(errors, baiduError{2006, "convertValue不合法", i})
			default:
				value, at := int64(-1), s.Clock.Now()
				if x.Value != nil {
					value = *x.Value
				}
				if x.Time > 0 {
					at = time.Unix(x.Time, 0)
				}
				raw, _ := encode(x)
				s.recordConversion(AdConversion{Platform: "baidu", Account: a.ID, Type: strconv.Itoa(x.Type), Click: click, Value: value, At: at.In(shanghai), Invalid: invalid, Raw: raw})
			}
		}
		switch {
		case len(errors) == 0:
			c.baidu(0, "success", nil, "")
		case len(errors) == len(in.List):
			c.baidu(2, "fail", errors, "every conversion is wrong")
		default:
			c.baidu(1, "part success", errors, "some conversions are wrong")
		}
	}
}

// baiduAction is GET /ocpcapi/cb/actionCb: a_type, a_value and ext_info of the click, signed with the account's token.
func (s *Server) baiduAction(c *call) {
	q := c.r.URL.Query()
	address := "http://" + c.r.Host + c.r.URL.RequestURI()
	unsigned, _, _ := strings.Cut(address, "&sign=")
	s.mu.Lock()
	defer s.unlockDurably()
	var account *AdAccount
	for _, a := range s.world.ads.accounts {
		for _, scheme := range []string{"http", "https"} {
			if a.Platform == "baidu" && strings.EqualFold(upperMD5(scheme+strings.TrimPrefix(unsigned, "http")+a.Token), q.Get("sign")) {
				account = a
			}
		}
	}
	value, err := strconv.ParseInt(q.Get("a_value"), 10, 64)
	if account == nil || q.Get("a_type") == "" || err != nil {
		c.out, _ = encode(map[string]any{"error_code": 1, "error_msg": "sign or parameters are wrong"})
		c.refused("a_type, a_value and sign = MD5(address before &sign + token) are wanted, sign last")
		return
	}
	s.recordConversion(AdConversion{Platform: "baidu", Account: account.ID, Type: q.Get("a_type"), Click: q.Get("ext_info"), Value: value, At: s.Clock.Now()})
	c.out, _ = encode(map[string]any{"error_code": 0, "error_msg": "success"})
}

// oceanConvert is POST /api/v2/conversion of Ocean Engine. The callback of the click is its proof.
func (s *Server) oceanConvert(c *call) {
	var in struct {
		Type    string `json:"event_type"`
		OuterID string `json:"outer_event_id"`
		Context struct {
			Ad struct {
				Callback string `json:"callback"`
			} `json:"ad"`
		} `json:"context"`
		Properties struct {
			Pay *float64 `json:"pay_amount"`
		} `json:"properties"`
		Timestamp int64 `json:"timestamp"`
	}
	fail := func(code int, text, why string) {
		c.out, _ = encode(map[string]any{"code": code, "message": text})
		c.refused("%d %s: %s", code, text, why)
	}
	err := json.Unmarshal(c.body, &in)
	switch {
	case err != nil || c.r.Method != http.MethodPost:
		fail(40001, "参数错误", "a POST of JSON is wanted")
		return
	case in.Type == "" || in.Context.Ad.Callback == "":
		fail(40002, "缺少必填参数", "event_type and context.ad.callback are wanted")
		return
	case in.Timestamp < 1e12 || time.UnixMilli(in.Timestamp).After(s.Clock.Now().Add(adSkew)):
		fail(40003, "timestamp 不合法", "timestamp is milliseconds, not in the future")
		return
	}
	s.mu.Lock()
	defer s.unlockDurably()
	value := int64(-1)
	if in.Properties.Pay != nil {
		value = int64(*in.Properties.Pay)
	}
	s.recordConversion(AdConversion{Platform: "ocean", Type: in.Type, OuterID: in.OuterID, Click: in.Context.Ad.Callback, Value: value, At: time.UnixMilli(in.Timestamp).In(shanghai), Raw: c.body})
	c.out, _ = encode(map[string]any{"code": 0, "message": "成功"})
}

// so360Convert is POST /uploadWebConvert: App-Key names the account, App-Sign = md5(secret + body) in lower hex.
func (s *Server) so360Convert(c *call) {
	var in struct {
		Data struct {
			Industry string `json:"data_industry"`
			Detail   struct {
				Click string `json:"qhclickid"`
				Trans string `json:"trans_id"`
				Event string `json:"event"`
				Time  int64  `json:"event_time"`
			} `json:"data_detail"`
		} `json:"data"`
	}
	fail := func(code int, text string) {
		c.out, _ = encode(map[string]any{"errno": code, "error": text})
		c.refused("%d %s", code, text)
	}
	if err := json.Unmarshal(c.body, &in); err != nil || c.r.Method != http.MethodPost {
		fail(1001, "a POST of JSON is wanted")
		return
	}
	s.mu.Lock()
	defer s.unlockDurably()
	a, d := s.adAccount("so360", c.r.Header.Get("App-Key")), in.Data.Detail
	switch {
	case a == nil:
		fail(1002, "App-Key is unknown; create it with POST /_sim/ads/accounts")
	case c.r.Header.Get("App-Sign") != strings.ToLower(upperMD5(a.Secret+string(c.body))):
		fail(1003, "App-Sign is not md5(secret + body)")
	case in.Data.Industry == "" || d.Click == "" || d.Event == "" || d.Time <= 0:
		fail(1004, "data_industry, qhclickid, event and event_time are wanted")
	default:
		s.recordConversion(AdConversion{Platform: "so360", Account: a.ID, Type: d.Event, OuterID: d.Trans, Click: d.Click, Value: -1, At: time.Unix(d.Time, 0).In(shanghai), Raw: c.body})
		c.out, _ = encode(map[string]any{"errno": 0, "error": ""})
	}
}

// kuaishouConvert is GET /track/activate?callback&event_type&event_time(ms).
func (s *Server) kuaishouConvert(c *call) {
	q := c.r.URL.Query()
	at, err := strconv.ParseInt(q.Get("event_time"), 10, 64)
	if err != nil || at < 1e12 || q.Get("callback") == "" || q.Get("event_type") == "" {
		c.out, _ = encode(map[string]any{"result": 2, "error_msg": "parameters are wrong"})
		c.refused("callback, event_type and event_time in milliseconds are wanted")
		return
	}
	value := int64(-1)
	if yuan, err := strconv.ParseFloat(q.Get("purchase_amount"), 64); err == nil && yuan >= 0 {
		value = int64(yuan*100 + 0.5) // the platform takes yuan
	}
	s.mu.Lock()
	defer s.unlockDurably()
	s.recordConversion(AdConversion{Platform: "kuaishou", Type: q.Get("event_type"), Click: q.Get("callback"), Value: value, At: time.UnixMilli(at).In(shanghai)})
	c.out, _ = encode(map[string]any{"result": 1})
}
