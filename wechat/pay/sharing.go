package pay

import (
	"context"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // WeChat Pay's field encryption is RSA-OAEP with SHA-1
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
)

const sharingPath = "/v3/profitsharing"

// ReceiverType is what a receiver of a share is.
type ReceiverType string

// Types of receivers.
const (
	ReceiverMerchant ReceiverType = "MERCHANT_ID"
	ReceiverPerson   ReceiverType = "PERSONAL_OPENID"
)

// ReceiverRequest adds a receiver; adding it again is fine.
type ReceiverRequest struct {
	SubMchID string       `json:"sub_mchid,omitempty"`
	AppID    string       `json:"appid"` // empty: Config.AppID
	Type     ReceiverType `json:"type"`
	Account  string       `json:"account"`
	Name     string       `json:"name,omitempty"` // full name of a merchant; encrypted on the way
	Relation string       `json:"relation_type"`  // e.g. SERVICE_PROVIDER, PARTNER
}

// AddReceiver makes somebody a receiver of shares.
func (c *Client) AddReceiver(ctx context.Context, r ReceiverRequest) error {
	r.AppID = c.appID(r.AppID)
	if err := first(checkFilled("appid", r.AppID), checkFilled("account", r.Account), checkFilled("relation_type", r.Relation)); err != nil {
		return err
	}
	path := sharingPath + "/receivers/add"
	if r.Name != "" {
		sealed, err := c.encrypt(ctx, r.Name)
		if err != nil {
			return newError(http.MethodPost, path, 0, nil, notSent{err})
		}
		r.Name = sealed
	}
	return c.call(ctx, http.MethodPost, path, r, nil)
}

// encrypt seals a field for WeChat Pay with the key that call names as the one we
// verify with.
func (c *Client) encrypt(ctx context.Context, plain string) (string, error) {
	key, err := c.keys.sealWith(ctx)
	if err != nil {
		return "", err
	}
	sealed, err := rsa.EncryptOAEP(sha1.New(), c.cfg.Rand, key, []byte(plain), nil) //nolint:gosec // see the import
	return base64.StdEncoding.EncodeToString(sealed), err
}

// Share is what one receiver gets of an order.
type Share struct {
	Type        ReceiverType `json:"type"`
	Account     string       `json:"account"`
	Amount      int64        `json:"amount"`      // fen
	Description string       `json:"description"` // at most 80 characters
}

// SharingRequest splits the frozen money of a paid order. Repeat it with the same
// OutOrderNo and the same values until its outcome is known.
type SharingRequest struct {
	SubMchID      string  `json:"sub_mchid,omitempty"`
	AppID         string  `json:"appid"` // empty: Config.AppID
	TransactionID string  `json:"transaction_id"`
	OutOrderNo    string  `json:"out_order_no"` // 1–64 of 0-9A-Za-z_-|*@
	Receivers     []Share `json:"receivers"`
	Unfreeze      bool    `json:"unfreeze_unsplit"` // what is left is the merchant's, nothing can be split any more
}

// UnfreezeRequest gives a merchant all that is frozen of an order.
type UnfreezeRequest struct {
	SubMchID      string `json:"sub_mchid,omitempty"`
	TransactionID string `json:"transaction_id"`
	OutOrderNo    string `json:"out_order_no"`
	Description   string `json:"description"`
}

// Results of a share and of a return.
const (
	SharePending = "PENDING"
	ShareSuccess = "SUCCESS"
	ShareClosed  = "CLOSED"

	SharingProcessing = "PROCESSING"
	SharingFinished   = "FINISHED"

	ReturnSuccess = "SUCCESS"
	ReturnFailed  = "FAILED"
)

// Sharing is a split as an answer or a query tells it. Finished does not mean that
// every receiver got his share: look at each result.
type Sharing struct {
	TransactionID string        `json:"transaction_id"`
	OutOrderNo    string        `json:"out_order_no"`
	OrderID       string        `json:"order_id"`
	State         string        `json:"state"` // SharingProcessing or SharingFinished
	Receivers     []ShareResult `json:"receivers"`
}

// ShareResult is what became of one share.
type ShareResult struct {
	Type       ReceiverType `json:"type"`
	Account    string       `json:"account"`
	Amount     int64        `json:"amount"`
	Result     string       `json:"result"`
	FailReason string       `json:"fail_reason"`
}

// SplitOrder splits the money of an order.
func (c *Client) SplitOrder(ctx context.Context, r SharingRequest) (Sharing, error) {
	r.AppID = c.appID(r.AppID)
	if err := first(checkID("transaction_id", r.TransactionID), checkRefundNo(r.OutOrderNo)); err != nil {
		return Sharing{}, err
	}
	return c.sharing(ctx, http.MethodPost, sharingPath+"/orders", r)
}

