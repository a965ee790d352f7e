package pay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
)

const (
	maxAnswerBytes = 1 << 20
	userAgent      = "shuke-wechat-pay/1.0 (Go)"
)

// response is a read HTTP answer of status 2xx, not yet verified.
type response struct {
	status int
	header http.Header
	body   []byte
	method string
	uri    string
}

func (r response) failed(err error) *Error { return newError(r.method, r.uri, r.status, r.header, err) }

func newError(method, uri string, status int, header http.Header, err error) *Error {
	path, _, _ := strings.Cut(uri, "?")
	return &Error{HTTPStatus: status, RequestID: header.Get(consts.RequestID), Method: method, Path: path, Err: err}
}

// call makes one signed request, verifies the answer and decodes it into out,
// unless out is nil. uri is path and query, escaped.
func (c *Client) call(ctx context.Context, method, uri string, in, out any) error {
	body, err := encode(in)
	if err != nil {
		return err
	}
	accept, err := c.keys.acceptSerial(ctx)
	if err != nil {
		return newError(method, uri, 0, nil, notSent{err})
	}
	r, err := c.send(ctx, method, uri, body, accept)
	if err != nil {
		return err
	}
	if _, err := c.verify(ctx, r.header, r.body); err != nil {
		return r.failed(err)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(r.body, out); err != nil {
		return r.failed(fmt.Errorf("%w: %v", ErrMalformed, err))
	}
	return nil
}

// send signs and makes one request. An answer other than 2xx is an *Error.
func (c *Client) send(ctx context.Context, method, uri string, body []byte, accept string) (response, error) {
	req, err := c.request(ctx, method, uri, body, accept)
	if err != nil {
		return response{}, newError(method, uri, 0, nil, notSent{err})
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return response{}, newError(method, uri, 0, nil, transportError(err))
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes+1))
	if err == nil && len(data) > maxAnswerBytes {
		err = ErrTooLarge
	}
	if err != nil {
		return response{}, newError(method, uri, resp.StatusCode, resp.Header, transportError(err))
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 || waits(resp.StatusCode, data) {
		return response{}, refusal(newError(method, uri, resp.StatusCode, resp.Header, nil), data)
	}
	return response{resp.StatusCode, resp.Header, data, method, uri}, nil
}

// waits tells an answer 202 that carries a code (USERPAYING): nothing is done yet.
func waits(status int, body []byte) bool {
	var wire struct {
		Code string `json:"code"`
	}
	return status == http.StatusAccepted && json.Unmarshal(body, &wire) == nil && wire.Code != ""
}

func (c *Client) request(ctx context.Context, method, uri string, body []byte, accept string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.cfg.BaseURL+uri, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	nonce, err := c.nonce()
	if err != nil {
		return nil, err
	}
	authorization, err := c.authorization(method, uri, c.cfg.Now().Unix(), nonce, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set(consts.Authorization, authorization)
	req.Header.Set(consts.Accept, consts.ApplicationJSON)
	req.Header.Set(consts.UserAgent, userAgent)
	if len(body) > 0 {
		req.Header.Set(consts.ContentType, consts.ApplicationJSON)
	}
	if accept != "" {
		req.Header.Set(consts.WechatPaySerial, accept)
	}
	return req, nil
}

// transportError takes the address out of an error; the call names its path.
func transportError(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}

// encode writes a request body and refuses what WeChat Pay refuses: characters
// of four bytes (emoji) and broken UTF-8.
func encode(in any) ([]byte, error) {
	if in == nil {
		return nil, nil
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRequest, err)
	}
	for _, r := range string(body) {
		if r > 0xFFFF || r == utf8.RuneError {
			return nil, fmt.Errorf("%w: WeChat Pay takes no emoji or other four-byte character (%q); see Text", ErrRequest, r)
		}
	}
	return body, nil
}
