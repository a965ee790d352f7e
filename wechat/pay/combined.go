package pay

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

const combinePath = "/v3/combine-transactions"

// CombinedRequest is an order of any way over several sub-orders that are paid together
// or not at all.
type CombinedRequest struct {
	CombineAppID string     `json:"combine_appid"`                // empty: Config.AppID
	CombineNo    string     `json:"combine_out_trade_no"`         // 6–32 of 0-9A-Za-z_-|*
	SubOrders    []SubOrder `json:"sub_orders"`                   // 2–10 for direct merchants, 2–50 for partners
	Payer        *Payer     `json:"combine_payer_info,omitempty"` // of JSAPI
	Scene        *Scene     `json:"scene_info,omitempty"`
	TimeStart    time.Time  `json:"time_start,omitzero"`
	TimeExpire   time.Time  `json:"time_expire,omitzero"`
	NotifyURL    string     `json:"notify_url"`
}

// SubOrder is one shop's part of a combined order.
type SubOrder struct {
	MchID       string    `json:"mchid"`  // empty: Config.MchID
	Attach      string    `json:"attach"` // required by WeChat Pay, 1–128 characters
	Amount      SubAmount `json:"amount"`
	OutTradeNo  string    `json:"out_trade_no"`
	Description string    `json:"description"` // 1–127 characters; see Text
	GoodsTag    string    `json:"goods_tag,omitempty"`
	Detail      string    `json:"detail,omitempty"`
	SubMchID    string    `json:"sub_mchid,omitempty"`
	SubAppID    string    `json:"sub_appid,omitempty"`
	Settle      *Settle   `json:"settle_info,omitempty"`
}

// SubAmount is the money of a sub-order.
type SubAmount struct {
	Total    int64  `json:"total_amount"` // fen, 1 to 10 000 000 yuan
	Currency string `json:"currency"`     // empty: CNY
}

func (r CombinedRequest) check() error {
	if n := len(r.SubOrders); n < minSubOrders || n > MaxSubOrders {
		return broken("sub_orders are %d, %d–%d are allowed", n, minSubOrders, MaxSubOrders)
	}
	seen := map[string]bool{}
	for _, s := range r.SubOrders {
		if err := s.check(); err != nil {
			return err
		}
		if seen[s.MchID+"/"+s.OutTradeNo] {
			return broken("sub-order %s is listed twice", s.OutTradeNo)
		}
		seen[s.MchID+"/"+s.OutTradeNo] = true
	}
	return first(
		checkFilled("combine_appid", r.CombineAppID),
		checkNo("combine_out_trade_no", r.CombineNo, minTradeNo, maxTradeNo, ""),
		checkNotifyURL(r.NotifyURL, true),
	)
}

func (s SubOrder) check() error {
	if s.Amount.Total > MaxSubTotal {
		return broken("sub-order %s: amount is above 10 000 000 yuan", s.OutTradeNo)
	}
	return first(
		checkTradeNo(s.OutTradeNo),
		checkPositive("sub-order "+s.OutTradeNo+": amount.total_amount", s.Amount.Total),
		checkText("sub-order "+s.OutTradeNo+": description", s.Description, 1, MaxDescription),
		checkText("sub-order "+s.OutTradeNo+": attach", s.Attach, 1, MaxAttach),
	)
}

// CombinedPrepay makes a combined JSAPI order and returns its prepay id for
// PaySign.
func (c *Client) CombinedPrepay(ctx context.Context, r CombinedRequest) (prepayID string, err error) {
	if r.Payer == nil || r.Payer.OpenID == "" {
		return "", broken("combine_payer_info.openid is empty")
	}
	out, err := c.combined(ctx, "/jsapi", r)
	return out.PrepayID, err
}

// CombinedNative is Native for a combined order.
func (c *Client) CombinedNative(ctx context.Context, r CombinedRequest) (codeURL string, err error) {
	out, err := c.combined(ctx, "/native", r)
	return out.CodeURL, err
}

// CombinedH5 is H5 for a combined order.
func (c *Client) CombinedH5(ctx context.Context, r CombinedRequest) (h5URL string, err error) {
	if err := checkH5(r.Scene); err != nil {
		return "", err
	}
	out, err := c.combined(ctx, "/h5", r)
	return out.H5URL, err
}

func (c *Client) combined(ctx context.Context, way string, r CombinedRequest) (prepayAnswer, error) {
	r.CombineAppID = c.appID(r.CombineAppID)
	r.TimeStart, r.TimeExpire = wireTime(r.TimeStart), wireTime(r.TimeExpire)
	subs := make([]SubOrder, len(r.SubOrders))
	for i, s := range r.SubOrders {
		if s.MchID == "" {
			s.MchID = c.cfg.MchID
		}
		if s.Amount.Currency == "" {
			s.Amount.Currency = CNY
		}
		subs[i] = s
	}
	r.SubOrders = subs
	if err := r.check(); err != nil {
		return prepayAnswer{}, err
	}
	in := struct {
		MchID string `json:"combine_mchid"`
		CombinedRequest
	}{c.cfg.MchID, r}
	return c.prepay(ctx, combinePath+way, in)
}

