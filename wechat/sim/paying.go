package sim

import (
	"net/http"
	"slices"
	"time"
)

const (
	maxWrong  = 5
	lockedFor = 10 * time.Minute
	maxSheets = 10_000
)

// paySheet is a payment waiting for a person's password.
type paySheet struct {
	id, person, prepay string
	cancelled          bool
	born               time.Time
}

type sheetOrder struct {
	MchID       string `json:"mchid"`
	Merchant    string `json:"merchant"`
	Description string `json:"description"`
	Amount      int64  `json:"amount"`
	OutTradeNo  string `json:"out_trade_no"`
}

type sheetView struct {
	PayID    string       `json:"pay_id"`
	State    string       `json:"state"` // open, paid, cancelled, expired, closed
	Title    string       `json:"title"`
	Total    int64        `json:"total"`
	Balance  int64        `json:"balance"`
	Combined bool         `json:"combined"`
	Expires  time.Time    `json:"expires"`
	Orders   []sheetOrder `json:"orders"`
}

// Payment is what came of a payment. Amounts are fen.
type Payment struct {
	State     string    `json:"state"` // paid
	Total     int64     `json:"total"`
	Balance   int64     `json:"balance"`
	Time      time.Time `json:"time"`
	BillIDs   []string  `json:"bill_ids"`
	Merchants []string  `json:"merchants"`
}

// openSheet shows a pay sheet to a person. The caller holds mu.
func (s *Server) openSheet(who, prepayID string) *paySheet {
	now := s.Clock.Now()
	if len(s.world.sheets) >= maxSheets {
		for id, sheet := range s.world.sheets {
			if now.Sub(sheet.born) > prepayLife {
				delete(s.world.sheets, id)
			}
		}
	}
	sheet := &paySheet{id: "ps_" + s.text(20), person: who, prepay: prepayID, born: now}
	s.world.sheets[sheet.id] = sheet
	return sheet
}

// ordersOf lists what a prepay pays for.
func (s *Server) ordersOf(p *prepay) []*order {
	if p.Combine == "" {
		return []*order{s.world.orders[p.Order]}
	}
	k := s.world.combines[p.Combine]
	list := make([]*order, len(k.Orders))
	for i, key := range k.Orders {
		list[i] = s.world.orders[key]
	}
	return list
}

// sheet finds a person's pay sheet with its prepay (nil when that is gone). The caller holds mu.
func (s *Server) sheet(who, payID string) (*paySheet, *prepay, error) {
	sheet := s.world.sheets[payID]
	if sheet == nil || sheet.person != who || s.world.people[who] == nil {
		return nil, nil, refuse(http.StatusNotFound, "pay.missing", "支付已失效，请返回商户页面重新支付", "this payment is not open on this phone")
	}
	return sheet, s.world.prepays[sheet.prepay], nil
}

// openState tells open, or why a prepay cannot be paid any more.
func (s *Server) openState(p *prepay) string {
	if p == nil {
		return "expired"
	}
	now := s.Clock.Now()
	for _, o := range s.ordersOf(p) {
		if o.settle(now) {
			s.touch("order", o.key())
		}
		switch {
		case o.State == tradeSuccess || o.State == tradeRefund:
			return "paid"
		case o.State != tradeNotPaid && o.State != tradePaying:
			return "closed"
		case now.After(o.Expires):
			return "expired"
		}
	}
	if !now.Before(p.Until) {
		return "expired"
	}
	return "open"
}

func (s *Server) paySheetView(who, payID string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sheet, p, err := s.sheet(who, payID)
	if err != nil {
		return nil, err
	}
	v := sheetView{PayID: payID, State: s.openState(p), Balance: s.world.people[who].Balance, Orders: []sheetOrder{}}
	if v.State == "open" && sheet.cancelled {
		v.State = "cancelled"
	}
	if p == nil {
		return v, nil
	}
	v.Expires, v.Combined = p.Until.In(shanghai), p.Combine != ""
	for _, o := range s.ordersOf(p) {
		if o.Expires.Before(v.Expires) {
			v.Expires = o.Expires.In(shanghai)
		}
		v.Total += o.Total
		v.Orders = append(v.Orders, sheetOrder{o.MchID, s.world.merchants[o.MchID].Name, o.Description, o.Total, o.OutTradeNo})
	}
	if v.Title = v.Orders[0].Merchant; v.Combined {
		v.Title = s.combinedTitle(p, v.Orders)
	}
	return v, nil
}

// combinedTitle is who asks for a combined payment: the merchant that made it, or its account when that merchant is one of the paid,
// so that no payee's name hides the others.
func (s *Server) combinedTitle(p *prepay, orders []sheetOrder) string {
	if slices.ContainsFunc(orders, func(o sheetOrder) bool { return o.MchID == p.MchID }) && s.world.accounts[p.AppID] != nil {
		return s.world.accounts[p.AppID].Name
	}
	return s.world.merchants[p.MchID].Name
}

func (s *Server) payCancel(who, payID string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sheet, p, err := s.sheet(who, payID)
	if err != nil {
		return nil, err
	}
	sheet.cancelled = true
	s.refusePassword(p)
	return map[string]string{"state": "cancelled"}, nil
}

func (s *Server) payConfirm(who, payID, password string) (any, error) {
	s.mu.Lock()
	sheet, _, err := s.sheet(who, payID)
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return s.Pay(who, sheet.prepay, password)
}

