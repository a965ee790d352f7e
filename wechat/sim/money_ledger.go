package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Accounts of a merchant (资金账户).
const (
	accountBasic     = "BASIC"     // 基本账户: what is sold and what is refunded
	accountOperation = "OPERATION" // 运营账户: red packets and transfers
	accountFees      = "FEES"      // 手续费账户
)

var accountKinds = []string{accountBasic, accountOperation, accountFees}

// What moves a merchant's money.
const (
	movePay          = "pay"
	moveFee          = "fee"
	moveRefund       = "refund"
	moveFeeBack      = "fee_back"
	moveRefundBack   = "refund_back"
	moveShareOut     = "share_out"
	moveShareIn      = "share_in"
	moveReturnIn     = "share_return_in"
	moveReturnOut    = "share_return_out"
	moveTransfer     = "transfer"
	moveTransferBack = "transfer_back"
	moveTopUp        = "top_up"
	moveWithdraw     = "withdraw"
	moveOpening      = "opening"
)

// moveNames are 业务名称 and 业务类型 of the fund flow bill.
var moveNames = map[string][2]string{
	movePay: {"交易", "交易"}, moveFee: {"交易", "扣除交易手续费"}, moveRefund: {"退款", "退款"}, moveFeeBack: {"退款", "退还交易手续费"},
	moveRefundBack: {"退款", "退款失败退回"}, moveShareOut: {"分账", "分账支出"}, moveShareIn: {"分账", "分账收入"}, moveReturnIn: {"分账回退", "分账回退收入"},
	moveReturnOut: {"分账回退", "分账回退支出"}, moveTransfer: {"商家转账", "商家转账"}, moveTransferBack: {"商家转账", "商家转账退回"},
	moveTopUp: {"充值", "充值"}, moveWithdraw: {"提现", "提现"}, moveOpening: {"期初余额", "期初余额"},
}

// movement is one line of a merchant's account: written once, never changed. Amounts are fen, Amount is signed.
type movement struct {
	Seq     int64     `json:"seq"`
	Time    time.Time `json:"time"`
	Kind    string    `json:"kind"`
	Amount  int64     `json:"amount"`
	Balance int64     `json:"balance"`        // of the account after it
	Ref     string    `json:"ref,omitempty"`  // key of the order or refund it belongs to
	No      string    `json:"no,omitempty"`   // 微信支付业务单号
	Note    string    `json:"note,omitempty"` // 备注
}

// flow is the journal of one account, oldest first.
type flow struct {
	moves []*movement
}

// find gives where a movement stands, or would stand.
func (f *flow) find(seq int64) (int, bool) {
	return sort.Find(len(f.moves), func(i int) int { return int(seq - f.moves[i].Seq) })
}

func (f *flow) balance() int64 {
	if f == nil || len(f.moves) == 0 {
		return 0
	}
	return f.moves[len(f.moves)-1].Balance
}

// moneyWorld is the books of all merchants; Server.mu guards it.
type moneyWorld struct {
	flows     map[string]*flow          // mchid|account
	settings  map[string]*MoneySettings // mchid
	people    map[string]*PersonMoney   // person
	refundIDs map[string]*refund
}

func newMoneyWorld() moneyWorld {
	return moneyWorld{flows: map[string]*flow{}, settings: map[string]*MoneySettings{}, people: map[string]*PersonMoney{}, refundIDs: map[string]*refund{}}
}

func (w *moneyWorld) tables() []table {
	return []table{w.movementTable(), mapTable("mch_money", w.settings), mapTable("person_money", w.people)}
}