// CombinedTransaction is a combined payment as a query or a notice tells it.
type CombinedTransaction struct {
	CombineAppID string           `json:"combine_appid"`
	CombineMchID string           `json:"combine_mchid"`
	CombineNo    string           `json:"combine_out_trade_no"`
	Scene        Scene            `json:"scene_info"`
	SubOrders    []SubTransaction `json:"sub_orders"`
	Payer        Payer            `json:"combine_payer_info"`
}

// Paid reports that every sub-order is paid.
func (t CombinedTransaction) Paid() bool {
	for _, s := range t.SubOrders {
		if !s.TradeState.Paid() {
			return false
		}
	}
	return len(t.SubOrders) > 0
}

// SubTransaction is the payment of one sub-order. It is refunded by its own
// TransactionID.
type SubTransaction struct {
	MchID         string        `json:"mchid"`
	SubMchID      string        `json:"sub_mchid"`
	SubAppID      string        `json:"sub_appid"`
	SubOpenID     string        `json:"sub_openid"`
	OutTradeNo    string        `json:"out_trade_no"`
	TransactionID string        `json:"transaction_id"`
	TradeType     TradeType     `json:"trade_type"`
	TradeState    TradeState    `json:"trade_state"`
	BankType      string        `json:"bank_type"`
	Attach        string        `json:"attach"`
	Amount        SubPaidAmount `json:"amount"`
	SuccessTime   time.Time     `json:"success_time"` // UTC; zero while unpaid
	Promotions    []Promotion   `json:"promotion_detail"`
}

// SubPaidAmount is the money of a sub-order's payment. Amounts are fen.
type SubPaidAmount struct {
	Total         int64  `json:"total_amount"`
	PayerTotal    int64  `json:"payer_amount"`
	Currency      string `json:"currency"`
	PayerCurrency string `json:"payer_currency"`
}

// UnmarshalJSON reads one element of sub_orders.
func (t *SubTransaction) UnmarshalJSON(b []byte) error {
	type plain SubTransaction
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

// QueryCombined asks for a combined payment by its number. The ordinary queries
// do not know it.
func (c *Client) QueryCombined(ctx context.Context, combineNo string) (CombinedTransaction, error) {
	var t CombinedTransaction
	if err := checkNo("combine_out_trade_no", combineNo, minTradeNo, maxTradeNo, ""); err != nil {
		return t, err
	}
	path := combinePath + "/out-trade-no/" + url.PathEscape(combineNo)
	if err := c.call(ctx, http.MethodGet, path, nil, &t); err != nil {
		return CombinedTransaction{}, err
	}
	if t.CombineNo == "" || len(t.SubOrders) == 0 {
		return CombinedTransaction{}, newError(http.MethodGet, path, http.StatusOK, nil, ErrMalformed)
	}
	return t, nil
}

// SubRef names a sub-order to close.
type SubRef struct {
	MchID      string `json:"mchid"` // empty: Config.MchID
	OutTradeNo string `json:"out_trade_no"`
	SubMchID   string `json:"sub_mchid,omitempty"`
	SubAppID   string `json:"sub_appid,omitempty"`
}

// CloseCombined closes an unpaid combined order. subs must be all of its
// sub-orders. An empty appID is Config.AppID.
func (c *Client) CloseCombined(ctx context.Context, appID, combineNo string, subs []SubRef) error {
	if n := len(subs); n < minSubOrders || n > MaxSubOrders {
		return broken("sub_orders are %d, %d–%d are allowed", n, minSubOrders, MaxSubOrders)
	}
	in := struct {
		AppID string   `json:"combine_appid"`
		Subs  []SubRef `json:"sub_orders"`
	}{c.appID(appID), make([]SubRef, len(subs))}
	for i, s := range subs {
		if s.MchID == "" {
			s.MchID = c.cfg.MchID
		}
		if err := checkTradeNo(s.OutTradeNo); err != nil {
			return err
		}
		in.Subs[i] = s
	}
	err := first(checkFilled("combine_appid", in.AppID),
		checkNo("combine_out_trade_no", combineNo, minTradeNo, maxTradeNo, ""))
	if err != nil {
		return err
	}
	return c.call(ctx, http.MethodPost, combinePath+"/out-trade-no/"+url.PathEscape(combineNo)+"/close", in, nil)
}
