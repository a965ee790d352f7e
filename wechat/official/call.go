package official

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

const (
	maxJSONAnswer  = 4 << 20  // bytes of a JSON answer
	maxMediaAnswer = 20 << 20 // bytes of a downloaded medium
)

// answer is a read HTTP answer.
type answer struct {
	header http.Header
	body   []byte
}

// send makes one request and reads its answer up to limit bytes. The error text
// never holds the query, which carries tokens and the secret.
func (c *Client) send(ctx context.Context, method, path string, query url.Values,
	contentType string, body []byte, limit int64) (answer, error) {
	target := c.cfg.BaseURL + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("official: %s: building the request failed", path)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set("Accept", "*/*")
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("official: %s: %w", path, withoutURL(err))
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return answer{}, fmt.Errorf("official: %s: reading the answer: %w", path, withoutURL(err))
	}
	if int64(len(data)) > limit {
		return answer{}, &HTTPError{Status: resp.StatusCode, Path: path, Reason: fmt.Sprintf("answer is longer than %d bytes", limit)}
	}
	if resp.StatusCode != http.StatusOK {
		return answer{}, &HTTPError{Status: resp.StatusCode, Path: path, Reason: http.StatusText(resp.StatusCode)}
	}
	return answer{header: resp.Header, body: data}, nil
}

// withoutURL takes the address out of a transport error: it holds secrets.
func withoutURL(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}

// decode turns an answer into out, or into the *APIError it reports.
func decode(path string, body []byte, out any) error {
	var status struct {
		Code    int    `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if err := json.Unmarshal(body, &status); err != nil {
		return &HTTPError{Status: http.StatusOK, Path: path, Reason: "answer is not the expected JSON: " + err.Error()}
	}
	if status.Code != 0 {
		return newAPIError(path, status.Code, status.Message)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return &HTTPError{Status: http.StatusOK, Path: path, Reason: "answer is not the expected JSON: " + err.Error()}
	}
	return nil
}

// encode writes in as JSON without escaping & < >: menu and message links reach
// WeChat as they are written.
func encode(path string, in any) ([]byte, error) {
	if in == nil {
		return nil, nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(in); err != nil {
		return nil, fmt.Errorf("official: %s: encoding the request: %w", path, err)
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// withToken runs one call with the access token, and once more with a fresh one
// when WeChat refuses the first.
func (c *Client) withToken(ctx context.Context, call func(token string) error) error {
	token, err := c.token.get(ctx)
	if err != nil {
		return err
	}
	err = call(token)
	if !IsTokenInvalid(err) {
		return err
	}
	c.token.reject(token)
	fresh, tokenErr := c.token.get(ctx)
	if tokenErr != nil {
		return errors.Join(err, tokenErr)
	}
	return call(fresh)
}

func (c *Client) getJSON(ctx context.Context, path string, query url.Values, out any) error {
	return c.callJSON(ctx, http.MethodGet, path, query, nil, out)
}

func (c *Client) postJSON(ctx context.Context, path string, in, out any) error {
	return c.callJSON(ctx, http.MethodPost, path, nil, in, out)
}

func (c *Client) callJSON(ctx context.Context, method, path string, query url.Values, in, out any) error {
	body, err := encode(path, in)
	if err != nil {
		return err
	}
	contentType := ""
	if method == http.MethodPost {
		contentType = "application/json; charset=utf-8"
	}
	return c.withToken(ctx, func(token string) error {
		a, err := c.send(ctx, method, path, withAccessToken(query, token), contentType, body, maxJSONAnswer)
		if err != nil {
			return err
		}
		return decode(path, a.body, out)
	})
}

func withAccessToken(query url.Values, token string) url.Values {
	q := make(url.Values, len(query)+1)
	for k, v := range query {
		q[k] = v
	}
	q.Set("access_token", token)
	return q
}
