package kuaidi100

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultBaseURL is the real host of queries and subscriptions.
const DefaultBaseURL = "https://poll.kuaidi100.com"

const defaultTimeout = 10 * time.Second

// Config describes one customer of 快递100 (API 信息 → 授权信息).
type Config struct {
	Customer string // 公司编号, 32 characters
	Key      string // 授权 key

	BaseURL    string           // empty: DefaultBaseURL
	HTTPClient *http.Client     // nil: a client of its own with a timeout of 10 s
	Now        func() time.Time // nil: time.Now; dates Result.AskedAt
}

// Client talks to 快递100 for one customer. It is safe for concurrent use.
type Client struct {
	cfg  Config
	http *http.Client
}

// New checks the configuration and builds a client. It makes no network call.
func New(cfg Config) (*Client, error) {
	if cfg.Customer == "" || cfg.Key == "" {
		return nil, errors.New("kuaidi100: Config.Customer and Config.Key are both needed")
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	u, err := url.Parse(cfg.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("kuaidi100: Config.BaseURL %q is not an http(s) address without query", cfg.BaseURL)
	}
	cfg.BaseURL = strings.TrimRight(cfg.BaseURL, "/")
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{Timeout: defaultTimeout}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	hc := *cfg.HTTPClient
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{cfg: cfg, http: &hc}, nil
}
