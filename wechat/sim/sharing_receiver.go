package sim

import (
	"net/http"
)

// receiver is somebody a merchant shares with.
type receiver struct {
	MchID    string `json:"mchid"`
	Type     string `json:"type"` // MERCHANT_ID, PERSONAL_OPENID, PERSONAL_SUB_OPENID
	Account  string `json:"account"`
	AppID    string `json:"appid"`
	Relation string `json:"relation_type"`
	Custom   string `json:"custom_relation,omitempty"`
}

func receiverKey(mchID, kind, account string) string { return mchID + "|" + kind + "|" + account }

var (
	receiverTypes = []string{"MERCHANT_ID", "PERSONAL_OPENID", "PERSONAL_SUB_OPENID"}
	relationTypes = []string{"SERVICE_PROVIDER", "STORE", "STAFF", "STORE_OWNER", "PARTNER", "HEADQUARTER", "BRAND", "DISTRIBUTOR", "USER", "SUPPLIER", "CUSTOM"}
)

var receiverFields = []field{
	{name: "sub_mchid", label: "子商户号", max: 32},
	{name: "appid", label: "公众账号ID", required: true, max: 32},
	{name: "sub_appid", label: "子商户公众账号ID", max: 32},
	{name: "type", label: "分账接收方类型", required: true, enum: receiverTypes},
	{name: "account", label: "分账接收方账号", required: true, max: 64},
	{name: "name", label: "分账个人接收方姓名", max: 10240},
	{name: "relation_type", label: "与分账方的关系类型", required: true, enum: relationTypes},
	{name: "custom_relation", label: "自定义的分账关系", max: 30},
}

type receiverBody struct {
	SubMchID string `json:"sub_mchid"`
	AppID    string `json:"appid"`
	SubAppID string `json:"sub_appid"`
	Type     string `json:"type"`
	Account  string `json:"account"`
	Name     string `json:"name"`
	Relation string `json:"relation_type"`
	Custom   string `json:"custom_relation"`
}

type receiverView struct {
	SubMchID string `json:"sub_mchid,omitempty"`
	Type     string `json:"type"`
	Account  string `json:"account"`
	Name     string `json:"name,omitempty"` // encrypted for the merchant
	Relation string `json:"relation_type,omitempty"`
	Custom   string `json:"custom_relation,omitempty"`
}

// addReceiver answers POST /v3/profitsharing/receivers/add.
func (s *Server) addReceiver(c *call) {
	var in receiverBody
	if !c.strict(receiverFields, &in) {
		return
	}
	if in.Type == "MERCHANT_ID" && in.Name == "" {
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "分账接收方类型为MERCHANT_ID时，name必填", map[string]string{"field": "/body/name", "location": "body"})
		return
	}
	if in.Relation == "CUSTOM" && in.Custom == "" {
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "relation_type为CUSTOM时，custom_relation必填", map[string]string{"field": "/body/custom_relation", "location": "body"})
		return
	}
	name := ""
	if in.Name != "" {
		var ok bool
		if name, ok = c.decrypt("name", in.Name); !ok {
			return
		}
	}
	sealed, err := c.encryptFor(name)
	if err != nil {
		c.payFail(http.StatusInternalServerError, "SYSTEM_ERROR", "系统异常，请稍后重试", nil)
		return
	}
	s.mu.Lock()
	defer s.unlockDurably()
	mchID, ok := s.actsFor(c, in.SubMchID)
	if !ok || !s.boundApp(c, in.AppID) || !s.checkReceiver(c, mchID, in.receiverApp(), in.Type, in.Account, name) {
		return
	}
	w := &s.world.sharing
	key := receiverKey(mchID, in.Type, in.Account)
	if w.receivers[key] == nil {
		if w.counts[mchID] >= maxReceivers {
			c.payFail(http.StatusForbidden, "RULE_LIMIT", "分账接收方数量已达上限", nil)
			return
		}
		w.counts[mchID]++
	}
	w.receivers[key] = &receiver{MchID: mchID, Type: in.Type, Account: in.Account, AppID: in.receiverApp(), Relation: in.Relation, Custom: in.Custom}
	s.touch("sharing_receiver", key)
	c.payOK(receiverView{in.SubMchID, in.Type, in.Account, sealed, in.Relation, in.Custom})
}

// receiverApp is whose openids are meant.
func (in *receiverBody) receiverApp() string {
	if in.Type == "PERSONAL_SUB_OPENID" {
		return in.SubAppID
	}
	return in.AppID
}

// boundApp checks that an appid belongs to the caller. The caller holds mu.
func (s *Server) boundApp(c *call, appID string) bool {
	if s.world.accounts[appID] == nil || !contains(c.mch.AppIDs, appID) {
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "appid与商户号不匹配", map[string]string{"field": "/body/appid", "value": appID, "location": "body"})
		c.refused("merchant %s is bound to %v, not to %s", c.mch.MchID, c.mch.AppIDs, appID)
		return false
	}
	return true
}

// checkReceiver tells whether a receiver exists and bears the name given (empty: not asked). The caller holds mu.
func (s *Server) checkReceiver(c *call, mchID, appID, kind, account, name string) bool {
	known, field := "", "account"
	switch kind {
	case "MERCHANT_ID":
		if m := s.world.merchants[account]; m != nil && account != mchID {
			known = m.Name
		}
	default:
		if f := s.world.openids[account]; f != nil && f.AppID == appID {
			known = s.personMoney(f.Person).RealName
		}
	}
	why := "there is no such receiver for " + appID
	if known != "" {
		if name == "" || name == known {
			return true
		}
		field, why = "name", "the receiver's name is "+known
	}
	c.payFail(http.StatusBadRequest, "PARAM_ERROR", map[string]string{"account": "分账接收方账号不存在", "name": "分账接收方姓名与账号不匹配"}[field], map[string]string{"field": "/body/" + field, "location": "body"})
	c.refused("%s", why)
	return false
}

// deleteReceiver answers POST /v3/profitsharing/receivers/delete.
func (s *Server) deleteReceiver(c *call) {
	var in receiverBody
	fields := []field{receiverFields[0], receiverFields[1], receiverFields[2], receiverFields[3], receiverFields[4]}
	if !c.strict(fields, &in) {
		return
	}
	s.mu.Lock()
	defer s.unlockDurably()
	mchID, ok := s.actsFor(c, in.SubMchID)
	if !ok || !s.boundApp(c, in.AppID) {
		return
	}
	key := receiverKey(mchID, in.Type, in.Account)
	if s.world.sharing.receivers[key] != nil {
		delete(s.world.sharing.receivers, key)
		s.world.sharing.counts[mchID]--
		s.touch("sharing_receiver", key)
	}
	c.payOK(receiverView{SubMchID: in.SubMchID, Type: in.Type, Account: in.Account})
}

// actsFor is whose account a call is about: the caller's own, or that of a sub-merchant it provides for; on failure it has answered.
// The caller holds mu.
func (s *Server) actsFor(c *call, sub string) (string, bool) {
	if sub == "" || sub == c.mch.MchID {
		return c.mch.MchID, true
	}
	return sub, s.provides(c, c.mch.MchID, sub)
}

// providesFor tells whether a merchant may act for another: for itself it always may.
func (s *Server) providesFor(mchID, sub string) bool {
	m := s.world.merchants[sub]
	return mchID == sub || m != nil && contains(m.Providers, mchID)
}
