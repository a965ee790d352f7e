package demo

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/shuke-commerce/shuke/internal/app/demo/world"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

// The demo's account and merchant in the pocket WeChat.
const (
	appID   = "wx5e1f0demo0market"
	mchID   = "1900000109"
	subject = "shuke-demo"
)

// Connect registers the market's service account, its merchant and the demo's
// people in the pocket WeChat and writes what they need into the configuration.
// Registering again keeps keys, fans and chats. serverURL is where the market is.
func Connect(s *sim.Server, c *config.Config, w world.World, serverURL string) error {
	u, err := url.Parse(serverURL)
	if err != nil {
		return err
	}
	domain := u.Hostname()
	a, err := s.AddAccount(sim.Account{AppID: appID, Name: w.Market.Name, Intro: w.Market.Slogan, Subject: subject, Mode: "safe",
		CallbackURL: serverURL + "/callback/wechat/official", OAuthDomain: domain, JSDomain: domain})
	if err != nil {
		return fmt.Errorf("service account: %w", err)
	}
	m, err := s.AddMerchant(sim.Merchant{MchID: mchID, Name: w.Market.Name, AppIDs: []string{a.AppID}})
	if err != nil {
		return fmt.Errorf("merchant: %w", err)
	}
	for _, p := range w.People {
		if _, err := s.AddPerson(sim.Person{ID: p.Code, Name: p.Name, Region: p.City, Balance: 5_000_00}); err != nil {
			return fmt.Errorf("person %s: %w", p.Code, err)
		}
	}
	carrier, err := s.AddCarrierCustomer(sim.CarrierCustomer{Customer: "shukedemocustomer", Key: "shukedemokey", Name: w.Market.Name, JourneySeconds: 600})
	if err != nil {
		return fmt.Errorf("carrier: %w", err)
	}
	c.Carrier = config.Carrier{Customer: carrier.Customer, Key: carrier.Key, BaseURL: s.URL(), PollEvery: 20 * time.Second}
	key := filepath.Join(c.Data.Dir, "demo-merchant-key.pem")
	if m.PrivateKey != "" {
		if err := os.WriteFile(key, []byte(m.PrivateKey), 0o600); err != nil {
			return err
		}
	}
	c.Server.PublicURL = serverURL
	c.Market.Name, c.Market.NameEn = w.Market.Name, w.Market.NameEn
	c.Market.Welcome = fmt.Sprintf("%s\n\n→ <a href=\"%s/?from=message\">进集市逛逛</a>\n→ <a href=\"%s/orders?from=message\">我的订单</a>", w.Market.Welcome, serverURL, serverURL)
	c.Official = config.Official{AppID: a.AppID, Secret: a.Secret, Token: a.Token, EncodingAESKey: a.AESKey, Mode: a.Mode,
		BaseURL: s.URL(), OpenURL: s.URL(), MPURL: s.URL()}
	c.Pay = config.Pay{MchID: m.MchID, SerialNo: m.Serial, PrivateKeyFile: key, APIv3Key: m.APIv3Key, BaseURL: s.URL()}
	return nil
}

// Listen opens the configured address, or any free port when it is the default
// one and taken.
func Listen(addr string, isDefault bool) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err == nil || !isDefault {
		return ln, err
	}
	host, _, splitErr := net.SplitHostPort(addr)
	if splitErr != nil {
		return nil, err
	}
	return net.Listen("tcp", net.JoinHostPort(host, "0"))
}
