package pay

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

const transactionsPath = "/v3/pay/transactions"

// Amount is the money of a payment order.
type Amount struct {
	Total    int64  `json:"total"` // fen, at least 1
	Currency string `json:"currency,omitempty"`
}

// GoodsDetail is one line of goods, for promotions on single goods.
type GoodsDetail struct {
	MerchantGoodsID  string `json:"merchant_goods_id"`
	WechatPayGoodsID string `json:"wechatpay_goods_id,omitempty"`
	GoodsName        string `json:"goods_name,omitempty"`
	Quantity         int64  `json:"quantity"`
	UnitPrice        int64  `json:"unit_price"` // fen
}

// Detail is the goods of an order.
type Detail struct {
	CostPrice   int64         `json:"cost_price,omitempty"` // fen
	InvoiceID   string        `json:"invoice_id,omitempty"`
	GoodsDetail []GoodsDetail `json:"goods_detail,omitempty"`
}

// Settle says how an order is settled.
type Settle struct {
	ProfitSharing bool `json:"profit_sharing"`
}

// PrepayRequest is an order of any way to pay. An order repeated under the same
// OutTradeNo must be the same in every field. Payer belongs to JSAPI only; H5
// needs Scene with the buyer's address and H5Info.
type PrepayRequest struct {
	AppID         string    `json:"-"`                    // empty: Config.AppID
	Description   string    `json:"description"`          // 1–127 characters; see Text
	OutTradeNo    string    `json:"out_trade_no"`         // 6–32 of 0-9A-Za-z_-|*, unique per merchant
	TimeExpire    time.Time `json:"time_expire,omitzero"` // last moment of payment, 1 min – 90 d ahead
	Attach        string    `json:"attach,omitempty"`     // at most 128 characters, comes back in queries and notices
	NotifyURL     string    `json:"notify_url"`           // public, without query
	GoodsTag      string    `json:"goods_tag,omitempty"`
	LimitPay      []string  `json:"limit_pay,omitempty"` // e.g. no_credit
	SupportFapiao bool      `json:"support_fapiao,omitempty"`
	Amount        Amount    `json:"amount"`
	Payer         Payer     `json:"-"` // of JSAPI
	Detail        *Detail   `json:"detail,omitempty"`
	Scene         *Scene    `json:"scene_info,omitempty"`
	Settle        *Settle   `json:"settle_info,omitempty"`
}

func (r PrepayRequest) check() error {
	return first(
		checkFilled("appid", r.AppID),
		checkText("description", r.Description, 1, MaxDescription),
		checkTradeNo(r.OutTradeNo),
		checkText("attach", r.Attach, 0, MaxAttach),
		checkNotifyURL(r.NotifyURL, true),
		checkPositive("amount.total", r.Amount.Total),
	)
}

type prepayAnswer struct {
	PrepayID string `json:"prepay_id"`
	CodeURL  string `json:"code_url"`
	H5URL    string `json:"h5_url"`
}

// Prepay makes a JSAPI order and returns its prepay id, valid for two hours, for
// PaySign.
func (c *Client) Prepay(ctx context.Context, r PrepayRequest) (prepayID string, err error) {
	if err := checkFilled("payer.openid", r.Payer.OpenID); err != nil {
		return "", err
	}
	out, err := c.order(ctx, "/jsapi", r)
	return out.PrepayID, err
}

// Native makes an order that is paid by scanning: the address is drawn as a QR
// code, valid for two hours; the one of an earlier call is dead then.
func (c *Client) Native(ctx context.Context, r PrepayRequest) (codeURL string, err error) {
	out, err := c.order(ctx, "/native", r)
	return out.CodeURL, err
}

// H5 makes an order that a phone's browser outside WeChat pays: the browser goes
// to the address (with redirect_url added) from a page of the merchant's, within
// five minutes.
func (c *Client) H5(ctx context.Context, r PrepayRequest) (h5URL string, err error) {
	if err := checkH5(r.Scene); err != nil {
		return "", err
	}
	out, err := c.order(ctx, "/h5", r)
	return out.H5URL, err
}

// party is who orders: the direct merchant, or the provider and its sub-merchant.
type party struct {
	AppID    string `json:"appid,omitempty"`
	MchID    string `json:"mchid,omitempty"`
	SpAppID  string `json:"sp_appid,omitempty"`
	SpMchID  string `json:"sp_mchid,omitempty"`
	SubMchID string `json:"sub_mchid,omitempty"`
}

func (c *Client) party(appID string) party {
	if c.sub == "" {
		return party{AppID: appID, MchID: c.cfg.MchID}
	}
	return party{SpAppID: appID, SpMchID: c.cfg.MchID, SubMchID: c.sub}
}

// orderWire is an order as it travels; what stands in it hides what the request
// has under the same name.
type orderWire struct {
	party
	Payer any `json:"payer,omitempty"`
	PrepayRequest
}

