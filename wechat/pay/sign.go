package pay

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

// authorization is the Authorization header for one request. uri is path and
// query exactly as sent.
func (c *Client) authorization(method, uri string, timestamp int64, nonce string, body []byte) (string, error) {
	message := fmt.Sprintf(consts.SignatureMessageFormat, method, uri, timestamp, nonce, body)
	signed, err := c.signer.Sign(context.Background(), message)
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	return fmt.Sprintf(consts.HeaderAuthorizationFormat, "WECHATPAY2-"+c.signer.Algorithm(),
		signed.MchID, nonce, timestamp, signed.CertificateSerialNo, signed.Signature), nil
}

// JSAPIParams is what WeixinJSBridge's getBrandWCPayRequest takes.
type JSAPIParams struct {
	AppID     string `json:"appId"`
	TimeStamp string `json:"timeStamp"` // Unix seconds
	NonceStr  string `json:"nonceStr"`
	Package   string `json:"package"`
	SignType  string `json:"signType"`
	PaySign   string `json:"paySign"`
}

// ChooseWXPayParams is what wx.chooseWXPay takes: the same values, but a lower-case
// timestamp and no appId.
type ChooseWXPayParams struct {
	Timestamp string `json:"timestamp"` // Unix seconds
	NonceStr  string `json:"nonceStr"`
	Package   string `json:"package"`
	SignType  string `json:"signType"`
	PaySign   string `json:"paySign"`
}

// AppParams is what the app SDK takes.
type AppParams struct {
	AppID        string `json:"appId"`
	PartnerID    string `json:"partnerId"`
	PrepayID     string `json:"prepayId"`
	PackageValue string `json:"packageValue"`
	NonceStr     string `json:"nonceStr"`
	TimeStamp    string `json:"timeStamp"` // Unix seconds
	Sign         string `json:"sign"`
}

// ChooseWXPay renames the parameters for wx.chooseWXPay.
func (p JSAPIParams) ChooseWXPay() ChooseWXPayParams {
	return ChooseWXPayParams{p.TimeStamp, p.NonceStr, p.Package, p.SignType, p.PaySign}
}

// PaySign signs a prepay id for the page that starts the payment, with
// Config.AppID. No network call is made.
func (c *Client) PaySign(prepayID string) (JSAPIParams, error) {
	return c.PaySignFor(c.cfg.AppID, prepayID)
}

// PaySignFor is PaySign for the AppID of the prepay request.
func (c *Client) PaySignFor(appID, prepayID string) (JSAPIParams, error) {
	if appID == "" || prepayID == "" {
		return JSAPIParams{}, fmt.Errorf("%w: PaySign needs an AppID and a prepay id", ErrRequest)
	}
	nonce, err := c.nonce()
	if err != nil {
		return JSAPIParams{}, err
	}
	return c.jsapiParams(appID, prepayID, c.cfg.Now().Unix(), nonce)
}

func (c *Client) jsapiParams(appID, prepayID string, timestamp int64, nonce string) (JSAPIParams, error) {
	p := JSAPIParams{
		AppID: appID, TimeStamp: strconv.FormatInt(timestamp, 10), NonceStr: nonce,
		Package: "prepay_id=" + prepayID, SignType: "RSA",
	}
	var err error
	p.PaySign, err = c.signLines(p.AppID, p.TimeStamp, p.NonceStr, p.Package)
	return p, err
}

// AppSign signs a prepay id for a mobile app's SDK, with Config.AppID.
func (c *Client) AppSign(prepayID string) (AppParams, error) {
	if c.cfg.AppID == "" || prepayID == "" {
		return AppParams{}, fmt.Errorf("%w: AppSign needs an AppID and a prepay id", ErrRequest)
	}
	nonce, err := c.nonce()
	if err != nil {
		return AppParams{}, err
	}
	return c.appParams(c.cfg.AppID, prepayID, c.cfg.Now().Unix(), nonce)
}

func (c *Client) appParams(appID, prepayID string, timestamp int64, nonce string) (AppParams, error) {
	p := AppParams{
		AppID: appID, PartnerID: c.cfg.MchID, PrepayID: prepayID, PackageValue: "Sign=WXPay",
		NonceStr: nonce, TimeStamp: strconv.FormatInt(timestamp, 10),
	}
	var err error
	p.Sign, err = c.signLines(p.AppID, p.TimeStamp, p.NonceStr, p.PrepayID)
	return p, err
}

func (c *Client) signLines(lines ...string) (string, error) {
	message := ""
	for _, l := range lines {
		message += l + "\n"
	}
	signature, err := utils.SignSHA256WithRSA(message, c.cfg.PrivateKey)
	if err != nil {
		return "", fmt.Errorf("pay: signing: %w", err)
	}
	return signature, nil
}

// nonce is 32 random letters and digits.
func (c *Client) nonce() (string, error) {
	b := make([]byte, utils.NonceLength)
	if _, err := io.ReadFull(c.cfg.Rand, b); err != nil {
		return "", fmt.Errorf("pay: reading random bytes: %w", err)
	}
	for i, v := range b {
		b[i] = utils.NonceSymbols[int(v)%len(utils.NonceSymbols)]
	}
	return string(b), nil
}
