package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

const cashierPatience = 20 * time.Second

// CashierOrder is what a cashier's scanner charges. Amount is fen.
type CashierOrder struct {
	MchID       string `json:"mchid"`
	AppID       string `json:"appid"` // default: the first the merchant is bound to
	Amount      int64  `json:"amount"`
	AuthCode    string `json:"auth_code"`
	Description string `json:"description"`
	API         string `json:"api"`          // v3 (default) or v2
	OutTradeNo  string `json:"out_trade_no"` // made when empty; the charge is repeated when it is given again
}

// Receipt is what the cashier's machine shows. State is a trade state, or FAILED with code and message when WeChat refused.
type Receipt struct {
	MchID         string `json:"mchid"`
	Merchant      string `json:"merchant"`
	AppID         string `json:"appid"`
	OutTradeNo    string `json:"out_trade_no"`
	API           string `json:"api"`
	Amount        int64  `json:"amount,omitempty"`
	State         string `json:"state"`
	Code          string `json:"code,omitempty"`
	Message       string `json:"message,omitempty"`
	TransactionID string `json:"transaction_id,omitempty"`
	OpenID        string `json:"openid,omitempty"`
	Time          string `json:"time,omitempty"`
}

// till is a merchant's machine: it knows the merchant's keys and talks to WeChat over the socket, as a machine in a shop does.
type till struct {
	s       *Server
	m       Merchant
	receipt Receipt
}

func (s *Server) cashierRoutes(mux *http.ServeMux) {
	act := func(name string, f func(*till, context.Context, CashierOrder) error) {
		s.handle(mux, "POST /cashier/"+name, func(r *http.Request) (any, error) {
			var in CashierOrder
			if err := readControl(r, &in); err != nil {
				return nil, err
			}
			return s.cashier(r.Context(), in, f)
		})
	}
	act("charge", (*till).charge)
	act("query", (*till).query)
	act("reverse", (*till).reverse)
	mux.HandleFunc("POST /_sim/cashier/read", s.guard(s.readPicture))
	mux.HandleFunc("GET /_sim/barcode", s.drawBarcode)
}

// Charge is a cashier who scans a payment code: through the real endpoint, with the merchant's own signature.
func (s *Server) Charge(ctx context.Context, in CashierOrder) (Receipt, error) {
	return s.cashier(ctx, in, (*till).charge)
}

func (s *Server) cashier(ctx context.Context, in CashierOrder, f func(*till, context.Context, CashierOrder) error) (Receipt, error) {
	if err := s.init(); err != nil {
		return Receipt{}, err
	}
	s.mu.Lock()
	found := s.world.merchants[in.MchID]
	t := &till{s: s}
	if found != nil {
		t.m = found.Merchant
	}
	s.mu.Unlock()
	if found == nil {
		return Receipt{}, missing("merchant " + in.MchID)
	}
	if in.API == "" {
		in.API = "v3"
	}
	if in.API != "v3" && in.API != "v2" {
		return Receipt{}, bad("cashier.api", "接口只能是 v3 或 v2", "api must be v3 or v2")
	}
	if in.API == "v3" && t.m.PrivateKey == "" {
		return Receipt{}, refuse(http.StatusConflict, "cashier.key", "模拟器没有这个商户的私钥，不能代它签名", "the simulator does not hold this merchant's private key")
	}
	if in.AppID == "" && len(t.m.AppIDs) > 0 {
		in.AppID = t.m.AppIDs[0]
	}
	if in.OutTradeNo == "" {
		in.OutTradeNo = "CS" + s.Clock.Now().Format(v2Time) + s.digits(6)
	}
	if in.Description == "" {
		in.Description = t.m.Name
	}
	t.receipt = Receipt{MchID: in.MchID, Merchant: t.m.Name, AppID: in.AppID, OutTradeNo: in.OutTradeNo, API: in.API, Amount: in.Amount}
	ctx, cancel := context.WithTimeout(ctx, cashierPatience)
	defer cancel()
	err := f(t, ctx, in)
	return t.receipt, err
}

func (t *till) charge(ctx context.Context, in CashierOrder) error {
	if in.API == "v2" {
		return t.v2(ctx, "/pay/micropay", in, map[string]string{"body": in.Description, "total_fee": itoa(in.Amount), "spbill_create_ip": "127.0.0.1", "auth_code": in.AuthCode})
	}
	return t.v3(ctx, http.MethodPost, "/v3/pay/transactions/codepay", map[string]any{"appid": in.AppID, "mchid": in.MchID, "description": in.Description, "out_trade_no": in.OutTradeNo,
		"payer": map[string]string{"auth_code": in.AuthCode}, "amount": map[string]any{"total": in.Amount, "currency": "CNY"},
		"scene_info": map[string]any{"device_ip": "127.0.0.1", "store_info": map[string]string{"out_id": "till"}}})
}

func (t *till) query(ctx context.Context, in CashierOrder) error {
	if in.API == "v2" {
		return t.v2(ctx, "/pay/orderquery", in, nil)
	}
	return t.v3(ctx, http.MethodGet, "/v3/pay/transactions/out-trade-no/"+url.PathEscape(in.OutTradeNo)+"?mchid="+in.MchID, nil)
}

