package sim

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// States of a transfer (B9).
const (
	transferAccepted   = "ACCEPTED"
	transferWaiting    = "WAIT_USER_CONFIRM"
	transferMoving     = "TRANSFERING"
	transferSuccess    = "SUCCESS"
	transferFail       = "FAIL"
	transferCancelling = "CANCELING"
	transferCancelled  = "CANCELLED"
)

const (
	transferLife   = 24 * time.Hour      // unclaimed after it: back to the merchant
	transferShown  = 30 * 24 * time.Hour // queries find it this long
	nameFrom       = 200_000             // fen from which user_name must be given
	nameNever      = 30                  // fen below which it must not
	maxTransfer    = 20_000_000          // fen
	maxReportInfos = 10
)

// transferScene is a 转账场景: what must be reported and what the receiver may be shown. Empty: not checked.
type transferScene struct {
	name        string
	infos       []string
	perceptions []string
}

// transferScenes are those of WeChat's documentation; of some the texts are not public enough to be sure of.
var transferScenes = map[string]transferScene{
	"1000": {"现金营销", []string{"活动名称", "奖励说明"}, []string{"活动奖励", "现金奖励"}},
	"1002": {name: "行政补贴"},
	"1004": {name: "公益补助"},
	"1005": {"佣金报酬", []string{"岗位类型", "报酬说明"}, []string{"劳务报酬", "报销款", "企业补贴", "开工利是"}},
	"1006": {name: "企业报销"},
	"1009": {"采购货款", []string{"采购商品名称"}, []string{"货款"}},
	"1010": {"二手回收", []string{"回收商品名称"}, []string{"二手回收货款"}},
	"1011": {"企业赔付", []string{"赔付原因"}, []string{"退款", "商家赔付"}},
	"1013": {name: "保险理赔"},
}

// transfer is money a merchant wants to give a person. Amount is fen.
type transfer struct {
	ID         string    `json:"id"` // 微信转账单号
	MchID      string    `json:"mchid"`
	OutNo      string    `json:"out_bill_no"`
	AppID      string    `json:"appid"`
	OpenID     string    `json:"openid"`
	Person     string    `json:"person"`
	Amount     int64     `json:"amount"`
	Remark     string    `json:"remark"`
	Scene      string    `json:"scene"`
	Perception string    `json:"perception,omitempty"`
	UserName   string    `json:"user_name,omitempty"`
	NotifyURL  string    `json:"notify_url,omitempty"`
	KeyMode    string    `json:"key_mode"`
	Account    string    `json:"account"` // it was taken from
	State      string    `json:"state"`
	Reason     string    `json:"reason,omitempty"`
	Package    string    `json:"package"`
	Print      string    `json:"print"`
	Born       time.Time `json:"born"`
	Changed    time.Time `json:"changed"`
	Due        time.Time `json:"due,omitzero"` // when it goes on by itself
	Bill       string    `json:"bill,omitempty"`
}

func (t *transfer) key() string { return t.MchID + "|" + t.OutNo }

func (t *transfer) shown() string {
	if t.Perception != "" {
		return t.Perception
	}
	if scene := transferScenes[t.Scene]; len(scene.perceptions) > 0 {
		return scene.perceptions[0]
	}
	return transferScenes[t.Scene].name
}

// transferWorld is all transfers; Server.mu guards it.
type transferWorld struct {
	bills    map[string]*transfer // mchid|out_bill_no
	byID     map[string]*transfer
	packages map[string]*transfer
}

func newTransferWorld() transferWorld {
	return transferWorld{bills: map[string]*transfer{}, byID: map[string]*transfer{}, packages: map[string]*transfer{}}
}

func (w *transferWorld) tables() []table { return []table{mapTable("transfer", w.bills)} }

func (w *transferWorld) index(t *transfer) {
	w.byID[t.ID], w.packages[t.Package] = t, t
}

func (s *Server) resumeTransfers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, t := range s.world.transfers.bills {
		s.world.transfers.index(t)
		if !t.Due.IsZero() {
			s.Clock.schedule(t.Due, func() { s.transferDue(key) })
		}
	}
}

var transferNoForm = regexp.MustCompile(`^[0-9A-Za-z]{1,32}$`)