// movementTable keeps movements in their accounts; an id is "mchid|account#seq".
func (w *moneyWorld) movementTable() table {
	split := func(id string) (string, int64) {
		key, number, _ := strings.Cut(id, "#")
		seq, _ := strconv.ParseInt(number, 10, 64)
		return key, seq
	}
	return table{
		kind: "movement",
		get: func(id string) any {
			key, seq := split(id)
			f := w.flows[key]
			if f == nil {
				return nil
			}
			if i, ok := f.find(seq); ok {
				return f.moves[i]
			}
			return nil
		},
		put: func(id string, raw []byte) error {
			key, seq := split(id)
			m := new(movement)
			if err := json.Unmarshal(raw, m); err != nil {
				return err
			}
			f := w.flows[key]
			if f == nil {
				f = &flow{}
				w.flows[key] = f
			}
			if i, found := f.find(seq); found {
				f.moves[i] = m
			} else {
				f.moves = slices.Insert(f.moves, i, m)
			}
			return nil
		},
		each: func(visit func(string, any) error) error {
			for key, f := range w.flows {
				for _, m := range f.moves {
					if err := visit(key+"#"+itoa(m.Seq), m); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

// link rebuilds what is found by other keys. A merchant whose money was kept before there were books begins with what it had.
func (w *moneyWorld) link(s *Server) {
	for _, r := range s.world.refunds {
		w.refundIDs[r.ID] = r
	}
	for id, m := range s.world.merchants {
		if m.Balance != 0 && w.flows[id+"|"+accountBasic] == nil {
			s.book(id, accountBasic, movement{Kind: moveOpening, Amount: m.Balance})
		}
		m.Balance = 0
	}
}

// book writes a movement of a merchant's account. The caller holds mu and has made sure that the money is there.
func (s *Server) book(mchID, account string, m movement) *movement {
	if m.Amount == 0 && m.Kind != moveRefund { // a refund whose fee outweighs it moves nothing and still is one
		return nil
	}
	key := mchID + "|" + account
	f := s.world.money.flows[key]
	if f == nil {
		f = &flow{}
		s.world.money.flows[key] = f
	}
	m.Seq, m.Time, m.Balance = s.next(), s.Clock.Now(), f.balance()+m.Amount
	f.moves = append(f.moves, &m)
	s.touch("movement", key+"#"+itoa(m.Seq))
	return &m
}

// balance is what stands in a merchant's account, in fen. The caller holds mu.
func (s *Server) balance(mchID, account string) int64 {
	return s.world.money.flows[mchID+"|"+account].balance()
}

// available is what a merchant may use of its basic account: what waits to be split is frozen. The caller holds mu.
func (s *Server) available(mchID string) int64 {
	return s.balance(mchID, accountBasic) - s.frozen(mchID)
}

// affords tells whether a merchant may give amount fen out of an account. The caller holds mu.
func (s *Server) affords(mchID, account string, amount int64) bool {
	if s.moneySettings(mchID).Overdraft {
		return true
	}
	if account == accountBasic {
		return s.available(mchID) >= amount
	}
	return s.balance(mchID, account) >= amount
}

// feeOf is the fee on an amount: a rate in hundredths of a percent, rounded half up to the fen, as the bills show it.
func feeOf(amount, rate int64) int64 { return (amount*rate + 5000) / 10000 }

// bookPayment writes a paid order into the merchant's books. The caller holds mu.
func (s *Server) bookPayment(o *order) {
	set := s.moneySettings(o.MchID)
	o.Rate = set.FeeRate
	o.Fee = feeOf(o.Total, o.Rate)
	s.book(o.MchID, accountBasic, movement{Kind: movePay, Amount: o.Total, Ref: o.key(), No: o.TransactionID})
	o.FeeAccount = accountBasic
	if set.FeeAccount == accountFees && s.balance(o.MchID, accountFees) >= o.Fee {
		o.FeeAccount = accountFees
	}
	s.book(o.MchID, o.FeeAccount, movement{Kind: moveFee, Amount: -o.Fee, Ref: o.key(), No: o.TransactionID})
	s.holdForSharing(o)
}

// feeBack is the part of an order's fee that comes back with a refund: in proportion, so that the last one brings the rest.
func (o *order) feeBack(amount int64) int64 {
	if o.Total == 0 {
		return 0
	}
	return (o.Fee*(o.Refunded+amount)*2+o.Total)/(o.Total*2) - o.FeeBack
}

// refundCost is what a refund takes out of the basic account.
func (s *Server) refundCost(o *order, amount int64) int64 {
	if o.FeeAccount == accountFees {
		return amount
	}
	return amount - o.feeBack(amount)
}

// bookRefund takes the money of an accepted refund out of the merchant's account; the fee comes back at the same moment. The caller
// holds mu and calls it before o.Refunded is raised.
func (s *Server) bookRefund(r *refund, o *order) {
	r.FeeBack = o.feeBack(r.Amount)
	cost := s.refundCost(o, r.Amount)
	note := fmt.Sprintf("退款总金额%s元;含手续费%s元", plainYuan(r.Amount), plainYuan(r.FeeBack))
	s.book(o.MchID, accountBasic, movement{Kind: moveRefund, Amount: -cost, Ref: r.key(), No: r.ID, Note: note})
	if o.FeeAccount == accountFees {
		s.book(o.MchID, accountFees, movement{Kind: moveFeeBack, Amount: r.FeeBack, Ref: r.key(), No: r.ID})
	}
	o.FeeBack += r.FeeBack
	o.Refunded += r.Amount
	s.releaseForRefund(o, cost)
}

// bookRefundClosed gives the money of a refund that came to nothing back to the merchant. The caller holds mu.
func (s *Server) bookRefundClosed(r *refund, o *order) {
	cost := r.Amount - r.FeeBack
	if o.FeeAccount == accountFees {
		cost = r.Amount
		s.book(o.MchID, accountFees, movement{Kind: moveFee, Amount: -r.FeeBack, Ref: r.key(), No: r.ID})
	}
	s.book(o.MchID, accountBasic, movement{Kind: moveRefundBack, Amount: cost, Ref: r.key(), No: r.ID})
	o.FeeBack -= r.FeeBack
	o.Refunded -= r.Amount
}

// plainYuan writes fen as the bills do: 88.00, -0.05.
func plainYuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}