// Unfreeze ends the splitting of an order.
func (c *Client) Unfreeze(ctx context.Context, r UnfreezeRequest) (Sharing, error) {
	if err := first(checkID("transaction_id", r.TransactionID), checkRefundNo(r.OutOrderNo), checkText("description", r.Description, 1, MaxRefundReason)); err != nil {
		return Sharing{}, err
	}
	return c.sharing(ctx, http.MethodPost, sharingPath+"/orders/unfreeze", r)
}

// QuerySharing asks what became of a split or an unfreezing.
func (c *Client) QuerySharing(ctx context.Context, subMchID, transactionID, outOrderNo string) (Sharing, error) {
	if err := first(checkID("transaction_id", transactionID), checkRefundNo(outOrderNo)); err != nil {
		return Sharing{}, err
	}
	q := url.Values{"transaction_id": {transactionID}}
	if subMchID != "" {
		q.Set("sub_mchid", subMchID)
	}
	return c.sharing(ctx, http.MethodGet, sharingPath+"/orders/"+url.PathEscape(outOrderNo)+"?"+q.Encode(), nil)
}

func (c *Client) sharing(ctx context.Context, method, path string, in any) (Sharing, error) {
	var out Sharing
	if err := c.call(ctx, method, path, in, &out); err != nil {
		return out, err
	}
	if out.OutOrderNo == "" || out.State == "" {
		return out, newError(method, path, http.StatusOK, nil, ErrMalformed)
	}
	return out, nil
}

// ReturnRequest takes a merchant's share back, so that it can be refunded.
type ReturnRequest struct {
	SubMchID    string `json:"sub_mchid,omitempty"`
	OutOrderNo  string `json:"out_order_no"` // of the split
	OutReturnNo string `json:"out_return_no"`
	ReturnMchID string `json:"return_mchid"`
	Amount      int64  `json:"amount"` // fen
	Description string `json:"description"`
}

// ShareReturn is a return as an answer or a query tells it.
type ShareReturn struct {
	OutReturnNo string `json:"out_return_no"`
	ReturnID    string `json:"return_id"`
	Amount      int64  `json:"amount"`
	Result      string `json:"result"` // SharingProcessing, ReturnSuccess or ReturnFailed
	FailReason  string `json:"fail_reason"`
}

// ReturnShare takes a share back. Repeat it under the same OutReturnNo.
func (c *Client) ReturnShare(ctx context.Context, r ReturnRequest) (ShareReturn, error) {
	if err := first(checkRefundNo(r.OutOrderNo), checkRefundNo(r.OutReturnNo), checkFilled("return_mchid", r.ReturnMchID), checkPositive("amount", r.Amount)); err != nil {
		return ShareReturn{}, err
	}
	return c.shareReturn(ctx, http.MethodPost, sharingPath+"/return-orders", r)
}

// QueryShareReturn asks what became of a return.
func (c *Client) QueryShareReturn(ctx context.Context, subMchID, outOrderNo, outReturnNo string) (ShareReturn, error) {
	if err := first(checkRefundNo(outOrderNo), checkRefundNo(outReturnNo)); err != nil {
		return ShareReturn{}, err
	}
	q := url.Values{"out_order_no": {outOrderNo}}
	if subMchID != "" {
		q.Set("sub_mchid", subMchID)
	}
	return c.shareReturn(ctx, http.MethodGet, sharingPath+"/return-orders/"+url.PathEscape(outReturnNo)+"?"+q.Encode(), nil)
}

func (c *Client) shareReturn(ctx context.Context, method, path string, in any) (ShareReturn, error) {
	var out ShareReturn
	if err := c.call(ctx, method, path, in, &out); err != nil {
		return out, err
	}
	if out.OutReturnNo == "" || out.Result == "" {
		return out, newError(method, path, http.StatusOK, nil, ErrMalformed)
	}
	return out, nil
}

// errNoKey says that there is nothing to seal a field with.
var errNoKey = errors.New("pay: no RSA key of WeChat Pay to encrypt with")

// sealWith is the key of WeChat Pay under the serial that acceptSerial names.
func (k *keyRing) sealWith(ctx context.Context) (*rsa.PublicKey, error) {
	if k.sealer != nil {
		return k.sealer, nil
	}
	if err := k.ensure(ctx); err != nil {
		return nil, err
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	cert := k.certs[k.newest]
	if cert == nil {
		return nil, errNoKey
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errNoKey
	}
	return key, nil
}
