package sim

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
)

type shareDetailView struct {
	Amount      int64  `json:"amount"`
	Description string `json:"description"`
	Type        string `json:"type"`
	Account     string `json:"account"`
	Result      string `json:"result"`
	Reason      string `json:"fail_reason,omitempty"`
	CreateTime  string `json:"create_time"`
	FinishTime  string `json:"finish_time"`
	ID          string `json:"detail_id"`
}

type splitView struct {
	SubMchID    string            `json:"sub_mchid,omitempty"`
	Transaction string            `json:"transaction_id"`
	OutNo       string            `json:"out_order_no"`
	ID          string            `json:"order_id"`
	State       string            `json:"state"`
	Receivers   []shareDetailView `json:"receivers,omitempty"`
}

// splitView shows a split. A detail that is not done yet bears the time of its birth as finish_time, as the real one does.
func (s *Server) splitView(o *split) splitView {
	v := splitView{Transaction: o.Transaction, OutNo: o.OutNo, ID: o.ID, State: o.State}
	if o.Sub {
		v.SubMchID = o.MchID
	}
	for _, d := range o.Details {
		end := d.Finished
		if end.IsZero() {
			end = o.Born
		}
		v.Receivers = append(v.Receivers, shareDetailView{d.Amount, d.Description, d.Type, d.Account, d.Result, d.Reason, cst(o.Born), cst(end), d.ID})
	}
	return v
}

// querySplit answers GET /v3/profitsharing/orders/{out_order_no}.
func (s *Server) querySplit(c *call) {
	q := c.r.URL.Query()
	if q.Get("transaction_id") == "" {
		c.queryError("transaction_id", "必填性规则校验失败，此字段为必填项")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.actsFor(c, q.Get("sub_mchid")); !ok {
		return
	}
	o := s.world.sharing.orders[c.mch.MchID+"|"+c.r.PathValue("no")]
	if o == nil || o.Transaction != q.Get("transaction_id") {
		c.payFail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "分账单不存在", nil)
		return
	}
	c.payOK(s.splitView(o))
}

// queryUnsplit answers GET /v3/profitsharing/transactions/{transaction_id}/amounts.
func (s *Server) queryUnsplit(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := c.r.PathValue("id")
	o := s.world.paid[id]
	if o == nil || !s.providesFor(c.mch.MchID, o.MchID) {
		c.payFail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "订单不存在", nil)
		return
	}
	p := s.world.sharing.pools[id]
	if p == nil {
		c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "非分账订单不支持分账", nil)
		return
	}
	c.payOK(map[string]any{"transaction_id": id, "unsplit_amount": p.Held})
}

// queryRatio answers GET /v3/profitsharing/merchant-configs/{sub_mchid}: only a provider may ask.
func (s *Server) queryRatio(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := c.r.PathValue("sub")
	if sub == c.mch.MchID || !s.providesFor(c.mch.MchID, sub) {
		c.payFail(http.StatusForbidden, "NO_AUTH", "商户号无权查询该子商户的最大分账比例", nil)
		c.refused("only a provider may ask, for a sub-merchant of its own")
		return
	}
	c.payOK(map[string]any{"sub_mchid": sub, "max_ratio": s.moneySettings(sub).MaxRatio})
}

// printWithout is the fingerprint of a body less what is encrypted anew every time; "list/member" names a member of a list's objects.
func printWithout(members map[string]any, name string) string {
	list, member, _ := strings.Cut(name, "/")
	same := maps.Clone(members)
	if member == "" {
		delete(same, list)
		return fingerprint(same)
	}
	items, _ := same[list].([]any)
	cleaned := make([]any, 0, len(items))
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			object = maps.Clone(object)
			delete(object, member)
			item = object
		}
		cleaned = append(cleaned, item)
	}
	same[list] = cleaned
	return fingerprint(same)
}

const (
	sharingColumns = "分账时间,分账发起方,分账方,微信订单号,微信分账/回退单号,分账明细单号,商户分账/回退单号,订单金额,分账接收方,分账金额,业务类型,处理状态,分账描述,备注"
	sharingSummary = "总笔数,分账总金额,回退总金额"
)

// sharingLine shows one share, or one that came back. The caller holds mu.
func (s *Server) sharingLine(mchID string, m *movement, sum *billSums) []string {
	sum.rows++
	at := m.Time.In(shanghai).Format(billTime)
	if m.Kind == moveReturnIn {
		sum.inSum += m.Amount
		r := s.world.sharing.returns[m.Ref]
		o := s.world.sharing.orders[r.Split]
		return []string{at, r.Caller, mchID, o.Transaction, r.ID, "", r.OutNo, plainYuan(s.world.paid[o.Transaction].Total), r.From, plainYuan(m.Amount), "分账回退", "成功", r.Description, ""}
	}
	sum.outSum -= m.Amount
	key, at2, _ := strings.Cut(m.Ref, "#")
	i, _ := strconv.Atoi(at2)
	o := s.world.sharing.orders[key]
	d := o.Details[i]
	return []string{at, o.Caller, mchID, o.Transaction, o.ID, d.ID, o.OutNo, plainYuan(s.world.paid[o.Transaction].Total), d.Account, plainYuan(d.Amount), "分账", "成功", d.Description, ""}
}

func (s *Server) sharingEndpoints() []endpoint {
	offer := func(pattern, title string, serve func(*call)) endpoint {
		return endpoint{Pattern: pattern, Title: title, Fidelity: Full, serve: s.asMerchant(serve)}
	}
	list := []endpoint{
		offer("POST /v3/profitsharing/receivers/add", "添加分账接收方", s.addReceiver),
		offer("POST /v3/profitsharing/receivers/delete", "删除分账接收方", s.deleteReceiver),
		offer("POST /v3/profitsharing/orders", "请求分账", s.splitOrder),
		offer("GET /v3/profitsharing/orders/{no}", "查询分账结果", s.querySplit),
		offer("POST /v3/profitsharing/orders/unfreeze", "解冻剩余资金", s.unfreezeOrder),
		offer("POST /v3/profitsharing/return-orders", "请求分账回退", s.returnShare),
		offer("GET /v3/profitsharing/return-orders/{no}", "查询分账回退结果", s.queryReturn),
		offer("GET /v3/profitsharing/transactions/{id}/amounts", "查询剩余待分金额", s.queryUnsplit),
		offer("GET /v3/profitsharing/merchant-configs/{sub}", "查询最大分账比例", s.queryRatio),
		offer("GET /v3/profitsharing/bills", "申请分账账单", s.askSharingBill),
	}
	list[len(list)-1].Fidelity, list[len(list)-1].Note = Partial, "the summary line of the text is our own"
	return list
}
