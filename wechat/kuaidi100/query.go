package kuaidi100

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
)

// Query asks about one parcel. Com and Num are needed; Phone (four digits or a whole number) is for 顺丰, 丰网, 中通 and others that
// guard their tracks; From and To are addresses that make the answer more exact.
type Query struct {
	Com   string `json:"com"`
	Num   string `json:"num"`
	Phone string `json:"phone,omitempty"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

type queryParam struct {
	Query
	ResultV2 string `json:"resultv2"` // 4: areas and fine states
	Show     string `json:"show"`     // 0: JSON
	Order    string `json:"order"`
}

// Query asks in real time. Errors: *APIError (see its kinds), *HTTPError, or that of the connection.
func (c *Client) Query(ctx context.Context, q Query) (Result, error) {
	param, err := encode(queryParam{Query: q, ResultV2: "4", Show: "0", Order: "desc"})
	if err != nil {
		return Result{}, fmt.Errorf("kuaidi100: %s: %w", queryPath, err)
	}
	body, err := c.post(ctx, queryPath, url.Values{"customer": {c.cfg.Customer}, "param": {param}, "sign": {SignQuery(param, c.cfg.Key, c.cfg.Customer)}})
	if err != nil {
		return Result{}, err
	}
	r, err := ParseResult(body)
	r.AskedAt = c.cfg.Now()
	return r, err
}

// encode writes JSON as people would: no escapes for & < >.
func encode(v any) (string, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return strings.TrimSuffix(buf.String(), "\n"), err
}

// post sends a form and reads the answer, at most maxAnswer bytes of it.
func (c *Client) post(ctx context.Context, path string, form url.Values) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.BaseURL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("kuaidi100: %s: %w", path, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	req.Header.Set("Accept", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return nil, fmt.Errorf("kuaidi100: %s: %w", path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("kuaidi100: %s: reading the answer: %w", path, err)
	case resp.StatusCode != http.StatusOK:
		return nil, &HTTPError{Path: path, Status: resp.StatusCode, Reason: http.StatusText(resp.StatusCode)}
	case len(body) > maxAnswer:
		return nil, &HTTPError{Path: path, Status: resp.StatusCode, Reason: fmt.Sprintf("the answer is longer than %d bytes", maxAnswer)}
	}
	return body, nil
}