var transferFields = []field{
	{name: "appid", label: "商户AppID", required: true, max: 32},
	{name: "out_bill_no", label: "商户单号", required: true, max: 32, form: transferNoForm},
	{name: "transfer_scene_id", label: "转账场景ID", required: true, max: 36},
	{name: "openid", label: "收款用户OpenID", required: true, max: 64},
	{name: "user_name", label: "收款用户姓名", max: 1024},
	{name: "transfer_amount", label: "转账金额", kind: "int", required: true, min: 1, max: maxTransfer},
	{name: "transfer_remark", label: "转账备注", required: true, max: 96},
	{name: "notify_url", label: "通知地址", kind: "url", max: 256},
	{name: "user_recv_perception", label: "用户收款感知", max: 64},
	{name: "transfer_scene_report_infos", label: "转账场景报备信息", kind: "list", required: true, max: maxReportInfos, sub: []field{
		{name: "info_type", label: "信息类型", required: true, max: 45}, {name: "info_content", label: "信息内容", required: true, max: 96}}},
	{name: "user_recv_style", kind: "object", sub: []field{{name: "type", enum: []string{"CONFIRM_PAGE", "RED_PACKET"}}}},
}

type transferBody struct {
	AppID      string `json:"appid"`
	OutNo      string `json:"out_bill_no"`
	Scene      string `json:"transfer_scene_id"`
	OpenID     string `json:"openid"`
	UserName   string `json:"user_name"`
	Amount     int64  `json:"transfer_amount"`
	Remark     string `json:"transfer_remark"`
	NotifyURL  string `json:"notify_url"`
	Perception string `json:"user_recv_perception"`
	Infos      []struct {
		Type string `json:"info_type"`
	} `json:"transfer_scene_report_infos"`
}

// transferCreate answers POST /v3/fund-app/mch-transfer/transfer-bills.
func (s *Server) transferCreate(c *call) {
	var in transferBody
	if !c.strict(transferFields, &in) || !c.allowNotify(in.NotifyURL) {
		return
	}
	name := ""
	if in.UserName != "" {
		var ok bool
		if name, ok = c.decrypt("user_name", in.UserName); !ok {
			return
		}
	}
	if no := in.refusal(); no != nil {
		c.answerRefusal(no)
		return
	}
	print := printWithout(c.members, "user_name")
	s.mu.Lock()
	defer s.unlockDurably()
	if old := s.world.transfers.bills[c.mch.MchID+"|"+in.OutNo]; old != nil {
		if old.Print != print {
			c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致", nil)
			return
		}
		c.payOK(old.created())
		return
	}
	if !s.boundApp(c, in.AppID) {
		return
	}
	f := s.world.openids[in.OpenID]
	account := s.moneySettings(c.mch.MchID).TransferAccount
	switch {
	case f == nil || f.AppID != in.AppID:
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "openid与appid不匹配", map[string]string{"field": "/body/openid", "value": in.OpenID, "location": "body"})
		c.refused("openid %s is not one of %s", in.OpenID, in.AppID)
		return
	case !s.affords(c.mch.MchID, account, in.Amount):
		c.payFail(http.StatusForbidden, "NOT_ENOUGH", "资金不足，请充值后重试", nil)
		c.refused("account %s of merchant %s has %d fen less what is frozen", account, c.mch.MchID, s.balance(c.mch.MchID, account))
		return
	}
	t := s.newTransfer(c, &in, f, account, name)
	t.Print = print
	c.payOK(t.created())
}

// refusal holds a new transfer to the rules of its scene and of names.
func (in *transferBody) refusal() *payRefusal {
	param := func(message, why string) *payRefusal {
		return &payRefusal{http.StatusBadRequest, "PARAM_ERROR", message, why}
	}
	scene, known := transferScenes[in.Scene]
	given := make([]string, 0, len(in.Infos))
	for _, info := range in.Infos {
		given = append(given, info.Type)
	}
	slices.Sort(given)
	want := slices.Sorted(slices.Values(scene.infos))
	switch {
	case !known:
		return &payRefusal{http.StatusForbidden, "NO_AUTH", "商户号未开通该转账场景", "the scenes offered are 1000, 1002, 1004, 1005, 1006, 1009, 1010, 1011 and 1013"}
	case len(given) == 0:
		return param("需传入转账场景报备信息，请检查", "transfer_scene_report_infos is empty")
	case want != nil && !slices.Equal(given, want):
		return param("未传入完整且对应的转账场景报备信息，请根据接口文档检查", fmt.Sprintf("scene %s wants the info_types %v, it got %v", in.Scene, scene.infos, given))
	case in.Perception != "" && scene.perceptions != nil && !slices.Contains(scene.perceptions, in.Perception):
		return &payRefusal{http.StatusBadRequest, "INVALID_REQUEST", "暂不支持展示当前传入的用户收款感知", fmt.Sprintf("scene %s may show %v", in.Scene, scene.perceptions)}
	case in.Amount >= nameFrom && in.UserName == "":
		return param("转账金额大于等于2000元时，收款用户姓名必填", "user_name is required from 2000 yuan")
	case in.Amount < nameNever && in.UserName != "":
		return param("转账金额小于0.3元时，不允许填写收款用户姓名", "user_name must be left out below 0.3 yuan")
	}
	return nil
}

