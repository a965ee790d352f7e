package official

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// MaxPushBytes bounds the body of a push.
const MaxPushBytes = 64 << 10

// Refusals of a push beside those of CryptoError.
var (
	ErrStale    = errors.New("official: push is outside the replay window")
	ErrTooLarge = fmt.Errorf("official: push is longer than %d bytes", MaxPushBytes)
	ErrMode     = errors.New("official: push does not fit the configured mode")
)

// Push is one verified push.
type Push struct {
	Message   Message
	Encrypted bool // it came encrypted, so its reply is encrypted too
}

// VerifyURL answers WeChat's check of the server address: it returns the echostr
// to write back, or ErrSignature, ErrStale.
func (c *Client) VerifyURL(query url.Values) (echo string, err error) {
	if err := c.checkQuery(query); err != nil {
		return "", err
	}
	return query.Get("echostr"), nil
}

// ReadPush reads, verifies, decrypts and parses the push in r.
func (c *Client) ReadPush(r *http.Request) (Push, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxPushBytes+1))
	if err != nil {
		return Push{}, fmt.Errorf("official: reading a push: %w", err)
	}
	return c.ParsePush(r.URL.Query(), body)
}

// ParsePush verifies, decrypts and parses a push given its URL query and body.
//
// In plain mode WeChat's signature does not cover the body: only the secrecy of
// Token and of the address stands between a forger and the account. Safe mode
// covers it.
func (c *Client) ParsePush(query url.Values, body []byte) (Push, error) {
	if len(body) > MaxPushBytes {
		return Push{}, ErrTooLarge
	}
	encrypted := query.Get("encrypt_type") == "aes"
	switch {
	case encrypted && c.crypter == nil:
		return Push{}, fmt.Errorf("%w: it is encrypted, but Config.EncodingAESKey is empty", ErrMode)
	case !encrypted && c.cfg.Mode == ModeSafe:
		return Push{}, fmt.Errorf("%w: it is plain, but the mode is safe", ErrMode)
	case encrypted:
		return c.parseEncrypted(query, body)
	}
	if err := c.checkQuery(query); err != nil {
		return Push{}, err
	}
	m, err := ParseMessage(body)
	return Push{Message: m}, err
}

func (c *Client) parseEncrypted(query url.Values, body []byte) (Push, error) {
	var envelope struct {
		Encrypt string `xml:"Encrypt"`
	}
	if err := xml.Unmarshal(body, &envelope); err != nil {
		return Push{}, fmt.Errorf("%w: %v", ErrXML, err)
	}
	if envelope.Encrypt == "" {
		return Push{}, fmt.Errorf("%w: Encrypt is empty", ErrXML)
	}
	timestamp := query.Get("timestamp")
	plain, err := c.crypter.Open(query.Get("msg_signature"), timestamp, query.Get("nonce"), envelope.Encrypt)
	if err != nil {
		return Push{}, err
	}
	if err := c.checkAge(timestamp); err != nil {
		return Push{}, err
	}
	m, err := ParseMessage(plain)
	return Push{Message: m, Encrypted: true}, err
}

func (c *Client) checkQuery(query url.Values) error {
	timestamp := query.Get("timestamp")
	want := signature(c.cfg.Token, timestamp, query.Get("nonce"))
	if c.cfg.Token == "" || !sameText(query.Get("signature"), want) {
		return ErrSignature
	}
	return c.checkAge(timestamp)
}

func (c *Client) checkAge(timestamp string) error {
	if c.cfg.ReplayWindow < 0 {
		return nil
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: timestamp is not a number", ErrStale)
	}
	age := c.cfg.Now().Sub(time.Unix(seconds, 0))
	if age > c.cfg.ReplayWindow || age < -c.cfg.ReplayWindow {
		return fmt.Errorf("%w: it is %s old", ErrStale, age.Truncate(time.Second))
	}
	return nil
}

// MarshalReply writes the body that answers p: "success" for a nil reply, else
// XML, encrypted when the push was.
func (c *Client) MarshalReply(p Push, r Reply) ([]byte, error) {
	if r == nil {
		return []byte("success"), nil
	}
	now := c.cfg.Now().Unix()
	plain, err := marshalReply(p.Message, r, now)
	if err != nil || !p.Encrypted {
		return plain, err
	}
	nonce, err := randomText(c.cfg.Rand, 16)
	if err != nil {
		return nil, err
	}
	return c.crypter.Seal(plain, now, nonce)
}
