package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// check finds values that can be read but cannot be meant.
func (c *Config) check() []error {
	var bad []error
	oneOf := func(name, v string, allowed ...string) {
		if !slices.Contains(allowed, v) {
			bad = append(bad, fmt.Errorf("%s: %q is not one of %s", name, v, strings.Join(allowed, ", ")))
		}
	}
	oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	oneOf("log.format", c.Log.Format, "json", "text")
	oneOf("official.mode", c.Official.Mode, "plain", "compatible", "safe")
	for name, v := range map[string]string{"server.addr": c.Server.Addr, "sim.addr": c.Sim.Addr} {
		if _, _, err := net.SplitHostPort(v); err != nil {
			bad = append(bad, fmt.Errorf("%s: %q is not host:port", name, v))
		}
	}
	for name, v := range map[string]string{
		"server.public_url": c.Server.PublicURL, "server.console_url": c.Server.ConsoleURL,
		"official.base_url": c.Official.BaseURL, "official.open_url": c.Official.OpenURL, "official.mp_url": c.Official.MPURL,
		"pay.base_url": c.Pay.BaseURL, "pay.notify_url": c.Pay.NotifyURL, "carrier.base_url": c.Carrier.BaseURL,
	} {
		if v == "" {
			continue
		}
		if u, err := url.Parse(v); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.HasSuffix(v, "/") {
			bad = append(bad, fmt.Errorf("%s: %q is not an address like https://host without a slash at the end", name, v))
		}
	}
	if scheme, _, ok := strings.Cut(c.Database.URL, "://"); ok && !slices.Contains([]string{"postgres", "postgresql", "sqlite"}, scheme) {
		bad = append(bad, fmt.Errorf("database.url: %q is no database Shuke knows; write postgres://… or leave it empty for SQLite", scheme+"://…"))
	}
	if control := c.Database.ControlURL; control != "" && !(strings.HasPrefix(control, "postgres") && strings.HasPrefix(c.Database.URL, "postgres")) {
		bad = append(bad, errors.New("database.control_url: belongs to a PostgreSQL database.url and is one itself"))
	}
	if c.Server.MaxBody < 1024 {
		bad = append(bad, fmt.Errorf("server.max_body: %d bytes are too few for an order, at least 1024", c.Server.MaxBody))
	}
	if c.Official.AppID != "" && (c.Official.Secret == "" || c.Official.Token == "") {
		bad = append(bad, errors.New("official.app_id: official.secret and official.token are needed with it"))
	}
	if c.Official.AppID != "" && c.Official.Mode != "plain" && c.Official.EncodingAESKey == "" {
		bad = append(bad, fmt.Errorf("official.aes_key: is needed with official.mode %q", c.Official.Mode))
	}
	bad = append(bad, c.Pay.check(c.Official.AppID)...)
	if n := len(c.Official.EncodingAESKey); n != 0 && n != 43 {
		bad = append(bad, fmt.Errorf("official.aes_key: has %d characters, must have 43", n))
	}
	if n := len(c.Pay.APIv3Key); n != 0 && n != 32 {
		bad = append(bad, fmt.Errorf("pay.apiv3_key: has %d characters, must have 32", n))
	}
	if c.Market.FeeBps > 10000 {
		bad = append(bad, fmt.Errorf("market.fee_bps: %d is more than 10000 (100 %%)", c.Market.FeeBps))
	}
	return bad
}

// check names what a merchant number cannot do without.
func (p *Pay) check(appID string) (bad []error) {
	if p.MchID == "" {
		return nil
	}
	for name, v := range map[string]string{"official.app_id": appID, "pay.serial_no": p.SerialNo, "pay.private_key_file": p.PrivateKeyFile, "pay.apiv3_key": p.APIv3Key} {
		if v == "" {
			bad = append(bad, fmt.Errorf("%s: is needed with pay.mch_id", name))
		}
	}
	if p.PublicKeyID != "" && p.PublicKeyFile == "" {
		bad = append(bad, errors.New("pay.public_key_file: is needed with pay.public_key_id"))
	}
	return bad
}

// BaseURL is the address buyers and WeChat use.
func (c *Config) BaseURL() string {
	if c.Server.PublicURL != "" {
		return c.Server.PublicURL
	}
	return "http://" + c.Server.Addr
}

// NotifyBase is the address WeChat Pay sends notices to.
func (c *Config) NotifyBase() string {
	if c.Pay.NotifyURL != "" {
		return c.Pay.NotifyURL
	}
	return c.BaseURL()
}

// DatabaseURL is database.url, or the SQLite file in the data folder.
func (c *Config) DatabaseURL() string {
	if c.Database.URL != "" {
		return c.Database.URL
	}
	return filepath.Join(c.Data.Dir, "shuke.db")
}

// Help is the text of every key for --help.
func Help() string {
	var b strings.Builder
	section := ""
	for _, k := range Keys() {
		s, _, _ := strings.Cut(k.Name, ".")
		if s != section {
			section = s
			b.WriteString("\n")
		}
		def := k.Default
		if def == "" {
			def = "–"
		}
		fmt.Fprintf(&b, "  %-28s %-34s %s\n      %s\n", k.Name, k.Env, "default "+def, k.Doc)
	}
	return b.String()
}
