package pay

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
)

// CodePayRequest charges the buyer whose payment code (付款码) the till has read.
// A repetition under the same OutTradeNo must be the same in every field.
type CodePayRequest struct {
	AppID       string   `json:"-"` // empty: Config.AppID
	Description string   `json:"description"`
	OutTradeNo  string   `json:"out_trade_no"`
	Attach      string   `json:"attach,omitempty"`
	GoodsTag    string   `json:"goods_tag,omitempty"`
	AuthCode    string   `json:"-"` // 18 digits, beginning with 10 to 15
	Amount      Amount   `json:"amount"`
	Scene       CodeSite `json:"scene_info"`
	Settle      *Settle  `json:"settle_info,omitempty"`
}

// CodeSite is where the till stands.
type CodeSite struct {
	DeviceID string    `json:"device_id,omitempty"`
	DeviceIP string    `json:"device_ip,omitempty"`
	Store    CodeStore `json:"store_info"`
}

// CodeStore is the shop of a till, by WeChat Pay's number or the merchant's.
type CodeStore struct {
	ID    string `json:"id,omitempty"`
	OutID string `json:"out_id,omitempty"`
}

var authCodeForm = regexp.MustCompile(`^1[0-5][0-9]{16}$`)

// ValidAuthCode tells whether a text has the form of a payment code.
func ValidAuthCode(s string) bool { return authCodeForm.MatchString(s) }

func (r CodePayRequest) check() error {
	if !ValidAuthCode(r.AuthCode) {
		return broken("payer.auth_code is not 18 digits beginning with 10–15")
	}
	return first(
		checkFilled("appid", r.AppID),
		checkText("description", r.Description, 1, MaxDescription),
		checkTradeNo(r.OutTradeNo),
		checkText("attach", r.Attach, 0, MaxAttach),
		checkPositive("amount.total", r.Amount.Total),
	)
}

type codeWire struct {
	party
	Payer struct {
		AuthCode string `json:"auth_code"`
	} `json:"payer"`
	CodePayRequest
}

// CodePay charges a payment code. IsUserPaying and IsOutcomeUnknown mean: query
// every five to ten seconds and reverse after 30 to 45. No notice follows.
func (c *Client) CodePay(ctx context.Context, r CodePayRequest) (Transaction, error) {
	r.AppID = c.appID(r.AppID)
	if r.Amount.Currency == "" {
		r.Amount.Currency = CNY
	}
	if err := r.check(); err != nil {
		return Transaction{}, err
	}
	in := codeWire{party: c.party(r.AppID), CodePayRequest: r}
	in.Payer.AuthCode = r.AuthCode
	var t Transaction
	path := c.transactions() + "/codepay"
	if err := c.call(ctx, http.MethodPost, path, in, &t); err != nil {
		return Transaction{}, err
	}
	if t.OutTradeNo == "" || t.TradeState == "" {
		return Transaction{}, newError(http.MethodPost, path, http.StatusOK, nil, ErrMalformed)
	}
	return t, nil
}

// Reverse (撤销) takes a payment by code back: unpaid it is closed for good, paid
// the money returns. Repeat it until the answer is certain; at least fifteen
// seconds after the charge, within seven days. An empty appID is Config.AppID.
func (c *Client) Reverse(ctx context.Context, appID, outTradeNo string) error {
	if err := checkTradeNo(outTradeNo); err != nil {
		return err
	}
	return c.call(ctx, http.MethodPost, c.transactions()+"/out-trade-no/"+url.PathEscape(outTradeNo)+"/reverse", c.party(c.appID(appID)), nil)
}
