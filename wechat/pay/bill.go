package pay

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Codes with which WeChat Pay says that a bill is not (yet) there.
const (
	CodeNoStatement       = "NO_STATEMENT_EXIST"
	CodeStatementCreating = "STATEMENT_CREATING"
)

// BillType is which lines of a trade bill are wanted.
type BillType string

// Trade bills.
const (
	BillAll     BillType = "ALL"
	BillSuccess BillType = "SUCCESS" // payments only
	BillRefund  BillType = "REFUND"
)

// FundAccount is which account a fund-flow bill shows.
type FundAccount string

// Fund-flow bills.
const (
	FundBasic     FundAccount = "BASIC"
	FundOperation FundAccount = "OPERATION"
	FundFees      FundAccount = "FEES"
)

// BillFile is where a bill can be had for five minutes, and the hash of its text.
type BillFile struct {
	HashType    string `json:"hash_type"` // SHA1
	HashValue   string `json:"hash_value"`
	DownloadURL string `json:"download_url"`
}

// Refusals of a bill's text.
var (
	ErrBillHash = errors.New("pay: the bill's text does not have the hash that was announced")
)

// IsBillNotThere reports that WeChat Pay has no bill of that day: it is not made
// yet (from 09:00, to be had from 10:00 of the next day, Beijing time), or nothing
// happened on it.
func IsBillNotThere(err error) bool { return hasCode(err, CodeNoStatement, CodeStatementCreating) }

// TradeBill asks for the trade bill of a day (2006-01-02, Beijing time), gzipped.
// sub is the sub-merchant a service provider asks for, mostly "".
func (c *Client) TradeBill(ctx context.Context, day string, t BillType, sub string) (BillFile, error) {
	q := url.Values{"bill_date": {day}, "bill_type": {string(t)}, "tar_type": {"GZIP"}}
	if sub != "" {
		q.Set("sub_mchid", sub)
	}
	return c.bill(ctx, "/v3/bill/tradebill?"+q.Encode())
}

// FundFlowBill asks for the fund-flow bill of a day, gzipped.
func (c *Client) FundFlowBill(ctx context.Context, day string, account FundAccount) (BillFile, error) {
	q := url.Values{"bill_date": {day}, "account_type": {string(account)}, "tar_type": {"GZIP"}}
	return c.bill(ctx, "/v3/bill/fundflowbill?"+q.Encode())
}

func (c *Client) bill(ctx context.Context, uri string) (BillFile, error) {
	var f BillFile
	if err := c.call(ctx, http.MethodGet, uri, nil, &f); err != nil {
		return f, err
	}
	if f.DownloadURL == "" || f.HashType != "SHA1" || len(f.HashValue) != 2*sha1.Size {
		return f, newError(http.MethodGet, uri, http.StatusOK, nil, ErrMalformed)
	}
	return f, nil
}

// DownloadBill opens the file of a bill, as it comes (gzipped or not); close it.
// The request is signed and goes to Config.BaseURL whatever host the address
// names. The answer is not signed: believe its text only after BillText has read
// it to the end. The deadline is the context's.
func (c *Client) DownloadBill(ctx context.Context, f BillFile) (io.ReadCloser, error) {
	u, err := url.Parse(f.DownloadURL)
	if err != nil || !strings.HasPrefix(u.Path, "/") {
		return nil, fmt.Errorf("%w: download_url of a bill", ErrMalformed)
	}
	uri := u.RequestURI()
	req, err := c.request(ctx, http.MethodGet, uri, nil, "")
	if err != nil {
		return nil, newError(http.MethodGet, uri, 0, nil, notSent{err})
	}
	req.Header.Set("Accept", "*/*")
	req.Header.Set("Accept-Encoding", "identity") // the file is compressed, not its transfer
	patient := *c.http
	patient.Timeout = 0 // a bill of a million lines takes its time; ctx bounds it
	resp, err := patient.Do(req)
	if err != nil {
		return nil, newError(http.MethodGet, uri, 0, nil, transportError(err))
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	return nil, refusal(newError(http.MethodGet, uri, resp.StatusCode, resp.Header, nil), data)
}

// BillText reads the text of a bill out of its file, unpacking it where it is
// gzipped. In place of io.EOF it gives ErrBillHash when the text is not the one
// that sha1Hex names.
func BillText(file io.Reader, sha1Hex string) (io.Reader, error) {
	b := bufio.NewReaderSize(file, 64<<10)
	t := &billText{r: b, sum: sha1.New(), want: strings.ToLower(sha1Hex)}
	if head, _ := b.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
		}
		t.r = z
	}
	return t, nil
}

type billText struct {
	r    io.Reader
	sum  hash.Hash
	want string
}

func (t *billText) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.sum.Write(p[:n])
	if err == io.EOF && hex.EncodeToString(t.sum.Sum(nil)) != t.want { //nolint:errorlint // io.EOF is never wrapped by a Reader
		err = ErrBillHash
	}
	return n, err
}
