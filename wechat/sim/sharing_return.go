package sim

import (
	"net/http"
	"time"
)

// shareReturn takes a merchant's share back. Amounts are fen.
type shareReturn struct {
	ID          string    `json:"id"`
	Caller      string    `json:"caller"`
	Sub         bool      `json:"sub,omitempty"`
	OutNo       string    `json:"out_return_no"`
	Split       string    `json:"split"` // key
	From        string    `json:"return_mchid"`
	Amount      int64     `json:"amount"`
	Description string    `json:"description"`
	Result      string    `json:"result"`
	Reason      string    `json:"reason,omitempty"`
	Print       string    `json:"print"`
	Born        time.Time `json:"born"`
	DoneAt      time.Time `json:"done_at"`
}

func (r *shareReturn) key() string { return r.Caller + "|" + r.OutNo }

var returnFields = []field{
	{name: "sub_mchid", label: "子商户号", max: 32},
	{name: "order_id", label: "微信分账单号", max: 64},
	{name: "out_order_no", label: "商户分账单号", max: 64},
	{name: "out_return_no", label: "商户回退单号", required: true, max: 64, form: refundNoForm},
	{name: "return_mchid", label: "回退商户号", required: true, max: 32},
	{name: "amount", label: "回退金额", kind: "int", required: true, min: 1, max: maxOrderFen},
	{name: "description", label: "回退描述", required: true, max: 80},
}

type returnBody struct {
	SubMchID    string `json:"sub_mchid"`
	OrderID     string `json:"order_id"`
	OutOrderNo  string `json:"out_order_no"`
	OutNo       string `json:"out_return_no"`
	From        string `json:"return_mchid"`
	Amount      int64  `json:"amount"`
	Description string `json:"description"`
}

// returnShare answers POST /v3/profitsharing/return-orders.
func (s *Server) returnShare(c *call) {
	var in returnBody
	if !c.strict(returnFields, &in) {
		return
	}
	if (in.OrderID == "") == (in.OutOrderNo == "") {
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "order_id和out_order_no必须且只能填写一个", map[string]string{"field": "/body/out_order_no", "location": "body"})
		return
	}
	print := fingerprint(c.members)
	s.mu.Lock()
	defer s.unlockDurably()
	mchID, ok := s.actsFor(c, in.SubMchID)
	if !ok {
		return
	}
	w := &s.world.sharing
	if old := w.returns[c.mch.MchID+"|"+in.OutNo]; old != nil {
		if old.Print != print {
			c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致", nil)
			return
		}
		c.payOK(s.returnView(old))
		return
	}
	o := w.orders[c.mch.MchID+"|"+in.OutOrderNo]
	if in.OrderID != "" {
		o = w.byID[mchID+"|"+in.OrderID]
	}
	if o == nil || o.MchID != mchID {
		c.payFail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "分账单不存在", nil)
		return
	}
	if !s.mayReturn(c, o, &in) {
		return
	}
	now := s.Clock.Now()
	r := &shareReturn{ID: "3008" + s.digits(24), Caller: c.mch.MchID, Sub: in.SubMchID != "", OutNo: in.OutNo, Split: o.key(), From: in.From, Amount: in.Amount,
		Description: in.Description, Result: shareProcessing, Print: print, Born: now, DoneAt: now.Add(s.SettleDelay)}
	o.detailOf(in.From).Returned += in.Amount
	w.returns[r.key()] = r
	s.touch("sharing_return", r.key())
	s.touch("sharing_order", o.key())
	key := r.key()
	s.Clock.schedule(r.DoneAt, func() { s.settleReturn(key) })
	c.payOK(s.returnView(r))
}

// detailOf is the paid share of a merchant; nil when it got none.
func (o *split) detailOf(mchID string) *shareDetail {
	for _, d := range o.Details {
		if d.Type == "MERCHANT_ID" && d.Account == mchID && d.Result == shareSuccess && mchID != o.MchID {
			return d
		}
	}
	return nil
}

