package sim

import (
	"fmt"
	"net/http"
	"time"
)

// States of splits, their details and returns (B8).
const (
	shareProcessing = "PROCESSING"
	shareFinished   = "FINISHED"
	sharePending    = "PENDING"
	shareSuccess    = "SUCCESS"
	shareClosed     = "CLOSED"
	shareFailed     = "FAILED"
)

// split is one request to share an order's money.
type split struct {
	ID          string         `json:"id"` // 微信分账单号
	Caller      string         `json:"caller"`
	MchID       string         `json:"mchid"` // whose money
	Sub         bool           `json:"sub,omitempty"`
	OutNo       string         `json:"out_order_no"`
	Transaction string         `json:"transaction_id"`
	Unfreeze    bool           `json:"unfreeze,omitempty"`
	State       string         `json:"state"`
	Details     []*shareDetail `json:"details,omitempty"`
	Print       string         `json:"print"`
	Born        time.Time      `json:"born"`
	DoneAt      time.Time      `json:"done_at"`
}

// shareDetail is one receiver's part. Amounts are fen.
type shareDetail struct {
	ID          string    `json:"id"`
	Type        string    `json:"type"`
	Account     string    `json:"account"`
	Person      string    `json:"person,omitempty"`
	Amount      int64     `json:"amount"`
	Returned    int64     `json:"returned,omitempty"`
	Description string    `json:"description"`
	Result      string    `json:"result"`
	Reason      string    `json:"reason,omitempty"`
	Finished    time.Time `json:"finished,omitzero"`
}

func (o *split) key() string { return o.Caller + "|" + o.OutNo }

var splitFields = []field{
	{name: "sub_mchid", label: "子商户号", max: 32},
	{name: "appid", label: "公众账号ID", required: true, max: 32},
	{name: "sub_appid", label: "子商户公众账号ID", max: 32},
	{name: "transaction_id", label: "微信支付订单号", required: true, max: 32},
	{name: "out_order_no", label: "商户分账单号", required: true, max: 64, form: refundNoForm},
	{name: "receivers", label: "分账接收方列表", kind: "list", max: maxSplits, sub: []field{
		{name: "type", label: "分账接收方类型", required: true, enum: receiverTypes},
		{name: "account", label: "分账接收方账号", required: true, max: 64},
		{name: "name", label: "分账个人接收方姓名", max: 1024},
		{name: "amount", label: "分账金额", kind: "int", required: true, min: 1, max: maxOrderFen},
		{name: "description", label: "分账描述", required: true, max: 80},
	}},
	{name: "unfreeze_unsplit", label: "是否解冻剩余未分资金", kind: "bool", required: true},
}

type splitBody struct {
	SubMchID    string `json:"sub_mchid"`
	AppID       string `json:"appid"`
	SubAppID    string `json:"sub_appid"`
	Transaction string `json:"transaction_id"`
	OutNo       string `json:"out_order_no"`
	Receivers   []struct {
		Type        string `json:"type"`
		Account     string `json:"account"`
		Name        string `json:"name"`
		Amount      int64  `json:"amount"`
		Description string `json:"description"`
	} `json:"receivers"`
	Unfreeze bool `json:"unfreeze_unsplit"`

	names []string // decrypted
}

// splitOrder answers POST /v3/profitsharing/orders.
func (s *Server) splitOrder(c *call) {
	var in splitBody
	if !c.strict(splitFields, &in) {
		return
	}
	if len(in.Receivers) == 0 {
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "分账接收方列表不能为空", map[string]string{"field": "/body/receivers", "location": "body"})
		return
	}
	for _, r := range in.Receivers {
		name := ""
		if r.Name != "" {
			var ok bool
			if name, ok = c.decrypt("receivers/name", r.Name); !ok {
				return
			}
		}
		in.names = append(in.names, name)
	}
	print := printWithout(c.members, "receivers/name")
	s.mu.Lock()
	defer s.unlockDurably()
	mchID, ok := s.actsFor(c, in.SubMchID)
	if !ok || !s.boundApp(c, in.AppID) {
		return
	}
	if old := s.world.sharing.orders[c.mch.MchID+"|"+in.OutNo]; old != nil {
		s.repeatSplit(c, old, print)
		return
	}
	p := s.splittable(c, mchID, in.Transaction)
	if p == nil || !s.checkSplit(c, p, mchID, &in) {
		return
	}
	o := s.newSplit(c, mchID, in.SubMchID != "", in.OutNo, in.Transaction, print)
	o.Unfreeze = in.Unfreeze
	var sum int64
	for _, r := range in.Receivers {
		d := &shareDetail{ID: "3600" + s.digits(24), Type: r.Type, Account: r.Account, Amount: r.Amount, Description: r.Description, Result: sharePending}
		if f := s.world.openids[r.Account]; f != nil && r.Type != "MERCHANT_ID" {
			d.Person = f.Person
		}
		o.Details = append(o.Details, d)
		sum += r.Amount
	}
	p.Split += sum
	p.Splits++
	s.movePool(in.Transaction, p, -sum, sum)
	if in.Unfreeze {
		s.closePool(in.Transaction, p)
	}
	c.payOK(s.splitView(o))
}

