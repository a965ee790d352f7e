package sim

import (
	"net/http"
	"slices"
	"time"
)

type transferCreated struct {
	OutNo   string `json:"out_bill_no"`
	ID      string `json:"transfer_bill_no"`
	Created string `json:"create_time"`
	State   string `json:"state"`
	Package string `json:"package_info,omitempty"`
}

func (t *transfer) created() transferCreated {
	v := transferCreated{OutNo: t.OutNo, ID: t.ID, Created: cst(t.Born), State: t.State}
	if t.State == transferWaiting {
		v.Package = t.Package
	}
	return v
}

type transferView struct {
	MchID    string `json:"mch_id"`
	OutNo    string `json:"out_bill_no"`
	ID       string `json:"transfer_bill_no"`
	AppID    string `json:"appid"`
	State    string `json:"state"`
	Amount   int64  `json:"transfer_amount"`
	Remark   string `json:"transfer_remark"`
	Reason   string `json:"fail_reason,omitempty"`
	OpenID   string `json:"openid"`
	UserName string `json:"user_name,omitempty"` // encrypted for the merchant
	Created  string `json:"create_time"`
	Updated  string `json:"update_time"`
}

// transferQuery answers GET …/transfer-bills/out-bill-no/{no} and …/transfer-bill-no/{no}.
func (s *Server) transferQuery(byOutNo bool) func(*call) {
	return func(c *call) {
		s.mu.Lock()
		t := s.ownTransfer(c, byOutNo)
		var v transferView
		name := ""
		if t != nil {
			v = transferView{MchID: t.MchID, OutNo: t.OutNo, ID: t.ID, AppID: t.AppID, State: t.State, Amount: t.Amount, Remark: t.Remark, OpenID: t.OpenID, Created: cst(t.Born), Updated: cst(t.Changed)}
			if name = t.UserName; t.State == transferFail {
				v.Reason = t.Reason
			}
		}
		s.mu.Unlock()
		if t == nil {
			return
		}
		var err error
		if v.UserName, err = c.encryptFor(name); err != nil {
			c.payFail(http.StatusInternalServerError, "SYSTEM_ERROR", "系统异常，请稍后重试", nil)
			return
		}
		c.payOK(v)
	}
}

// ownTransfer finds a transfer of the caller; on failure it has answered. The caller holds mu.
func (s *Server) ownTransfer(c *call, byOutNo bool) *transfer {
	t := s.world.transfers.byID[c.r.PathValue("no")]
	if byOutNo {
		t = s.world.transfers.bills[c.mch.MchID+"|"+c.r.PathValue("no")]
	}
	if t == nil || t.MchID != c.mch.MchID || s.Clock.Now().Sub(t.Born) > transferShown {
		c.payFail(http.StatusNotFound, "NOT_FOUND", "记录不存在", nil)
		if t != nil {
			c.refused("it was made more than thirty days ago, or by another merchant")
		}
		return nil
	}
	return t
}

// transferCancel answers POST …/transfer-bills/out-bill-no/{no}/cancel.
func (s *Server) transferCancel(c *call) {
	s.mu.Lock()
	defer s.unlockDurably()
	t := s.ownTransfer(c, true)
	switch {
	case t == nil:
		return
	case t.State == transferCancelling || t.State == transferCancelled: // once more
	case t.State != transferWaiting:
		c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "当前单据状态不支持撤销", nil)
		c.refused("the transfer is %s", t.State)
		return
	default:
		t.State, t.Changed, t.Due = transferCancelling, s.Clock.Now(), s.Clock.Now().Add(s.SettleDelay)
		s.planTransfer(t)
	}
	c.payOK(map[string]string{"out_bill_no": t.OutNo, "transfer_bill_no": t.ID, "state": t.State, "update_time": cst(t.Changed)})
}

func (s *Server) transferEndpoints() []endpoint {
	const base = "/v3/fund-app/mch-transfer/transfer-bills"
	return []endpoint{
		{Pattern: "POST " + base, Title: "发起转账", Fidelity: Full, Note: "report infos and perceptions are checked for scenes 1000, 1005, 1009, 1010 and 1011", serve: s.asMerchant(s.transferCreate)},
		{Pattern: "GET " + base + "/out-bill-no/{no}", Title: "商户单号查询转账单", Fidelity: Full, serve: s.asMerchant(s.transferQuery(true))},
		{Pattern: "GET " + base + "/transfer-bill-no/{no}", Title: "微信单号查询转账单", Fidelity: Full, serve: s.asMerchant(s.transferQuery(false))},
		{Pattern: "POST " + base + "/out-bill-no/{no}/cancel", Title: "撤销转账", Fidelity: Full, serve: s.asMerchant(s.transferCancel)},
	}
}

// TransferOffer is a transfer as its receiver sees it. Amount is fen.
type TransferOffer struct {
	ID       string    `json:"id"` // transfer_bill_no
	State    string    `json:"state"`
	Amount   int64     `json:"amount"`
	Merchant string    `json:"merchant"`
	Shown    string    `json:"shown"` // what it is for (用户收款感知)
	Remark   string    `json:"remark"`
	Time     time.Time `json:"time"`
	Until    time.Time `json:"until"` // unclaimed by then it goes back
	Bill     string    `json:"bill_id,omitempty"`
	Reason   string    `json:"fail_reason,omitempty"`
}