type spPayer struct {
	OpenID string `json:"sp_openid"`
}

func (c *Client) order(ctx context.Context, way string, r PrepayRequest) (prepayAnswer, error) {
	r.AppID = c.appID(r.AppID)
	r.TimeExpire = wireTime(r.TimeExpire)
	if err := r.check(); err != nil {
		return prepayAnswer{}, err
	}
	in := orderWire{party: c.party(r.AppID), PrepayRequest: r}
	switch {
	case way != "/jsapi":
	case c.sub != "":
		in.Payer = spPayer{r.Payer.OpenID}
	default:
		in.Payer = r.Payer
	}
	return c.prepay(ctx, c.transactions()+way, in)
}

func (c *Client) prepay(ctx context.Context, path string, in any) (prepayAnswer, error) {
	var out prepayAnswer
	if err := c.call(ctx, http.MethodPost, path, in, &out); err != nil {
		return prepayAnswer{}, err
	}
	if out == (prepayAnswer{}) {
		return out, newError(http.MethodPost, path, http.StatusOK, nil, ErrMalformed)
	}
	return out, nil
}

func (c *Client) appID(own string) string {
	if own == "" {
		return c.cfg.AppID
	}
	return own
}

// PaidAmount is the money of a payment. Amounts are fen.
type PaidAmount struct {
	Total         int64  `json:"total"`
	PayerTotal    int64  `json:"payer_total"` // what the buyer paid after discounts
	Currency      string `json:"currency"`
	PayerCurrency string `json:"payer_currency"`
}

// Transaction is a payment as a query or a notice tells it. Of an unpaid one
// only the numbers, the state and Amount.Total are filled.
type Transaction struct {
	AppID          string      `json:"appid"`
	MchID          string      `json:"mchid"`
	SpMchID        string      `json:"sp_mchid"`  // of a sub-merchant's payment, instead of MchID
	SubMchID       string      `json:"sub_mchid"` // of a sub-merchant's payment
	OutTradeNo     string      `json:"out_trade_no"`
	TransactionID  string      `json:"transaction_id"`
	TradeType      TradeType   `json:"trade_type"`
	TradeState     TradeState  `json:"trade_state"`
	TradeStateDesc string      `json:"trade_state_desc"`
	BankType       string      `json:"bank_type"`
	Attach         string      `json:"attach"`
	SuccessTime    time.Time   `json:"success_time"` // UTC; zero while unpaid
	Payer          Payer       `json:"payer"`
	Amount         PaidAmount  `json:"amount"`
	Scene          Scene       `json:"scene_info"`
	Promotions     []Promotion `json:"promotion_detail"`
}

// UnmarshalJSON reads WeChat Pay's order object.
func (t *Transaction) UnmarshalJSON(b []byte) error {
	type plain Transaction
	wire := struct {
		*plain
		SuccessTime looseTime `json:"success_time"`
	}{plain: (*plain)(t)}
	if err := json.Unmarshal(b, &wire); err != nil {
		return err
	}
	t.SuccessTime = wire.SuccessTime.Time
	return nil
}

// QueryByOutTradeNo asks for a payment by the merchant's number. An order that
// WeChat Pay never saw is IsOrderNotExist.
func (c *Client) QueryByOutTradeNo(ctx context.Context, outTradeNo string) (Transaction, error) {
	if err := checkTradeNo(outTradeNo); err != nil {
		return Transaction{}, err
	}
	return c.query(ctx, c.transactions()+"/out-trade-no/"+url.PathEscape(outTradeNo))
}

// QueryByTransactionID asks for a payment by WeChat Pay's number.
func (c *Client) QueryByTransactionID(ctx context.Context, transactionID string) (Transaction, error) {
	if err := checkID("transaction_id", transactionID); err != nil {
		return Transaction{}, err
	}
	return c.query(ctx, c.transactions()+"/id/"+url.PathEscape(transactionID))
}

func (c *Client) query(ctx context.Context, path string) (Transaction, error) {
	var t Transaction
	if err := c.call(ctx, http.MethodGet, path+c.asker(), nil, &t); err != nil {
		return Transaction{}, err
	}
	if t.OutTradeNo == "" || t.TradeState == "" {
		return Transaction{}, newError(http.MethodGet, path, http.StatusOK, nil, ErrMalformed)
	}
	return t, nil
}

// Close closes an unpaid order for good; closing twice is no error. A paid one is
// IsPaid.
func (c *Client) Close(ctx context.Context, outTradeNo string) error {
	if err := checkTradeNo(outTradeNo); err != nil {
		return err
	}
	return c.call(ctx, http.MethodPost, c.transactions()+"/out-trade-no/"+url.PathEscape(outTradeNo)+"/close", c.party(""), nil)
}
