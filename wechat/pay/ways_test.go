package pay

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
)

// wayAnswer is what the platform says to an order of a way.
const wayAnswer = `{"out_trade_no":"T20261121000001","trade_state":"SUCCESS","prepay_id":"wx1","code_url":"weixin://wxpay/bizpayurl?pr=1","h5_url":"https://wx.tenpay.com/x?prepay_id=wx1"}`

// members are the names in a body, and of its object payer.
func members(t *testing.T, body string) (names map[string]json.RawMessage) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &names); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return names
}

func TestEveryWaySendsWhatItsMerchantMust(t *testing.T) {
	h5 := prepayRequest()
	h5.Scene = &Scene{PayerClientIP: "114.1.1.1", H5: &H5Info{Type: "Wap"}}
	code := CodePayRequest{Description: "龙井", OutTradeNo: "T20261121000001", AuthCode: "130123456789012345", Amount: Amount{Total: 1}, Scene: CodeSite{Store: CodeStore{OutID: "7"}}}
	for _, c := range []struct {
		name, sub, path string
		call            func(*Client) error
		has, hasNot     []string
	}{
		{"jsapi", "", "/v3/pay/transactions/jsapi", func(c *Client) error { _, err := c.Prepay(t.Context(), prepayRequest()); return err }, []string{"appid", "mchid", "payer"}, []string{"sub_mchid", "sp_mchid", "sp_appid"}},
		{"jsapi of a sub-merchant", "1900000200", "/v3/pay/partner/transactions/jsapi", func(c *Client) error { _, err := c.Prepay(t.Context(), prepayRequest()); return err }, []string{"sp_appid", "sp_mchid", "sub_mchid", "payer"}, []string{"appid", "mchid"}},
		{"native", "", "/v3/pay/transactions/native", func(c *Client) error { _, err := c.Native(t.Context(), prepayRequest()); return err }, []string{"appid", "mchid", "time_expire"}, []string{"payer", "scene_info"}},
		{"h5 of a sub-merchant", "1900000200", "/v3/pay/partner/transactions/h5", func(c *Client) error { _, err := c.H5(t.Context(), h5); return err }, []string{"sp_mchid", "sub_mchid", "scene_info"}, []string{"payer", "mchid"}},
		{"codepay", "", "/v3/pay/transactions/codepay", func(c *Client) error { _, err := c.CodePay(t.Context(), code); return err }, []string{"appid", "mchid", "payer", "scene_info"}, []string{"notify_url"}},
		{"reverse", "1900000200", "/v3/pay/partner/transactions/out-trade-no/T20261121000001/reverse", func(c *Client) error { return c.Reverse(t.Context(), "", "T20261121000001") }, []string{"sp_mchid", "sub_mchid"}, []string{"mchid"}},
		{"close", "1900000200", "/v3/pay/partner/transactions/out-trade-no/T20261121000001/close", func(c *Client) error { return c.Close(t.Context(), "T20261121000001") }, []string{"sp_mchid", "sub_mchid"}, []string{"mchid", "sp_appid"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlatform(t)
			p.says(http.StatusOK, wayAnswer)
			if err := c.call(p.client().Sub(c.sub)); err != nil {
				t.Fatal(err)
			}
			path, body := p.seen()[0].uri, p.seen()[0].body
			got := members(t, body)
			for _, name := range c.has {
				if _, ok := got[name]; !ok {
					t.Errorf("%s is missing in %s", name, body)
				}
			}
			for _, name := range c.hasNot {
				if _, ok := got[name]; ok {
					t.Errorf("%s does not belong in %s", name, body)
				}
			}
			if path != c.path {
				t.Errorf("went to %s, want %s", path, c.path)
			}
		})
	}
}

func TestAWaitingBuyerIsNoOutcome(t *testing.T) {
	p := newPlatform(t)
	p.says(http.StatusAccepted, `{"code":"USERPAYING","message":"需要用户输入支付密码"}`)
	_, err := p.client().CodePay(t.Context(), CodePayRequest{Description: "x", OutTradeNo: "T20261121000001", AuthCode: "130123456789012345", Amount: Amount{Total: 1}})
	if !IsUserPaying(err) || IsOutcomeUnknown(err) || IsBadAuthCode(err) {
		t.Fatalf("%v", err)
	}
}

func TestWaysAreCheckedBeforeTheyLeave(t *testing.T) {
	p := newPlatform(t)
	c := p.client()
	noPayer := prepayRequest()
	noPayer.Payer = Payer{}
	_, jsapi := c.Prepay(t.Context(), noPayer)
	_, h5 := c.H5(t.Context(), prepayRequest())
	_, combined := c.CombinedH5(t.Context(), CombinedRequest{})
	_, noOpenID := c.CombinedPrepay(t.Context(), CombinedRequest{})
	_, short := c.CodePay(t.Context(), CodePayRequest{Description: "x", OutTradeNo: "T20261121000001", AuthCode: "13012345678901234", Amount: Amount{Total: 1}})
	for i, err := range []error{jsapi, h5, combined, noOpenID, short, c.Reverse(t.Context(), "", "!")} {
		if !errors.Is(err, ErrRequest) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := len(p.seen()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestPaymentCodes(t *testing.T) {
	for code, want := range map[string]bool{"100000000000000000": true, "159999999999999999": true, "160000000000000000": false, "13012345678901234": false,
		"1301234567890123456": false, "13012345678901234x": false, "": false} {
		if ValidAuthCode(code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}
