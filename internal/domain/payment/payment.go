// Package payment owns payments (a buyer's payment at a provider, for one order
// or for the orders of several shops), order_payments (the part that pays one
// order) and refunds. It knows a provider only through Provider.
package payment

import (
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

// State is where a payment or its part stands.
type State string

// States of payments and order_payments.
const (
	Open   State = "open"
	Paid   State = "paid"
	Closed State = "closed" // at the provider, too
	Late   State = "late"   // of a part only: paid when its order wanted no money any more; sent back
)

// States is the table of a payment's life.
func States() []states.Transition {
	return []states.Transition{
		{From: "", To: string(Open), On: "buyer starts to pay"},
		{From: string(Open), To: string(Paid), On: "provider confirms"},
		{From: string(Open), To: string(Closed), On: "closed at the provider"},
		{From: string(Closed), To: string(Paid), On: "money arrives all the same"},
	}
}

// PartStates is the table of the life of a payment's part.
func PartStates() []states.Transition {
	return []states.Transition{
		{From: "", To: string(Open), On: "buyer starts to pay"},
		{From: string(Open), To: string(Paid), On: "provider confirms, order was pending"},
		{From: string(Open), To: string(Late), On: "provider confirms, order was not pending"},
		{From: string(Open), To: string(Closed), On: "closed at the provider"},
		{From: string(Closed), To: string(Paid), On: "money arrives all the same, order was pending"},
		{From: string(Closed), To: string(Late), On: "money arrives all the same, order was not pending"},
	}
}

// Kind is how many orders a payment pays.
type Kind string

// Kinds of payments.
const (
	Single   Kind = "single"
	Combined Kind = "combined" // 合单
)

// Names of providers.
const (
	Wechat = "wechat"
	Alipay = "alipay"
)

// Errors of this room.
var (
	ErrPaymentNotFound = errs.New(errs.NotFound, "payment.not_found", "没有找到这笔支付", "There is no such payment")
	ErrRefundNotFound  = errs.New(errs.NotFound, "refund.not_found", "没有找到这笔退款", "There is no such refund")
	ErrRefundTooMuch   = errs.New(errs.Conflict, "refund.too_much", "退款金额超过可退金额", "The refund exceeds what was paid")
)

// Payment is a row of payments.
type Payment struct {
	BuyerID, ID, CheckoutID id.ID
	Provider                string
	Way                     Way
	Kind                    Kind
	TradeNo                 string
	Amount                  money.Fen
	State                   State
	AppID, OpenID           string
	ClientIP                string // of the browser that pays by H5
	PrepayID                string // the provider's handle: prepay id, code_url or address, by Way
	PrepayExpiresAt         time.Time
	PayDeadline             time.Time
	NextCheckAt             time.Time
	Checks                  int64
	PaidAt                  time.Time
	CreatedAt, UpdatedAt    time.Time
}

// Part is a row of order_payments.
type Part struct {
	ShopID, OrderID, PaymentID, BuyerID id.ID
	Provider, MchID, TradeNo            string
	SubMchID                            string // "": MchID itself receives
	TransactionID                       string
	Amount, Refunded                    money.Fen
	State                               State
	PaidAt                              time.Time
}

const columns = `buyer_id, id, checkout_id, provider, way, client_ip, kind, trade_no, amount, state, app_id, open_id, prepay_id, prepay_expires_at,
	pay_deadline, next_check_at, checks, paid_at, created_at, updated_at`

func scan(r db.Row) (p Payment, err error) {
	return p, r.Scan(&p.BuyerID, &p.ID, &p.CheckoutID, &p.Provider, &p.Way, &p.ClientIP, &p.Kind, &p.TradeNo, &p.Amount, &p.State, &p.AppID, &p.OpenID, &p.PrepayID,
		&p.PrepayExpiresAt, &p.PayDeadline, &p.NextCheckAt, &p.Checks, &p.PaidAt, &p.CreatedAt, &p.UpdatedAt)
}

// Put writes a new open payment.
func Put(tx *db.Tx, p Payment) error {
	_, err := tx.Exec(`INSERT INTO payments (buyer_id, id, checkout_id, provider, kind, trade_no, amount, state, app_id, open_id, pay_deadline, next_check_at, created_at, updated_at, way, client_ip)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, $11, $12, $12, $13, $14)`,
		p.BuyerID, p.ID, p.CheckoutID, p.Provider, string(p.Kind), p.TradeNo, p.Amount, p.AppID, p.OpenID, p.PayDeadline, p.NextCheckAt, p.CreatedAt, string(p.Way), p.ClientIP)
	return err
}

// PutPart writes the open part of a payment for one order.
func PutPart(tx *db.Tx, p Part) error {
	_, err := tx.Exec(`INSERT INTO order_payments (shop_id, order_id, payment_id, buyer_id, provider, mch_id, trade_no, amount, state, sub_mch_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9)`, p.ShopID, p.OrderID, p.PaymentID, p.BuyerID, p.Provider, p.MchID, p.TradeNo, p.Amount, p.SubMchID)
	return err
}

// Get reads a payment of a buyer.
func Get(tx *db.Tx, buyer, payment id.ID) (Payment, error) { return get(tx, buyer, payment, "") }

// Lock reads a payment for change; rival transactions wait.
func Lock(tx *db.Tx, buyer, payment id.ID) (Payment, error) {
	return get(tx, buyer, payment, tx.ForUpdate())
}

func get(tx *db.Tx, buyer, payment id.ID, lock string) (Payment, error) {
	p, err := scan(tx.QueryRow(`SELECT `+columns+` FROM payments WHERE buyer_id = $1 AND id = $2`+lock, buyer, payment))
	if errors.Is(err, db.ErrNoRow) {
		return p, ErrPaymentNotFound
	}
	return p, err
}

// OfCheckout lists the payments of a checkout, newest first, at most 100.
func OfCheckout(tx *db.Tx, buyer, checkout id.ID) ([]Payment, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM payments WHERE buyer_id = $1 AND checkout_id = $2 ORDER BY id DESC LIMIT 100`, buyer, checkout)
}

const partColumns = `shop_id, order_id, payment_id, buyer_id, provider, mch_id, sub_mch_id, trade_no, transaction_id, amount, refunded, state, paid_at`

func scanPart(r db.Row) (p Part, err error) {
	return p, r.Scan(&p.ShopID, &p.OrderID, &p.PaymentID, &p.BuyerID, &p.Provider, &p.MchID, &p.SubMchID, &p.TradeNo, &p.TransactionID, &p.Amount, &p.Refunded, &p.State, &p.PaidAt)
}

// GetPart reads the part of a payment that pays an order.
func GetPart(tx *db.Tx, shop, order, payment id.ID) (Part, error) {
	p, err := scanPart(tx.QueryRow(`SELECT `+partColumns+` FROM order_payments WHERE shop_id = $1 AND order_id = $2 AND payment_id = $3`, shop, order, payment))
	if errors.Is(err, db.ErrNoRow) {
		return p, ErrPaymentNotFound
	}
	return p, err
}

// PartsOfOrder lists the parts of all payments of an order, newest first.
func PartsOfOrder(tx *db.Tx, shop, order id.ID) ([]Part, error) {
	return db.All(tx, scanPart, `SELECT `+partColumns+` FROM order_payments WHERE shop_id = $1 AND order_id = $2 ORDER BY payment_id DESC LIMIT 100`, shop, order)
}

// SetPrepay stores the provider's prepay id while the payment is open; false
// when it is open no more.
func SetPrepay(tx *db.Tx, p Payment, prepayID string, expires, nextCheck, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE payments SET prepay_id = $3, prepay_expires_at = $4, next_check_at = $5, updated_at = $6 WHERE buyer_id = $1 AND id = $2 AND state = 'open'`,
		p.BuyerID, p.ID, prepayID, expires, nextCheck, now))
}

