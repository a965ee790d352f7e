package sim

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// Kinds of bills and what can be asked of them (B7).
const (
	billTrade   = "trade"
	billFund    = "fund"
	billSharing = "sharing"
)

// billAsk names one bill: that of a merchant, a day and a kind. The same ask gives the same text, byte for byte, whenever it is made.
type billAsk struct {
	Kind  string   `json:"k"`
	MchID []string `json:"m"` // whose account; a provider's trade bill has those of its sub-merchants
	Owner string   `json:"o"` // 商户号 that asks
	Day   string   `json:"d"` // 2006-01-02, in +08:00
	Type  string   `json:"t"` // ALL, SUCCESS, REFUND; BASIC, OPERATION, FEES; ALL
	Gzip  bool     `json:"z"`
	Known []int    `json:"n"` // how many movements each account had when the bill was asked for
	BOM   bool     `json:"b"`
	Sp    bool     `json:"s,omitempty"` // a provider's: only what it ordered for these merchants
}

const (
	billBatch = 256 // movements written between two looks at the world
	billDay   = "2006-01-02"
	billTime  = "2006-01-02 15:04:05"
	billMade  = 9 * time.Hour  // of the next day: what is later is not in it
	billFetch = 10 * time.Hour // of the next day: default of Server.BillReady
)

const (
	tradeHead = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,"
	tradeTail = "商品名称,商户数据包,手续费,费率,订单金额,"

	tradeColumns   = tradeHead + "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态," + tradeTail + "申请退款金额,费率备注"
	refundColumns  = tradeHead + "退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态," + tradeTail + "申请退款金额,费率备注"
	successColumns = tradeHead + tradeTail + "费率备注"

	tradeSummary   = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
	successSummary = "总交易单数,应结订单总金额,手续费总金额,订单总金额"

	fundColumns = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
	fundSummary = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
)

// billSums is what the last line of a bill adds up, in fen.
type billSums struct {
	rows, orders, refunds, fees int64
	in, out, inSum, outSum      int64
}

// billLine writes values the way bills do: each with a back-quote before it. Values that would break the line lose what breaks it.
func billLine(w *bufio.Writer, values ...string) {
	for i, v := range values {
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteByte('`')
		w.WriteString(billClean.Replace(v))
	}
	w.WriteString("\r\n")
}

var billClean = strings.NewReplacer("`", " ", "\r", " ", "\n", " ")

// feeYuan writes a fee: five decimals.
func feeYuan(fen int64) string { return plainYuan(fen) + "000" }

func rateText(rate int64) string { return fmt.Sprintf("%d.%02d%%", rate/100, rate%100) }

// dayOf gives begin and end of a bill's day.
func (a *billAsk) dayOf() (from, to time.Time, err error) {
	from, err = time.ParseInLocation(billDay, a.Day, shanghai)
	return from, from.AddDate(0, 0, 1), err
}

func (a *billAsk) account() string {
	if a.Kind == billFund {
		return a.Type
	}
	return accountBasic
}

// belongs tells whether a movement is a line of the bill; its amount is looked at because a fund flow shows no move of nothing.
// The caller holds mu.
func (s *Server) belongs(a *billAsk, m *movement) bool {
	switch {
	case a.Sp && a.Kind == billTrade && !s.orderedBy(m, a.Owner):
		return false
	case a.Kind == billFund:
		return m.Amount != 0
	case a.Kind == billSharing:
		return m.Kind == moveShareOut || m.Kind == moveReturnIn
	case m.Kind == movePay:
		return a.Type != "REFUND"
	case m.Kind == moveRefund:
		return a.Type != "SUCCESS"
	}
	return false
}

func (s *Server) orderedBy(m *movement, provider string) bool {
	key := m.Ref
	if r := s.world.refunds[key]; r != nil && m.Kind == moveRefund {
		key = r.Order
	}
	o := s.world.orders[key]
	return o != nil && o.SpMchID == provider
}

