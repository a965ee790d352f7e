package pay

import "net/url"

// Sub is the client of a service provider (服务商) acting for one of its
// sub-merchants: every order, query, closing, refund and reversal goes the
// partner's way with that sub_mchid, and openids are those of the provider's own
// account (sp_openid). It shares keys and connections with c. An empty number is
// the merchant itself.
func (c *Client) Sub(mchID string) *Client {
	out := *c
	out.sub = mchID
	return &out
}

// SubMchID is the sub-merchant for whom this client acts, or "".
func (c *Client) SubMchID() string { return c.sub }

const partnerPath = "/v3/pay/partner/transactions"

// transactions is where the orders of this client's merchant are.
func (c *Client) transactions() string {
	if c.sub == "" {
		return transactionsPath
	}
	return partnerPath
}

// asker is the query string that says who asks for a payment.
func (c *Client) asker() string {
	if c.sub == "" {
		return "?mchid=" + url.QueryEscape(c.cfg.MchID)
	}
	return "?sp_mchid=" + url.QueryEscape(c.cfg.MchID) + "&sub_mchid=" + url.QueryEscape(c.sub)
}