// mayReturn holds a return to the rules. The caller holds mu.
func (s *Server) mayReturn(c *call, o *split, in *returnBody) bool {
	d := o.detailOf(in.From)
	why := ""
	switch {
	case d == nil:
		why = "回退商户号不是该分账单的分账接收方，或分账未成功"
	case s.Clock.Now().Sub(d.Finished) > returnLife:
		why = "分账已超过180天，不支持回退"
	case d.Returned+in.Amount > d.Amount:
		why = "回退金额大于可回退金额"
	case s.returnsOf(o) >= maxSplits:
		why = "同一笔分账最多支持50次回退"
	default:
		return true
	}
	c.payFail(http.StatusBadRequest, "INVALID_REQUEST", why, nil)
	return false
}

func (s *Server) returnsOf(o *split) int {
	n := 0
	for _, r := range s.world.sharing.returns {
		if r.Split == o.key() {
			n++
		}
	}
	return n
}

// settleReturn moves a share back, or says why not.
func (s *Server) settleReturn(key string) {
	s.mu.Lock()
	w := &s.world.sharing
	r := w.returns[key]
	if r == nil || r.Result != shareProcessing {
		s.mu.Unlock()
		return
	}
	now := s.Clock.Now()
	o := w.orders[r.Split]
	r.DoneAt = now
	var n *notice
	d := o.detailOf(r.From)
	if !s.affords(r.From, accountBasic, r.Amount) {
		r.Result, r.Reason = shareFailed, "BALANCE_NOT_ENOUGH"
		d.Returned -= r.Amount
	} else {
		r.Result = shareSuccess
		s.book(r.From, accountBasic, movement{Kind: moveReturnOut, Amount: -r.Amount, Ref: key, No: r.ID, Note: r.Description})
		s.book(o.MchID, accountBasic, movement{Kind: moveReturnIn, Amount: r.Amount, Ref: key, No: r.ID, Note: r.Description})
		n = s.shareNotice(r.From, "PROFITSHARING.RETURN", "分账回退", o, r.ID, r.OutNo, d, r.Amount, now)
	}
	s.touch("sharing_return", key)
	s.touch("sharing_order", o.key())
	s.unlockDurably()
	s.startNotice(n)
}

type returnView struct {
	SubMchID    string `json:"sub_mchid,omitempty"`
	OrderID     string `json:"order_id"`
	OutOrderNo  string `json:"out_order_no"`
	OutNo       string `json:"out_return_no"`
	ReturnID    string `json:"return_id"`
	From        string `json:"return_mchid"`
	Amount      int64  `json:"amount"`
	Description string `json:"description"`
	Result      string `json:"result"`
	Reason      string `json:"fail_reason,omitempty"`
	CreateTime  string `json:"create_time"`
	FinishTime  string `json:"finish_time,omitempty"`
}

func (s *Server) returnView(r *shareReturn) returnView {
	o := s.world.sharing.orders[r.Split]
	v := returnView{OrderID: o.ID, OutOrderNo: o.OutNo, OutNo: r.OutNo, ReturnID: r.ID, From: r.From, Amount: r.Amount, Description: r.Description, Result: r.Result, Reason: r.Reason, CreateTime: cst(r.Born)}
	if r.Sub {
		v.SubMchID = o.MchID
	}
	if r.Result != shareProcessing {
		v.FinishTime = cst(r.DoneAt)
	}
	return v
}

// queryReturn answers GET /v3/profitsharing/return-orders/{out_return_no}.
func (s *Server) queryReturn(c *call) {
	outOrderNo := c.r.URL.Query().Get("out_order_no")
	if outOrderNo == "" {
		c.queryError("out_order_no", "必填性规则校验失败，此字段为必填项")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.actsFor(c, c.r.URL.Query().Get("sub_mchid")); !ok {
		return
	}
	r := s.world.sharing.returns[c.mch.MchID+"|"+c.r.PathValue("no")]
	if r == nil || s.world.sharing.orders[r.Split].OutNo != outOrderNo {
		c.payFail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "回退单不存在", nil)
		return
	}
	c.payOK(s.returnView(r))
}