func (t *till) reverse(ctx context.Context, in CashierOrder) error {
	if in.API == "v2" {
		return t.v2(ctx, "/secapi/pay/reverse", in, nil)
	}
	err := t.v3(ctx, http.MethodPost, "/v3/pay/transactions/out-trade-no/"+url.PathEscape(in.OutTradeNo)+"/reverse", map[string]any{"appid": in.AppID, "mchid": in.MchID})
	if err == nil && t.receipt.Code == "" {
		t.receipt.State = tradeRevoked
	}
	return err
}

// v3 makes a signed call and reads what came of it into the receipt.
func (t *till) v3(ctx context.Context, method, path string, content any) error {
	body := []byte{}
	if content != nil {
		var err error
		if body, err = encode(content); err != nil {
			return err
		}
	}
	key, err := paycrypt.ParsePrivateKey(t.m.PrivateKey)
	if err != nil {
		return err
	}
	stamp, nonce := itoa(t.s.Now().Unix()), t.s.text(32)
	signature, err := paycrypt.Sign(key, paycrypt.RequestMessage(method, path, stamp, nonce, body))
	if err != nil {
		return err
	}
	header := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}, "Authorization": {fmt.Sprintf(`%s mchid="%s",nonce_str="%s",signature="%s",timestamp="%s",serial_no="%s"`,
		paycrypt.Scheme, t.m.MchID, nonce, signature, stamp, t.m.Serial)}}
	status, raw, err := t.send(ctx, method, path, header, body)
	if err != nil {
		return err
	}
	var out struct {
		Code, Message string
		orderView
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return fmt.Errorf("cashier: the answer %d of %s is no JSON: %w", status, path, err)
	}
	r := &t.receipt
	if out.Code != "" {
		r.State, r.Code, r.Message = "FAILED", out.Code, out.Message
		if out.Code == tradePaying {
			r.State = tradePaying
		}
		return nil
	}
	r.State, r.TransactionID, r.Time = out.TradeState, out.TransactionID, out.SuccessTime
	if out.Amount.Total > 0 {
		r.Amount = out.Amount.Total
	}
	if out.Payer != nil {
		r.OpenID = out.Payer.OpenID
	}
	return nil
}

// v2 makes a signed v2 call and reads what came of it into the receipt.
func (t *till) v2(ctx context.Context, path string, in CashierOrder, more map[string]string) error {
	params := map[string]string{"appid": in.AppID, "mch_id": in.MchID, "nonce_str": t.s.text(32), "out_trade_no": in.OutTradeNo, "sign_type": paycrypt.HMACSHA256}
	for name, value := range more {
		params[name] = value
	}
	params["sign"] = paycrypt.SignV2(params, t.m.APIKey, paycrypt.HMACSHA256)
	pairs := make([]pair, 0, len(params))
	for name, value := range params {
		pairs = append(pairs, pair{name, value})
	}
	_, raw, err := t.send(ctx, http.MethodPost, path, http.Header{"Content-Type": {"text/xml"}}, writeV2(pairs))
	if err != nil {
		return err
	}
	out, err := parseV2(raw)
	if err != nil {
		return fmt.Errorf("cashier: the answer of %s is no XML: %w", path, err)
	}
	r := &t.receipt
	switch {
	case out["return_code"] != "SUCCESS":
		r.State, r.Code, r.Message = "FAILED", "FAIL", out["return_msg"]
	case out["result_code"] != "SUCCESS" && out["err_code"] == tradePaying:
		r.State, r.Code, r.Message = tradePaying, out["err_code"], out["err_code_des"]
	case out["result_code"] != "SUCCESS":
		r.State, r.Code, r.Message = "FAILED", out["err_code"], out["err_code_des"]
	case out["recall"] != "":
		r.State = tradeRevoked
	default:
		if r.State = out["trade_state"]; r.State == "" {
			r.State = tradeSuccess
		}
		r.TransactionID, r.OpenID = out["transaction_id"], out["openid"]
		if at, err := time.ParseInLocation(v2Time, out["time_end"], shanghai); err == nil {
			r.Time = cst(at)
		}
	}
	return nil
}

// send makes the call over the simulator's own socket.
func (t *till) send(ctx context.Context, method, path string, header http.Header, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+t.s.hostPort()+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("cashier: %w", err)
	}
	req.Header = header
	req.Header.Set("User-Agent", "PocketCashier/1.0")
	resp, err := t.s.Outbound.RoundTrip(req)
	if err != nil {
		return 0, nil, refuse(http.StatusBadGateway, "cashier.line", "收银台没有收到微信的回答，请查询或撤销", "no answer: "+err.Error())
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return 0, nil, refuse(http.StatusBadGateway, "cashier.line", "收银台没有收到微信的回答，请查询或撤销", "the answer broke off: "+err.Error())
	}
	return resp.StatusCode, raw, nil
}
