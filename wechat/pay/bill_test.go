package pay

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestBillIsAskedForDownloadedAndChecked(t *testing.T) {
	p := newPlatform(t)
	text := strings.Repeat("交易时间,商户订单号\r\n", 50_000) // above what a JSON answer may have
	sum := sha1.Sum([]byte(text))
	hash := hex.EncodeToString(sum[:])
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	files := map[string]string{"/v3/billdownload/file?token=a": packed.String(), "/v3/billdownload/file?token=b": text}
	p.answer = func(_ http.ResponseWriter, r *http.Request, _ []byte) (int, string) {
		if f, ok := files[r.RequestURI]; ok {
			return 200, f
		}
		if r.URL.Path == "/v3/billdownload/file" {
			return 400, `{"code":"INVALID_REQUEST","message":"token已过期"}`
		}
		token := "a"
		if r.URL.Query().Get("account_type") != "" {
			token = "b"
		}
		// The address names another host: the request goes to the configured one all the same.
		return 200, fmt.Sprintf(`{"hash_type":"SHA1","hash_value":%q,"download_url":"https://elsewhere.example/v3/billdownload/file?token=%s"}`, hash, token)
	}
	c, ctx := p.client(), context.Background()
	trade, err := c.TradeBill(ctx, "2026-11-20", BillAll, "1900000109")
	if err != nil {
		t.Fatal(err)
	}
	fund, err := c.FundFlowBill(ctx, "2026-11-20", FundBasic)
	if err != nil {
		t.Fatal(err)
	}
	if s := p.seen(); s[0].uri != "/v3/bill/tradebill?bill_date=2026-11-20&bill_type=ALL&sub_mchid=1900000109&tar_type=GZIP" ||
		s[1].uri != "/v3/bill/fundflowbill?account_type=BASIC&bill_date=2026-11-20&tar_type=GZIP" {
		t.Fatalf("%+v", s)
	}
	for _, f := range []BillFile{trade, fund} {
		file, err := c.DownloadBill(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		r, err := BillText(file, strings.ToUpper(f.HashValue))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != text || file.Close() != nil {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	}
	trade.DownloadURL = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=old"
	if _, err := c.DownloadBill(ctx, trade); Code(err) != CodeInvalidRequest {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "://", "mailto:x"} {
		if _, err := c.DownloadBill(ctx, BillFile{DownloadURL: bad}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestBillThatIsNotThereOrNotItself(t *testing.T) {
	p := newPlatform(t)
	answer := ""
	status := 400
	p.answer = func(http.ResponseWriter, *http.Request, []byte) (int, string) { return status, answer }
	c, ctx := p.client(), context.Background()
	for code, want := range map[string]bool{CodeNoStatement: true, CodeStatementCreating: true, CodeParamError: false} {
		answer = fmt.Sprintf(`{"code":%q,"message":"x"}`, code)
		if _, err := c.TradeBill(ctx, "2026-11-20", BillAll, ""); IsBillNotThere(err) != want || err == nil {
			t.Errorf("%s: %v", code, err)
		}
	}
	status = 200
	for _, answer = range []string{`{}`, `{"hash_type":"MD5","hash_value":"x","download_url":"https://x/y"}`, `{"hash_type":"SHA1","hash_value":"12","download_url":"https://x/y"}`} {
		if _, err := c.TradeBill(ctx, "2026-11-20", BillAll, ""); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", answer, err)
		}
	}
	for _, text := range []string{"", "a", "ab", "abc"} {
		r, err := BillText(strings.NewReader(text), strings.Repeat("0", 40))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); !errors.Is(err, ErrBillHash) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := BillText(strings.NewReader("\x1f\x8b\x08cut"), ""); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}
