package pay

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

const refundsPath = "/v3/refund/domestic/refunds"

// RefundRequest asks for a refund. Repeat it with the same OutRefundNo and the
// same values until its outcome is known; another number would refund twice.
type RefundRequest struct {
	TransactionID string              `json:"transaction_id,omitempty"` // this or OutTradeNo
	OutTradeNo    string              `json:"out_trade_no,omitempty"`
	OutRefundNo   string              `json:"out_refund_no"`    // 1–64 of 0-9A-Za-z_-|*@, unique per merchant
	Reason        string              `json:"reason,omitempty"` // at most 80 characters, shown to the buyer
	NotifyURL     string              `json:"notify_url,omitempty"`
	FundsAccount  FundsAccount        `json:"funds_account,omitempty"` // empty, or FundsAvailable
	Amount        RefundAmountRequest `json:"amount"`
	Goods         []RefundGoods       `json:"goods_detail,omitempty"`
}

// RefundAmountRequest is the money of a refund request.
type RefundAmountRequest struct {
	Refund   int64        `json:"refund"`   // fen, 1 … Total
	Total    int64        `json:"total"`    // fen, of the original order
	Currency string       `json:"currency"` // empty: CNY
	From     []RefundFrom `json:"from,omitempty"`
}

// RefundFrom takes a part of a refund from one account.
type RefundFrom struct {
	Account FundsAccount `json:"account"` // FundsAvailable or FundsUnavailable
	Amount  int64        `json:"amount"`  // fen
}

// RefundGoods is one line of refunded goods.
type RefundGoods struct {
	MerchantGoodsID  string `json:"merchant_goods_id"`
	WechatPayGoodsID string `json:"wechatpay_goods_id,omitempty"`
	GoodsName        string `json:"goods_name,omitempty"`
	UnitPrice        int64  `json:"unit_price"`    // fen
	RefundAmount     int64  `json:"refund_amount"` // fen
	RefundQuantity   int64  `json:"refund_quantity"`
}

func (r RefundRequest) check() error {
	if (r.TransactionID == "") == (r.OutTradeNo == "") {
		return broken("a refund names either transaction_id or out_trade_no")
	}
	if r.Amount.Refund > r.Amount.Total {
		return broken("amount.refund %d is above amount.total %d fen", r.Amount.Refund, r.Amount.Total)
	}
	if r.OutTradeNo != "" {
		if err := checkTradeNo(r.OutTradeNo); err != nil {
			return err
		}
	}
	return first(
		checkRefundNo(r.OutRefundNo),
		checkText("reason", r.Reason, 0, MaxRefundReason),
		checkNotifyURL(r.NotifyURL, false),
		checkPositive("amount.refund", r.Amount.Refund),
	)
}

// RefundAmount is the money of a refund. Amounts are fen; a notice fills the
// first four.
type RefundAmount struct {
	Total            int64        `json:"total"`
	Refund           int64        `json:"refund"`
	PayerTotal       int64        `json:"payer_total"`
	PayerRefund      int64        `json:"payer_refund"` // what the buyer gets back
	SettlementRefund int64        `json:"settlement_refund"`
	SettlementTotal  int64        `json:"settlement_total"`
	DiscountRefund   int64        `json:"discount_refund"`
	RefundFee        int64        `json:"refund_fee"`
	Currency         string       `json:"currency"`
	From             []RefundFrom `json:"from"`
}

// Refund is a refund as an answer, a query or a notice tells it.
type Refund struct {
	RefundID            string        `json:"refund_id"`
	OutRefundNo         string        `json:"out_refund_no"`
	TransactionID       string        `json:"transaction_id"`
	OutTradeNo          string        `json:"out_trade_no"`
	MchID               string        `json:"mchid"`                 // in notices only
	Channel             RefundChannel `json:"channel"`               // not in notices
	UserReceivedAccount string        `json:"user_received_account"` // e.g. 招商银行信用卡0403
	SuccessTime         time.Time     `json:"success_time"`          // UTC; zero until State is RefundSuccess
	CreateTime          time.Time     `json:"create_time"`           // UTC; not in notices
	State               RefundState   `json:"status"`
	FundsAccount        FundsAccount  `json:"funds_account"`
	Amount              RefundAmount  `json:"amount"`
}

// UnmarshalJSON reads an answer (status) or a notice (refund_status).
func (r *Refund) UnmarshalJSON(b []byte) error {
	type plain Refund
	wire := struct {
		*plain
		SuccessTime looseTime   `json:"success_time"`
		CreateTime  looseTime   `json:"create_time"`
		NoticeState RefundState `json:"refund_status"`
	}{plain: (*plain)(r)}
	if err := json.Unmarshal(b, &wire); err != nil {
		return err
	}
	r.SuccessTime, r.CreateTime = wire.SuccessTime.Time, wire.CreateTime.Time
	if wire.NoticeState != "" {
		r.State = wire.NoticeState
	}
	return nil
}

// CreateRefund asks for a refund. The answer is mostly RefundProcessing; the
// outcome follows in a notice, and QueryRefund tells it too. At most 50 partial
// refunds per payment, within a year.
func (c *Client) CreateRefund(ctx context.Context, r RefundRequest) (Refund, error) {
	if r.Amount.Currency == "" {
		r.Amount.Currency = CNY
	}
	if err := r.check(); err != nil {
		return Refund{}, err
	}
	return c.refund(ctx, http.MethodPost, refundsPath, struct {
		SubMchID string `json:"sub_mchid,omitempty"`
		RefundRequest
	}{c.sub, r})
}

// QueryRefund asks for a refund by the merchant's number. One that WeChat Pay
// never saw is IsRefundNotExist.
func (c *Client) QueryRefund(ctx context.Context, outRefundNo string) (Refund, error) {
	if err := checkRefundNo(outRefundNo); err != nil {
		return Refund{}, err
	}
	path := refundsPath + "/" + url.PathEscape(outRefundNo)
	if c.sub != "" {
		path += "?sub_mchid=" + url.QueryEscape(c.sub)
	}
	return c.refund(ctx, http.MethodGet, path, nil)
}

func (c *Client) refund(ctx context.Context, method, path string, in any) (Refund, error) {
	var out Refund
	if err := c.call(ctx, method, path, in, &out); err != nil {
		return Refund{}, err
	}
	if out.OutRefundNo == "" || out.State == "" {
		return Refund{}, newError(method, path, http.StatusOK, nil, ErrMalformed)
	}
	return out, nil
}
