package pay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
)

const (
	signatureWindow     = consts.FiveMinute * time.Second
	signatureTypeHeader = "Wechatpay-Signature-Type"
	signatureTypeRSA    = "WECHATPAY2-SHA256-RSA2048"
	probePrefix         = "WECHATPAY/SIGNTEST/"
	maxHeaderValue      = 1024 // bytes of one Wechatpay-* value
)

// stamp holds the Wechatpay-* headers of a signed message.
type stamp struct {
	timestamp int64
	nonce     string
	serial    string
	signature string
}

// readStamp takes the headers apart and checks all that needs no key.
func readStamp(header http.Header, now time.Time) (stamp, error) {
	var s stamp
	values := [4]string{}
	for i, name := range [4]string{
		consts.WechatPayTimestamp, consts.WechatPayNonce, consts.WechatPaySerial, consts.WechatPaySignature,
	} {
		values[i] = strings.TrimSpace(header.Get(name))
		if values[i] == "" {
			return s, fmt.Errorf("%w: header %s is missing", ErrSignature, name)
		}
		if len(values[i]) > maxHeaderValue {
			return s, fmt.Errorf("%w: header %s is too long", ErrMalformed, name)
		}
	}
	if kind := header.Get(signatureTypeHeader); kind != "" && kind != signatureTypeRSA {
		return s, fmt.Errorf("%w: signature type %q is not supported", ErrSignature, kind)
	}
	timestamp, err := strconv.ParseInt(values[0], 10, 64)
	if err != nil {
		return s, fmt.Errorf("%w: header %s is not a number", ErrMalformed, consts.WechatPayTimestamp)
	}
	s = stamp{timestamp: timestamp, nonce: values[1], serial: values[2], signature: values[3]}
	if strings.HasPrefix(s.signature, probePrefix) {
		return s, ErrProbe
	}
	if d := now.Sub(time.Unix(timestamp, 0)); d >= signatureWindow || d <= -signatureWindow {
		return s, fmt.Errorf("%w: %d against now %d", ErrStale, timestamp, now.Unix())
	}
	return s, nil
}

func (s stamp) message(body []byte) string {
	return strconv.FormatInt(s.timestamp, 10) + "\n" + s.nonce + "\n" + string(body) + "\n"
}

// verify checks that WeChat Pay signed body with one of the known keys. An
// unknown serial number has the certificates downloaded again, once.
func (c *Client) verify(ctx context.Context, header http.Header, body []byte) (serial string, err error) {
	s, err := readStamp(header, c.cfg.Now())
	if err != nil {
		return "", err
	}
	verifier, err := c.keys.verifier(ctx, s.serial)
	if err != nil {
		return "", err
	}
	return s.serial, s.check(ctx, verifier, body)
}

func (s stamp) check(ctx context.Context, verifier auth.Verifier, body []byte) error {
	if err := verifier.Verify(ctx, s.serial, s.message(body), s.signature); err != nil {
		return errors.Join(ErrSignature, err)
	}
	return nil
}