// answerRefusal answers with a refusal.
func (c *call) answerRefusal(no *payRefusal) {
	c.payFail(no.status, no.code, no.message, nil)
	if no.why != "" {
		c.refused("%s", no.why)
	}
}

// newTransfer takes the money and offers it. The caller holds mu.
func (s *Server) newTransfer(c *call, in *transferBody, f *fan, account, name string) *transfer {
	now := s.Clock.Now()
	t := &transfer{ID: "1330" + s.digits(36), MchID: c.mch.MchID, OutNo: in.OutNo, AppID: in.AppID, OpenID: in.OpenID, Person: f.Person, Amount: in.Amount, Remark: in.Remark,
		Scene: in.Scene, Perception: in.Perception, UserName: name, NotifyURL: in.NotifyURL, KeyMode: s.keyMode(c), Account: account, State: transferWaiting,
		Package: "affffddafdfafddffda" + s.text(40), Born: now, Changed: now, Due: now.Add(transferLife)}
	why := s.personMoney(f.Person).TransferRefused
	if name != "" && name != s.personMoney(f.Person).RealName {
		why = "NAME_NOT_CORRECT"
	}
	if why != "" {
		t.State, t.Reason, t.Due = transferAccepted, why, now.Add(s.SettleDelay)
	}
	s.world.transfers.bills[t.key()] = t
	s.world.transfers.index(t)
	s.book(t.MchID, account, movement{Kind: moveTransfer, Amount: -t.Amount, Ref: t.key(), No: t.ID, Note: t.Remark})
	s.planTransfer(t)
	return t
}

func (s *Server) planTransfer(t *transfer) {
	s.touch("transfer", t.key())
	key := t.key()
	s.Clock.schedule(t.Due, func() { s.transferDue(key) })
}

// transferDue carries a transfer on: what waited too long, or is on its way, comes to its end.
func (s *Server) transferDue(key string) {
	s.mu.Lock()
	t := s.world.transfers.bills[key]
	now := s.Clock.Now()
	if t == nil || t.Due.IsZero() || now.Before(t.Due) {
		s.mu.Unlock()
		return
	}
	t.Due, t.Changed = time.Time{}, now
	switch t.State {
	case transferMoving:
		t.State = transferSuccess
		t.Bill = s.creditPerson(t.Person, t.Amount, &bill{Kind: "transfer", Title: s.world.merchants[t.MchID].Name, Refund: key}, "商家转账到账", t.shown()).ID
	case transferCancelling:
		t.State = transferCancelled
	default:
		if t.State == transferWaiting {
			t.Reason = "OVERDUE_CLOSE"
		}
		t.State = transferFail
	}
	if t.State != transferSuccess {
		s.book(t.MchID, t.Account, movement{Kind: moveTransferBack, Amount: t.Amount, Ref: key, No: t.ID, Note: t.Reason})
	}
	s.touch("transfer", key)
	n := s.transferNotice(t)
	s.unlockDurably()
	s.startNotice(n)
}

func (s *Server) transferNotice(t *transfer) *notice {
	if t.NotifyURL == "" {
		return nil
	}
	v := map[string]any{"out_bill_no": t.OutNo, "transfer_bill_no": t.ID, "state": t.State, "mch_id": t.MchID, "transfer_amount": t.Amount, "openid": t.OpenID,
		"create_time": cst(t.Born), "update_time": cst(t.Changed)}
	if t.State == transferFail {
		v["fail_reason"] = t.Reason
	}
	return s.newNotice(t.MchID, t.NotifyURL, t.KeyMode, "MCHTRANSFER.BILL.FINISHED", "mch_payment", "商家转账单据终态通知", v)
}
