package official

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// JSConfig is what wx.config needs beside jsApiList.
type JSConfig struct {
	AppID     string `json:"appId"`
	Timestamp int64  `json:"timestamp"` // Unix seconds
	NonceStr  string `json:"nonceStr"`
	Signature string `json:"signature"`
}

// SignJS signs a page for the JS-SDK. pageURL is the full address of the page as
// the browser shows it; what follows '#' does not count. On iOS a single-page
// application signs its landing page.
func (c *Client) SignJS(ctx context.Context, pageURL string) (JSConfig, error) {
	ticket, err := c.ticket.get(ctx)
	if err != nil {
		return JSConfig{}, err
	}
	nonce, err := randomText(c.cfg.Rand, 16)
	if err != nil {
		return JSConfig{}, err
	}
	ts := c.cfg.Now().Unix()
	return JSConfig{
		AppID: c.cfg.AppID, Timestamp: ts, NonceStr: nonce,
		Signature: jsSignature(ticket, nonce, ts, pageURL),
	}, nil
}

// jsSignature is the sha1 over the sorted keys with raw values.
func jsSignature(ticket, nonce string, timestamp int64, pageURL string) string {
	pageURL, _, _ = strings.Cut(pageURL, "#")
	sum := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=" + nonce +
		"&timestamp=" + strconv.FormatInt(timestamp, 10) + "&url=" + pageURL))
	return hex.EncodeToString(sum[:])
}

const randomLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// randomText returns n letters and digits. The first eight letters are a little
// likelier than the rest, which costs less than 0.1 bit each.
func randomText(random io.Reader, n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("official: reading random bytes: %w", err)
	}
	for i, v := range b {
		b[i] = randomLetters[int(v)%len(randomLetters)]
	}
	return string(b), nil
}
