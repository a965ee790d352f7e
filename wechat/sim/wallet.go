package sim

import (
	"fmt"
	"strings"
	"time"
)

// bill is one line of a person's wallet. Amount is fen.
type bill struct {
	ID        string    `json:"id"`
	Seq       int64     `json:"seq"`
	Kind      string    `json:"kind"` // payment, refund, top_up
	Title     string    `json:"title"`
	Amount    int64     `json:"amount"`
	Direction string    `json:"direction"` // in, out
	Time      time.Time `json:"time"`
	Order     string    `json:"order,omitempty"`
	Refund    string    `json:"refund,omitempty"`
}

// addBill writes a line and tells the phone. The caller holds mu.
func (s *Server) addBill(p *person, b *bill) *bill {
	b.Seq = s.next()
	b.ID, b.Time = "b"+itoa(b.Seq), s.Clock.Now()
	s.world.personBills[p.ID] = append(s.world.personBills[p.ID], b)
	s.touch("bill", p.ID+"|"+b.ID)
	s.hub.send(p.ID, "payment", map[string]any{"bill_id": b.ID, "amount": b.Amount, "direction": b.Direction, "balance": p.Balance})
	return b
}

// bill finds a person's bill; nil when there is none.
func (w *world) bill(who, id string) *bill {
	bills := w.personBills[who]
	for i := len(bills) - 1; i >= 0; i-- {
		if bills[i].ID == id {
			return bills[i]
		}
	}
	return nil
}

// TopUp puts amount fen into a person's wallet and gives the new balance.
func (s *Server) TopUp(personID string, amount int64) (int64, error) {
	if err := s.init(); err != nil {
		return 0, err
	}
	if amount < 1 || amount > 100_000_000 {
		return 0, bad("wallet.amount", "充值金额需在 0.01 元到 100 万元之间", "amount must be 1 to 100000000 fen")
	}
	s.mu.Lock()
	defer s.unlockDurably()
	p := s.world.people[personID]
	if p == nil {
		return 0, missing("person " + personID)
	}
	if p.Balance > maxWallet-amount {
		return 0, bad("wallet.full", "零钱余额已达上限", "the wallet is full")
	}
	p.Balance += amount
	s.touch("person", p.ID)
	s.addBill(p, &bill{Kind: "top_up", Title: "零钱充值", Amount: amount, Direction: "in"})
	return p.Balance, nil
}

// Yuan writes fen for people: ￥88.00.
func yuan(fen int64) string { return fmt.Sprintf("￥%d.%02d", fen/100, fen%100) }

func (s *Server) paidMessage(buyer *person, p *prepay, orders []*order, done Payment) {
	lines := []line{{Label: "付款金额", Value: yuan(done.Total)}, {Label: "收款方", Value: strings.Join(done.Merchants, "、")}}
	for _, o := range orders {
		lines = append(lines, line{Label: "商品", Value: o.Description})
	}
	lines = append(lines, line{Label: "支付方式", Value: "零钱"})
	s.deliver(buyer.ID, payChat, "service", "pay", content{Type: "pay", Title: "付款成功", Amount: done.Total, Direction: "out", Lines: lines, BillID: done.BillIDs[0]})
}

// creditRefund moves refunded money back. The caller holds mu.
func (s *Server) creditRefund(r *refund, o *order) {
	buyer, m := s.world.people[o.Person], s.world.merchants[o.MchID]
	buyer.Balance += r.Amount
	s.touch("person", buyer.ID)
	b := s.addBill(buyer, &bill{Kind: "refund", Title: m.Name + "-退款", Amount: r.Amount, Direction: "in", Order: o.key(), Refund: r.key()})
	lines := []line{{Label: "退款金额", Value: yuan(r.Amount)}, {Label: "商户名称", Value: m.Name}, {Label: "商品", Value: o.Description}, {Label: "退款方式", Value: "退回零钱"}}
	if r.Reason != "" {
		lines = append(lines, line{Label: "退款原因", Value: r.Reason})
	}
	s.deliver(buyer.ID, payChat, "service", "pay", content{Type: "pay", Title: "退款到账", Amount: r.Amount, Direction: "in", Lines: lines, BillID: b.ID})
}