// newSplit writes a split down and sets it on its way. The caller holds mu.
func (s *Server) newSplit(c *call, mchID string, sub bool, outNo, transaction, print string) *split {
	now := s.Clock.Now()
	o := &split{ID: "3008" + s.digits(24), Caller: c.mch.MchID, MchID: mchID, Sub: sub, OutNo: outNo, Transaction: transaction, State: shareProcessing, Print: print, Born: now, DoneAt: now.Add(s.SettleDelay)}
	s.world.sharing.orders[o.key()] = o
	s.world.sharing.byID[mchID+"|"+o.ID] = o
	s.touch("sharing_order", o.key())
	key := o.key()
	s.Clock.schedule(o.DoneAt, func() { s.settleSplit(key) })
	return o
}

func (s *Server) repeatSplit(c *call, old *split, print string) {
	if old.Print != print {
		c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致", nil)
		c.refused("out_order_no %s was used with other parameters", old.OutNo)
		return
	}
	c.payOK(s.splitView(old))
}

// splittable finds the pool of an order that can be split now; on failure it has answered. The caller holds mu.
func (s *Server) splittable(c *call, mchID, transaction string) *pool {
	o := s.world.paid[transaction]
	if o == nil || o.MchID != mchID {
		c.payFail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "订单不存在", nil)
		return nil
	}
	p, now := s.world.sharing.pools[transaction], s.Clock.Now()
	why := ""
	switch {
	case p == nil:
		why = "非分账订单不支持分账"
	case now.Sub(o.PaidAt) < sharingOpens:
		why = "订单处理中，暂时无法分账，请在支付成功1分钟后再试"
	case p.Done && o.Refunded >= o.Total:
		why = "订单已全额退款，不支持分账"
	case p.Done:
		why = "分账已完结，剩余资金已解冻"
	default:
		return p
	}
	c.payFail(http.StatusBadRequest, "INVALID_REQUEST", why, nil)
	return nil
}

// checkSplit holds a split to the limits and its receivers to the list. The caller holds mu.
func (s *Server) checkSplit(c *call, p *pool, mchID string, in *splitBody) bool {
	o := s.world.orders[p.Order]
	var sum int64
	for i, r := range in.Receivers {
		sum += r.Amount
		known := s.world.sharing.receivers[receiverKey(mchID, r.Type, r.Account)]
		if known == nil {
			c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "分账接收方关系不存在，请先添加分账接收方", nil)
			c.refused("receiver %s %s was not added by merchant %s", r.Type, r.Account, mchID)
			return false
		}
		if !s.checkReceiver(c, mchID, known.AppID, r.Type, r.Account, in.names[i]) {
			return false
		}
	}
	most := o.Total * s.moneySettings(mchID).MaxRatio / maxShare
	switch {
	case p.Splits >= maxSplits:
		c.payFail(http.StatusForbidden, "RULE_LIMIT", "同一笔订单最多支持50次分账", nil)
	case p.Split+sum > most:
		c.payFail(http.StatusForbidden, "RULE_LIMIT", "分账金额超出最高分账比例", nil)
		c.refused("%d fen in all, %d of %d may be split (max_ratio)", p.Split+sum, most, o.Total)
	case sum > p.Held:
		c.payFail(http.StatusForbidden, "NOT_ENOUGH", "分账金额大于订单剩余待分金额", nil)
		c.refused("%d fen asked, %d are left to split", sum, p.Held)
	default:
		return true
	}
	return false
}

// unfreezeOrder answers POST /v3/profitsharing/orders/unfreeze.
func (s *Server) unfreezeOrder(c *call) {
	var in struct {
		SubMchID    string `json:"sub_mchid"`
		Transaction string `json:"transaction_id"`
		OutNo       string `json:"out_order_no"`
		Description string `json:"description"`
	}
	fields := []field{{name: "sub_mchid", label: "子商户号", max: 32}, {name: "transaction_id", label: "微信支付订单号", required: true, max: 32},
		{name: "out_order_no", label: "商户分账单号", required: true, max: 64, form: refundNoForm}, {name: "description", label: "分账描述", required: true, max: 80}}
	if !c.strict(fields, &in) {
		return
	}
	print := fingerprint(c.members)
	s.mu.Lock()
	defer s.unlockDurably()
	mchID, ok := s.actsFor(c, in.SubMchID)
	if !ok {
		return
	}
	if old := s.world.sharing.orders[c.mch.MchID+"|"+in.OutNo]; old != nil {
		s.repeatSplit(c, old, print)
		return
	}
	p := s.splittable(c, mchID, in.Transaction)
	if p == nil {
		return
	}
	o := s.newSplit(c, mchID, in.SubMchID != "", in.OutNo, in.Transaction, print)
	o.Unfreeze = true
	if p.Held > 0 {
		o.Details = []*shareDetail{{ID: "3600" + s.digits(24), Type: "MERCHANT_ID", Account: mchID, Amount: p.Held, Description: in.Description, Result: sharePending}}
	}
	s.closePool(in.Transaction, p)
	c.payOK(s.splitView(o))
}