func (s *Server) offer(t *transfer) TransferOffer {
	return TransferOffer{ID: t.ID, State: t.State, Amount: t.Amount, Merchant: s.world.merchants[t.MchID].Name, Shown: t.shown(), Remark: t.Remark,
		Time: t.Born.In(shanghai), Until: t.Born.Add(transferLife).In(shanghai), Bill: t.Bill, Reason: t.Reason}
}

// openTransfer finds what requestMerchantTransfer asks a person to confirm.
func (s *Server) openTransfer(who, mchID, appID, pkg string) (TransferOffer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.world.transfers.packages[pkg]
	switch {
	case t == nil || t.MchID != mchID || t.AppID != appID:
		return TransferOffer{}, refuse(http.StatusNotFound, "transfer.missing", "转账单不存在", "package, mchId and appId name no transfer")
	case t.Person != who:
		return TransferOffer{}, refuse(http.StatusForbidden, "transfer.person", "当前微信号与收款用户不一致", "the transfer is for another person")
	}
	return s.offer(t), nil
}

// Transfer gives a transfer to a person by its number (transfer_bill_no).
func (s *Server) Transfer(personID, id string) (TransferOffer, error) {
	if err := s.init(); err != nil {
		return TransferOffer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.world.transfers.byID[id]
	if t == nil || t.Person != personID {
		return TransferOffer{}, refuse(http.StatusNotFound, "transfer.missing", "转账单不存在", "no such transfer for this person")
	}
	return s.offer(t), nil
}

// AcceptTransfer is the person's tap on 确认收款.
func (s *Server) AcceptTransfer(personID, id string) (TransferOffer, error) {
	if _, err := s.Transfer(personID, id); err != nil {
		return TransferOffer{}, err
	}
	s.mu.Lock()
	t := s.world.transfers.byID[id]
	now := s.Clock.Now()
	var err error
	switch {
	case t.State != transferWaiting:
		err = refuse(http.StatusConflict, "transfer.over", map[string]string{transferSuccess: "已收款", transferMoving: "正在到账"}[t.State]+"，不能再次确认", "the transfer is "+t.State)
	case s.world.people[personID].Balance > maxWallet-t.Amount:
		err = refuse(http.StatusConflict, "wallet.full", "零钱余额已达上限", "the wallet is full")
	default:
		t.State, t.Changed, t.Due = transferMoving, now, now.Add(s.SettleDelay)
		s.planTransfer(t)
	}
	v := s.offer(t)
	due := t.Due
	s.unlockDurably()
	if err == nil && !due.After(now) {
		s.transferDue(t.key()) // at once: the person sees the money come
		return s.Transfer(personID, id)
	}
	return v, err
}

// transferRoutes is what the phone asks about transfers.
func (s *Server) transferRoutes(mux *http.ServeMux) {
	s.handle(mux, "GET /people/{id}/transfers", s.withPerson(s.apiTransfers))
	s.handle(mux, "GET /people/{id}/transfers/{no}", s.withPerson(func(r *http.Request, p *person) (any, error) { return s.Transfer(p.ID, r.PathValue("no")) }))
	s.handle(mux, "POST /people/{id}/transfers/{no}/accept", s.withPerson(func(r *http.Request, p *person) (any, error) {
		return s.AcceptTransfer(p.ID, r.PathValue("no"))
	}))
	s.handle(mux, "POST /people/{id}/transfers/open", s.withPerson(s.apiOpenTransfer))
}

// apiOpenTransfer is requestMerchantTransfer called from elsewhere than a web view.
func (s *Server) apiOpenTransfer(r *http.Request, p *person) (any, error) {
	var in struct {
		MchID   string `json:"mchid"`
		AppID   string `json:"appid"`
		Package string `json:"package"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return s.openTransfer(p.ID, in.MchID, in.AppID, in.Package)
}

// apiTransfers lists a person's newest fifty transfers.
func (s *Server) apiTransfers(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []TransferOffer{}
	for _, t := range s.world.transfers.bills {
		if t.Person == p.ID {
			list = append(list, s.offer(t))
		}
	}
	slices.SortFunc(list, func(a, b TransferOffer) int { return b.Time.Compare(a.Time) })
	return map[string]any{"transfers": list[:min(50, len(list))]}, nil
}

// judgeTransfer verifies a requestMerchantTransfer and lets the phone ask for the person's word.
func (s *Server) judgeTransfer(in *jsCall, v *visit, e *entry) (jsAnswer, string) {
	e.MchID, e.AppID = in.text("mchId"), in.text("appId")
	for _, name := range []string{"mchId", "appId", "package"} {
		if in.text(name) == "" {
			return say("requestMerchantTransfer:fail " + name + " is empty"), name + " is missing"
		}
	}
	t, err := s.openTransfer(v.person, e.MchID, e.AppID, in.text("package"))
	if err != nil {
		p := err.(*problem)
		answer := say("requestMerchantTransfer:fail")
		answer.Ask, answer.Params = "alert", map[string]any{"text": p.Message}
		return answer, p.MessageEN
	}
	return jsAnswer{Ask: "transfer", Params: map[string]any{"transfer_id": t.ID}}, ""
}
