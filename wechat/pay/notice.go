package pay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
)

// MaxNoticeBytes bounds the body of a notice (a combined notice of fifty
// sub-orders with promotions stays below it).
const MaxNoticeBytes = 256 << 10

// EventType is what a notice tells.
type EventType string

// Events of payments and refunds.
const (
	EventPaid           EventType = "TRANSACTION.SUCCESS"
	EventRefundSuccess  EventType = "REFUND.SUCCESS"
	EventRefundAbnormal EventType = "REFUND.ABNORMAL"
	EventRefundClosed   EventType = "REFUND.CLOSED"
)

const (
	originalTransaction = "transaction"
	originalRefund      = "refund"
	encryptedResource   = "encrypt-resource"
)

// Notice is a verified and decrypted notification. At most one of Transaction,
// Combined and Refund is set; none for events of other kinds, whose Plaintext the
// caller reads. WeChat Pay repeats notices and sends them late: keep ID to take
// each once.
type Notice struct {
	ID           string    // EV-…, the same in every repetition
	CreateTime   time.Time // UTC
	Event        EventType
	OriginalType string // transaction, refund, …
	Summary      string
	Serial       string // key that signed it

	Transaction *Transaction
	Combined    *CombinedTransaction
	Refund      *Refund

	Plaintext []byte // decrypted JSON
}

// ReadNotice reads, verifies and decrypts the notification in r.
func (c *Client) ReadNotice(r *http.Request) (*Notice, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxNoticeBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%w: reading the body: %v", ErrMalformed, err)
	}
	return c.ParseNotice(r.Context(), r.Header, body)
}

// ParseNotice verifies and decrypts a notification given its headers and exact
// body. Errors: ErrSignature (with ErrProbe, ErrUnknownSerial), ErrStale,
// ErrDecrypt, ErrMalformed, ErrTooLarge.
func (c *Client) ParseNotice(ctx context.Context, header http.Header, body []byte) (*Notice, error) {
	if len(body) > MaxNoticeBytes {
		return nil, ErrTooLarge
	}
	serial, err := c.verify(ctx, header, body)
	if err != nil {
		return nil, err
	}
	var wire notify.Request
	if err := json.Unmarshal(body, &wire); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	if wire.ID == "" || wire.EventType == "" || wire.Resource == nil {
		return nil, fmt.Errorf("%w: id, event_type or resource is missing", ErrMalformed)
	}
	return c.openNotice(wire, serial)
}

func (c *Client) openNotice(wire notify.Request, serial string) (*Notice, error) {
	res := wire.Resource
	if wire.ResourceType != "" && wire.ResourceType != encryptedResource {
		return nil, fmt.Errorf("%w: resource_type %q is not %s", ErrMalformed, wire.ResourceType, encryptedResource)
	}
	plain, err := sealed{res.Algorithm, res.Nonce, res.AssociatedData, res.Ciphertext}.open(c.cfg.APIv3Key)
	if err != nil {
		return nil, err
	}
	n := &Notice{
		ID: wire.ID, Event: EventType(wire.EventType), OriginalType: res.OriginalType,
		Summary: wire.Summary, Serial: serial, Plaintext: plain,
	}
	if wire.CreateTime != nil {
		n.CreateTime = wire.CreateTime.UTC()
	}
	if err := n.decode(); err != nil {
		return nil, fmt.Errorf("%w: plaintext of %s: %v", ErrMalformed, n.Event, err)
	}
	return n, nil
}

// decode types the plaintext. A notice of an unknown kind is none of its errors.
func (n *Notice) decode() error {
	switch {
	case n.OriginalType == originalTransaction && n.Event == EventPaid:
		return n.decodePaid()
	case n.OriginalType == originalRefund:
		n.Refund = new(Refund)
		if err := json.Unmarshal(n.Plaintext, n.Refund); err != nil {
			return err
		}
		if n.Refund.OutRefundNo == "" || n.Refund.State == "" {
			return errors.New("out_refund_no or refund_status is missing")
		}
	case !json.Valid(n.Plaintext):
		return errors.New("not JSON")
	}
	return nil
}

func (n *Notice) decodePaid() error {
	var kind struct {
		CombineNo string `json:"combine_out_trade_no"`
	}
	if err := json.Unmarshal(n.Plaintext, &kind); err != nil {
		return err
	}
	if kind.CombineNo != "" {
		n.Combined = new(CombinedTransaction)
		if err := json.Unmarshal(n.Plaintext, n.Combined); err != nil {
			return err
		}
		if len(n.Combined.SubOrders) == 0 {
			return errors.New("sub_orders is empty")
		}
		return nil
	}
	n.Transaction = new(Transaction)
	if err := json.Unmarshal(n.Plaintext, n.Transaction); err != nil {
		return err
	}
	if n.Transaction.OutTradeNo == "" || n.Transaction.TradeState == "" {
		return errors.New("out_trade_no or trade_state is missing")
	}
	return nil
}

// Answer answers a notification: 200 SUCCESS for a nil err; otherwise FAIL with a
// status by which WeChat Pay repeats it later. The text of err stays here.
func Answer(w http.ResponseWriter, err error) {
	status, code, message := http.StatusOK, "SUCCESS", "成功"
	switch {
	case err == nil:
	case errors.Is(err, ErrSignature):
		status, code, message = http.StatusUnauthorized, "FAIL", "验签失败"
	case errors.Is(err, ErrStale):
		status, code, message = http.StatusUnauthorized, "FAIL", "时间戳超出范围"
	case errors.Is(err, ErrTooLarge):
		status, code, message = http.StatusRequestEntityTooLarge, "FAIL", "报文过大"
	case errors.Is(err, ErrDecrypt), errors.Is(err, ErrMalformed):
		status, code, message = http.StatusBadRequest, "FAIL", "报文无法解析"
	default:
		status, code, message = http.StatusInternalServerError, "FAIL", "处理失败，请稍后重试"
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"code":%q,"message":%q}`, code, message)
}