// eachLine visits the movements of the bill's day in order, billBatch at a time under the lock: a bill of a million lines holds nobody up
// and nothing of it stands in memory.
func (s *Server) eachLine(a *billAsk, visit func(mchID string, m *movement), between func() error) error {
	from, to, err := a.dayOf()
	if err != nil {
		return err
	}
	for i, mchID := range a.MchID {
		s.mu.Lock()
		f := s.world.money.flows[mchID+"|"+a.account()]
		var moves []*movement
		if f != nil {
			moves = f.moves[:min(len(f.moves), a.Known[i])]
		}
		s.mu.Unlock()
		for len(moves) > 0 {
			batch := moves[:min(billBatch, len(moves))]
			moves = moves[len(batch):]
			s.mu.Lock()
			for _, m := range batch {
				if !m.Time.Before(from) && m.Time.Before(to) && s.belongs(a, m) {
					visit(mchID, m)
				}
			}
			s.mu.Unlock()
			if err := between(); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeBill streams a bill's text.
func (s *Server) writeBill(out io.Writer, a *billAsk) error {
	w := bufio.NewWriterSize(out, 64<<10)
	if a.BOM {
		w.WriteString("\ufeff")
	}
	head, foot := fundColumns, fundSummary
	switch {
	case a.Kind == billSharing:
		head, foot = sharingColumns, sharingSummary
	case a.Kind == billTrade && a.Type == "SUCCESS":
		head, foot = successColumns, successSummary
	case a.Kind == billTrade && a.Type == "REFUND":
		head, foot = refundColumns, tradeSummary
	case a.Kind == billTrade:
		head, foot = tradeColumns, tradeSummary
	}
	w.WriteString(head + "\r\n")
	var sum billSums
	err := s.eachLine(a, func(mchID string, m *movement) { s.writeLine(w, a, mchID, m, &sum) }, func() error {
		if w.Buffered() < 32<<10 {
			return nil
		}
		return w.Flush()
	})
	if err != nil {
		return err
	}
	w.WriteString(foot + "\r\n")
	billLine(w, sum.values(a)...)
	return w.Flush()
}

func (s *Server) writeLine(w *bufio.Writer, a *billAsk, mchID string, m *movement, sum *billSums) {
	switch {
	case a.Kind == billFund:
		billLine(w, s.fundLine(mchID, m, sum)...)
	case a.Kind == billSharing:
		billLine(w, s.sharingLine(mchID, m, sum)...)
	case m.Kind == movePay:
		billLine(w, s.payLine(a, s.world.orders[m.Ref], sum)...)
	default:
		if line := s.refundLine(a, s.world.refunds[m.Ref], sum); line != nil {
			billLine(w, line...)
		}
	}
}

func (sum *billSums) values(a *billAsk) []string {
	switch {
	case a.Kind == billFund:
		return []string{itoa(sum.rows), itoa(sum.in), plainYuan(sum.inSum), itoa(sum.out), plainYuan(sum.outSum)}
	case a.Kind == billSharing:
		return []string{itoa(sum.rows), plainYuan(sum.outSum), plainYuan(sum.inSum)}
	case a.Type == "SUCCESS":
		return []string{itoa(sum.rows), plainYuan(sum.orders), feeYuan(sum.fees), plainYuan(sum.orders)}
	}
	return []string{itoa(sum.rows), plainYuan(sum.orders), plainYuan(sum.refunds), "0.00", feeYuan(sum.fees), plainYuan(sum.orders), plainYuan(sum.refunds)}
}

// tradeFront is what payment and refund lines share. The caller holds mu.
func (s *Server) tradeFront(o *order, at time.Time, state string, settled int64) []string {
	return []string{at.In(shanghai).Format(billTime), o.AppID, o.billOwner(), o.billSub(), o.DeviceID, o.TransactionID, o.OutTradeNo, s.fan(o.AppID, o.Person).OpenID,
		o.TradeType, state, "OTHERS", "CNY", plainYuan(settled), "0.00"}
}

func (s *Server) payLine(a *billAsk, o *order, sum *billSums) []string {
	sum.rows++
	sum.orders += o.Total
	sum.fees += o.Fee
	line := s.tradeFront(o, o.PaidAt, tradeSuccess, o.Total)
	if a.Type != "SUCCESS" {
		line = append(line, "0", "0", "0.00", "0.00", "", "")
	}
	line = append(line, o.Description, o.Attach, feeYuan(o.Fee), rateText(o.Rate), plainYuan(o.Total))
	if a.Type != "SUCCESS" {
		line = append(line, "0.00")
	}
	return append(line, "")
}

// refundLine is nil for a refund that was closed before the bill was made.
func (s *Server) refundLine(a *billAsk, r *refund, sum *billSums) []string {
	_, to, _ := a.dayOf()
	state := r.stateAt(to.Add(billMade))
	if state == refundClosed {
		return nil
	}
	o := s.world.orders[r.Order]
	sum.rows++
	sum.refunds += r.Amount
	sum.fees -= r.FeeBack
	line := s.tradeFront(o, r.Born, o.reversedState(), 0)
	if a.Type == "REFUND" {
		done := ""
		if state == refundSuccess {
			done = r.DoneAt.In(shanghai).Format(billTime)
		}
		line = append(line, r.Born.In(shanghai).Format(billTime), done)
	}
	channel := r.Channel
	if channel == "" {
		channel = "ORIGINAL"
	}
	return append(line, r.ID, r.OutNo, plainYuan(r.Amount), "0.00", channel, state, o.Description, o.Attach, feeYuan(-r.FeeBack), rateText(o.Rate), "0.00", plainYuan(r.Amount), "")
}

// fundLine shows one movement. The caller holds mu.
func (s *Server) fundLine(mchID string, m *movement, sum *billSums) []string {
	sum.rows++
	direction, amount := "收入", m.Amount
	if amount < 0 {
		direction, amount = "支出", -amount
		sum.out++
		sum.outSum += amount
	} else {
		sum.in++
		sum.inSum += amount
	}
	voucher, by := m.No, "system"
	if r := s.world.refunds[m.Ref]; r != nil {
		voucher = "REF" + s.world.orders[r.Order].TransactionID
	}
	if m.Kind == moveRefund || m.Kind == moveTransfer || m.Kind == moveShareOut {
		by = mchID + "API"
	}
	names := moveNames[m.Kind]
	return []string{m.Time.In(shanghai).Format(billTime), m.No, fmt.Sprintf("%s%s%010d", mchID, m.Time.In(shanghai).Format("20060102"), m.Seq), names[0], names[1],
		direction, plainYuan(amount), plainYuan(m.Balance), by, m.Note, voucher}
}

// billOwner and billSub are 商户号 and 特约商户号 of an order's lines.
func (o *order) billOwner() string { return o.notifier() }

func (o *order) billSub() string {
	if o.SpMchID != "" {
		return o.MchID
	}
	return "0"
}

// reversedState is 交易状态 of a line that gives money back: REVOKED when a cashier reversed the payment.
func (o *order) reversedState() string {
	if o.State == "REVOKED" {
		return "REVOKED"
	}
	return tradeRefund
}