// Settle moves an open or closed payment to paid; false when it was paid before.
func Settle(tx *db.Tx, p Payment, paidAt, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE payments SET state = 'paid', paid_at = $3, next_check_at = NULL, updated_at = $4 WHERE buyer_id = $1 AND id = $2 AND state IN ('open', 'closed')`,
		p.BuyerID, p.ID, paidAt, now))
}

// SettlePart moves a part to paid or late; false when it was so before.
func SettlePart(tx *db.Tx, p Part, to State, transaction string, paidAt time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE order_payments SET state = $4, transaction_id = $5, paid_at = $6 WHERE shop_id = $1 AND order_id = $2 AND payment_id = $3 AND state IN ('open', 'closed')`,
		p.ShopID, p.OrderID, p.PaymentID, string(to), transaction, paidAt))
}

// Close moves an open payment to closed; false when it was not open.
func Close(tx *db.Tx, p Payment, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE payments SET state = 'closed', next_check_at = NULL, updated_at = $3 WHERE buyer_id = $1 AND id = $2 AND state = 'open'`, p.BuyerID, p.ID, now))
}

// ClosePart moves an open part to closed; false when it was not open.
func ClosePart(tx *db.Tx, shop, order, payment id.ID) (bool, error) {
	return changed(tx.Exec(`UPDATE order_payments SET state = 'closed' WHERE shop_id = $1 AND order_id = $2 AND payment_id = $3 AND state = 'open'`, shop, order, payment))
}

// Asked notes that the provider was asked and when to ask again.
func Asked(tx *db.Tx, p Payment, next, now time.Time) error {
	_, err := tx.Exec(`UPDATE payments SET checks = checks + 1, next_check_at = $3, updated_at = $4 WHERE buyer_id = $1 AND id = $2 AND state = 'open'`, p.BuyerID, p.ID, next, now)
	return err
}

// Due names open payments of all buyers that are to be asked about, oldest first.
func Due(tx *db.Tx, now time.Time, limit int) ([]Payment, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM payments WHERE next_check_at <= $1 ORDER BY next_check_at LIMIT $2`, now, limit)
}

// AskSoon lets the sweeper ask at once about every open payment a buyer may have
// paid meanwhile; it returns how many there are.
func AskSoon(tx *db.Tx, now time.Time) (int64, error) {
	return tx.Exec(`UPDATE payments SET next_check_at = $1 WHERE state = 'open' AND prepay_id <> '' AND next_check_at > $1`, now)
}

func changed(n int64, err error) (bool, error) { return n == 1, err }