// settleSplit pays the receivers of a split.
func (s *Server) settleSplit(key string) {
	s.mu.Lock()
	o := s.world.sharing.orders[key]
	if o == nil || o.State != shareProcessing {
		s.mu.Unlock()
		return
	}
	now := s.Clock.Now()
	p := s.world.sharing.pools[o.Transaction]
	var notices []*notice
	for i, d := range o.Details {
		if d.Type == "MERCHANT_ID" && d.Account == o.MchID { // what was unfrozen is the merchant's already
			d.Result, d.Finished = shareSuccess, now
			continue
		}
		notices = append(notices, s.payShare(o, p, i, now))
	}
	o.State, o.DoneAt = shareFinished, now
	s.touch("sharing_order", key)
	s.unlockDurably()
	for _, n := range notices {
		s.startNotice(n)
	}
}

// payShare pays one receiver, or says why not: then the money is held again, or the merchant's when the split unfroze the rest.
func (s *Server) payShare(o *split, p *pool, i int, now time.Time) *notice {
	d := o.Details[i]
	d.Finished = now
	if d.Reason = s.shareRefused(o, d, now); d.Reason != "" {
		d.Result = shareClosed
		back := d.Amount
		if p.Done {
			back = 0
		}
		p.Split -= d.Amount
		s.movePool(o.Transaction, p, back, -d.Amount)
		return nil
	}
	d.Result = shareSuccess
	s.movePool(o.Transaction, p, 0, -d.Amount)
	ref := fmt.Sprintf("%s#%d", o.key(), i)
	s.book(o.MchID, accountBasic, movement{Kind: moveShareOut, Amount: -d.Amount, Ref: ref, No: o.ID, Note: d.Description})
	if d.Person != "" {
		s.creditPerson(d.Person, d.Amount, &bill{Kind: "share", Title: s.world.merchants[o.MchID].Name + "-分账", Refund: ref}, "分账到账", d.Description)
		s.world.sharing.received[d.Person+"|"+now.In(shanghai).Format("2006-01")] += d.Amount
		return nil
	}
	s.book(d.Account, accountBasic, movement{Kind: moveShareIn, Amount: d.Amount, Ref: ref, No: o.ID, Note: d.Description})
	return s.shareNotice(d.Account, "TRANSACTION.SUCCESS", "分账", o, o.ID, o.OutNo, d, d.Amount, now)
}

func (s *Server) shareRefused(o *split, d *shareDetail, now time.Time) string {
	switch {
	case s.world.sharing.receivers[receiverKey(o.MchID, d.Type, d.Account)] == nil:
		return "NO_RELATION"
	case d.Person != "" && s.world.sharing.received[d.Person+"|"+now.In(shanghai).Format("2006-01")]+d.Amount > maxPersonGets:
		return "RECEIVER_RECEIPT_LIMIT"
	case d.Person != "" && s.world.people[d.Person].Balance > maxWallet-d.Amount:
		return "ACCOUNT_ABNORMAL"
	}
	return ""
}

type shareNoticeView struct {
	MchID       string `json:"mchid"`
	Transaction string `json:"transaction_id"`
	OrderID     string `json:"order_id"`
	OutNo       string `json:"out_order_no"`
	Receiver    struct {
		Type        string `json:"type"`
		Account     string `json:"account"`
		Amount      int64  `json:"amount"`
		Description string `json:"description"`
	} `json:"receiver"`
	SuccessTime string `json:"success_time"`
}

// shareNotice tells a receiving merchant, at the address it set for that. The caller holds mu.
func (s *Server) shareNotice(mchID, event, summary string, o *split, id, outNo string, d *shareDetail, amount int64, now time.Time) *notice {
	address := s.moneySettings(mchID).SharingNotifyURL
	if address == "" {
		return nil
	}
	v := shareNoticeView{MchID: o.MchID, Transaction: o.Transaction, OrderID: id, OutNo: outNo, SuccessTime: cst(now)}
	v.Receiver.Type, v.Receiver.Account, v.Receiver.Amount, v.Receiver.Description = d.Type, d.Account, amount, d.Description
	return s.newNotice(mchID, address, s.world.merchants[mchID].KeyMode, event, "profitsharing", summary, v)
}