// Pay pays a prepay from a person's wallet, as if they had entered the password on their phone.
// All orders of a combined payment are paid, or none.
func (s *Server) Pay(personID, prepayID, password string) (Payment, error) {
	if err := s.init(); err != nil {
		return Payment{}, err
	}
	s.mu.Lock()
	done, n, err := s.pay(personID, prepayID, password)
	s.unlockDurably()
	if err == nil {
		s.startNotice(n)
	}
	return done, err
}

func (s *Server) pay(who, prepayID, password string) (Payment, *notice, error) {
	buyer, p := s.world.people[who], s.world.prepays[prepayID]
	if buyer == nil {
		return Payment{}, nil, missing("person " + who)
	}
	if err := payable(s.openState(p)); err != nil {
		return Payment{}, nil, err
	}
	if f := s.fan(p.AppID, who); p.OpenID != "" && p.OpenID != f.OpenID {
		return Payment{}, nil, refuse(http.StatusForbidden, "pay.person", "下单账号与支付账号不一致，请核实后再支付", "the order belongs to another openid")
	}
	orders := s.ordersOf(p)
	if err := payableBy(orders, who); err != nil {
		return Payment{}, nil, err
	}
	if err := s.checkPassword(buyer, password); err != nil {
		return Payment{}, nil, err
	}
	done := Payment{State: "paid", Time: s.Clock.Now()}
	for _, o := range orders {
		done.Total += o.Total
	}
	if buyer.Balance < done.Total {
		return Payment{}, nil, refuse(http.StatusConflict, "wallet.short", "零钱余额不足", "the wallet holds less than the price")
	}
	for _, o := range orders {
		s.settlePaid(buyer, o, done.Time)
		done.BillIDs = append(done.BillIDs, o.Bill)
		if name := s.world.merchants[o.MchID].Name; !slices.Contains(done.Merchants, name) {
			done.Merchants = append(done.Merchants, name)
		}
	}
	done.Balance = buyer.Balance
	s.touch("person", who)
	s.openWindow(s.world.accounts[p.AppID], s.fan(p.AppID, who), "paid")
	s.paidMessage(buyer, p, orders, done)
	return done, s.paidNotice(p, orders), nil
}

// payableBy refuses a code order of somebody else, and what may not be paid from the wallet.
func payableBy(orders []*order, who string) error {
	for _, o := range orders {
		if o.Payer != "" && o.Payer != who {
			return refuse(http.StatusForbidden, "pay.person", "下单账号与支付账号不一致，请核实后再支付", "another person's payment code was scanned")
		}
		if contains(o.LimitPay, "no_balance") {
			return refuse(http.StatusConflict, "pay.method", "该商户不支持使用零钱支付，请更换支付方式", "the order says limit_pay no_balance, and the wallet is the only way to pay here")
		}
	}
	return nil
}

func payable(state string) error {
	switch state {
	case "open":
		return nil
	case "paid":
		return refuse(http.StatusConflict, "pay.paid", "该订单已支付", "already paid")
	case "closed":
		return refuse(http.StatusGone, "pay.closed", "该订单已关闭", "the order is closed")
	default:
		return refuse(http.StatusGone, "pay.expired", "订单已过期，请返回商户页面重新下单", "the prepay or the order has expired")
	}
}

func (s *Server) checkPassword(buyer *person, password string) error {
	now := s.Clock.Now()
	if now.Before(buyer.LockedUntil) {
		return refuse(http.StatusConflict, "pay.locked", "支付密码输入错误过多，钱包已锁定，请 10 分钟后重试", "too many wrong passwords; the wallet is locked for 10 minutes")
	}
	if password == buyer.PayPassword {
		if buyer.Wrong != 0 {
			buyer.Wrong = 0
			s.touch("person", buyer.ID)
		}
		return nil
	}
	buyer.Wrong++
	left := maxWrong - buyer.Wrong
	if left <= 0 {
		buyer.Wrong, buyer.LockedUntil = 0, now.Add(lockedFor)
	}
	s.touch("person", buyer.ID)
	wrong := refuse(http.StatusConflict, "pay.password", "支付密码错误，请重试", "wrong pay password")
	wrong.Left = &left
	return wrong
}

// settlePaid moves the money of one order.
func (s *Server) settlePaid(buyer *person, o *order, now time.Time) {
	o.State, o.PaidAt, o.Person, o.TransactionID = tradeSuccess, now, buyer.ID, "4200"+s.digits(24)
	s.world.paid[o.TransactionID] = o
	buyer.Balance -= o.Total
	m := s.world.merchants[o.MchID]
	s.bookPayment(o)
	o.Bill = s.addBill(buyer, &bill{Kind: "payment", Title: m.Name, Amount: o.Total, Direction: "out", Order: o.key()}).ID
	s.touch("order", o.key())
	s.miniOrderPaid(o)
}

func (s *Server) paidNotice(p *prepay, orders []*order) *notice {
	if p.Combine == "" {
		o := orders[0]
		if o.NotifyURL == "" {
			return nil // payment codes have no notice
		}
		if o.V2 != "" {
			return s.v2PaidNotice(o)
		}
		return s.newNotice(o.notifier(), o.NotifyURL, o.KeyMode, "TRANSACTION.SUCCESS", "transaction", "支付成功", s.orderObject(o))
	}
	k := s.world.combines[p.Combine]
	return s.newNotice(k.MchID, k.NotifyURL, k.KeyMode, "TRANSACTION.SUCCESS", "transaction", "支付成功", s.combineView(k))
}