type billView struct {
	ID        string    `json:"id"`
	Seq       int64     `json:"seq"`
	Kind      string    `json:"kind"`
	Title     string    `json:"title"`
	Amount    int64     `json:"amount"`
	Direction string    `json:"direction"`
	State     string    `json:"state"`
	Time      time.Time `json:"time"`
	Refunded  int64     `json:"refunded"`
}

func (s *Server) billView(b *bill) billView {
	v := billView{ID: b.ID, Seq: b.Seq, Kind: b.Kind, Title: b.Title, Amount: b.Amount, Direction: b.Direction, Time: b.Time.In(shanghai)}
	switch b.Kind {
	case "refund", "share", "transfer":
		v.State = "已入账"
	case "top_up":
		v.State = "已存入零钱"
	default:
		v.State = "支付成功"
		for _, key := range s.world.orders[b.Order].Refunds {
			if r := s.world.refunds[key]; r.State == "SUCCESS" {
				v.Refunded += r.Amount
			}
		}
		if v.Refunded == b.Amount {
			v.State = "已全额退款"
		} else if v.Refunded > 0 {
			v.State = "已退款(" + yuan(v.Refunded) + ")"
		}
	}
	return v
}

type billRefund struct {
	Amount      int64     `json:"amount"`
	Time        time.Time `json:"time"`
	OutRefundNo string    `json:"out_refund_no"`
	Reason      string    `json:"reason,omitempty"`
	State       string    `json:"state"` // PROCESSING, SUCCESS, ABNORMAL, CLOSED
}

type billDetail struct {
	billView
	Description   string       `json:"description"`
	Merchant      string       `json:"merchant_full_name"`
	OutTradeNo    string       `json:"out_trade_no"`
	TransactionID string       `json:"transaction_id"`
	Combine       string       `json:"combine_out_trade_no,omitempty"`
	Method        string       `json:"method"`
	Refunds       []billRefund `json:"refunds"`
	AccountID     string       `json:"account_id,omitempty"`
	Refundable    int64        `json:"refundable,omitempty"`   // what is left of a payment
	ComplaintID   string       `json:"complaint_id,omitempty"` // the newest about it
}

func (s *Server) billDetail(b *bill) billDetail {
	v := billDetail{billView: s.billView(b), Method: "零钱", Refunds: []billRefund{}}
	o := s.world.orders[b.Order]
	if o == nil {
		v.Description = b.Title
		if tr := s.world.transfers.bills[b.Refund]; b.Kind == "transfer" && tr != nil {
			v.Description, v.Merchant, v.OutTradeNo, v.TransactionID = tr.shown(), b.Title, tr.OutNo, tr.ID
		}
		return v
	}
	v.Description, v.Merchant, v.OutTradeNo, v.TransactionID, v.AccountID = o.Description, s.world.merchants[o.MchID].Name, o.OutTradeNo, o.TransactionID, o.AppID
	if k := s.world.combines[o.Combine]; k != nil {
		v.Combine = k.OutTradeNo
	}
	for _, key := range o.Refunds {
		if r := s.world.refunds[key]; b.Kind == "payment" || b.Refund == key {
			at := r.Born
			if r.State != refundProcessing {
				at = r.DoneAt
			}
			v.Refunds = append(v.Refunds, billRefund{r.Amount, at.In(shanghai), r.OutNo, r.Reason, r.State})
		}
	}
	if b.Kind == "payment" {
		v.Refundable = o.Total - o.Refunded
		if x := s.world.complaints.byOrder[o.key()]; x != nil {
			v.ComplaintID = x.ID
		}
	}
	return v
}

// creditPerson puts money from a merchant into a wallet, with a bill and a message of 微信支付. The caller holds mu.
func (s *Server) creditPerson(who string, amount int64, b *bill, title, note string) *bill {
	p := s.world.people[who]
	p.Balance += amount
	s.touch("person", who)
	b.Amount, b.Direction = amount, "in"
	b = s.addBill(p, b)
	lines := []line{{Label: "到账金额", Value: yuan(amount)}, {Label: "付款方", Value: strings.TrimSuffix(b.Title, "-分账")}}
	if note != "" {
		lines = append(lines, line{Label: "说明", Value: note})
	}
	s.deliver(who, payChat, "service", "pay", content{Type: "pay", Title: title, Amount: amount, Direction: "in", Lines: lines, BillID: b.ID})
	return b
}
