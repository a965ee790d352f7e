package official

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// The real hosts, used where Config leaves a base URL empty.
const (
	DefaultBaseURL     = "https://api.weixin.qq.com"
	DefaultOpenBaseURL = "https://open.weixin.qq.com"
	DefaultMPBaseURL   = "https://mp.weixin.qq.com"
)

// Mode says how pushes reach the account's server.
type Mode string

// The three modes of the account's console ("消息加解密方式").
const (
	ModePlain      Mode = "plain"      // 明文模式
	ModeCompatible Mode = "compatible" // 兼容模式: plain and encrypted side by side
	ModeSafe       Mode = "safe"       // 安全模式: encrypted only; plain pushes are refused
)

const (
	defaultReplayWindow  = 5 * time.Minute
	defaultReplyDeadline = 4500 * time.Millisecond
	defaultTimeout       = 10 * time.Second
)

// Config describes one account. AppID is required; the rest is needed only by
// what uses it.
type Config struct {
	AppID  string
	Secret string // AppSecret, for every call to WeChat

	Token          string // server configuration: 3–32 letters or digits, for pushes
	EncodingAESKey string // 43 characters, for compatible and safe mode
	Mode           Mode   // empty is ModePlain

	BaseURL     string // API host; empty is DefaultBaseURL
	OpenBaseURL string // host of the authorisation page; empty is DefaultOpenBaseURL
	MPBaseURL   string // host of QR images; empty is DefaultMPBaseURL

	HTTPClient *http.Client     // nil: a client of its own with a timeout of 10 s
	Now        func() time.Time // nil: time.Now
	Rand       io.Reader        // nil: crypto/rand.Reader; used by many goroutines at once
	TokenStore TokenStore       // nil: an in-memory store

	// ReplayWindow is the largest distance between a push's timestamp and Now.
	// Zero is five minutes; a negative value switches the check off.
	ReplayWindow time.Duration
	// ReplyDeadline bounds the context given to the Handler's function.
	// Zero is 4.5 s (WeChat hangs up after 5 s).
	ReplyDeadline time.Duration
}

// Client talks to WeChat for one account. It is safe for concurrent use.
type Client struct {
	cfg     Config
	http    *http.Client
	crypter *Crypter
	token   *cached
	ticket  *cached

	mu       sync.Mutex
	forcedAt time.Time // last force_refresh, guarded by mu
}

// New checks the configuration and builds a client. It makes no network call.
func New(cfg Config) (*Client, error) {
	if cfg.AppID == "" {
		return nil, errors.New("official: Config.AppID is empty")
	}
	if err := cfg.setDefaults(); err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, http: cfg.HTTPClient}
	if cfg.EncodingAESKey != "" {
		crypter, err := NewCrypter(cfg.Token, cfg.EncodingAESKey, cfg.AppID, cfg.Rand)
		if err != nil {
			return nil, fmt.Errorf("official: Config.EncodingAESKey: %w", err)
		}
		c.crypter = crypter
	} else if cfg.Mode != ModePlain {
		return nil, fmt.Errorf("official: mode %q needs Config.EncodingAESKey", cfg.Mode)
	}
	c.token = newCached(cfg.AppID+":stable_token", cfg.TokenStore, cfg.Now, c.fetchToken)
	c.ticket = newCached(cfg.AppID+":jsapi_ticket", cfg.TokenStore, cfg.Now, c.fetchTicket)
	return c, nil
}

// AppID returns the account's application id.
func (c *Client) AppID() string { return c.cfg.AppID }

func (cfg *Config) setDefaults() error {
	switch cfg.Mode {
	case "":
		cfg.Mode = ModePlain
	case ModePlain, ModeCompatible, ModeSafe:
	default:
		return fmt.Errorf("official: Config.Mode %q is none of plain, compatible, safe", cfg.Mode)
	}
	for _, b := range []struct {
		field *string
		name  string
		real  string
	}{
		{&cfg.BaseURL, "BaseURL", DefaultBaseURL},
		{&cfg.OpenBaseURL, "OpenBaseURL", DefaultOpenBaseURL},
		{&cfg.MPBaseURL, "MPBaseURL", DefaultMPBaseURL},
	} {
		if err := setBase(b.field, b.real); err != nil {
			return fmt.Errorf("official: Config.%s: %w", b.name, err)
		}
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = newHTTPClient()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.TokenStore == nil {
		cfg.TokenStore = NewMemoryStore()
	}
	if cfg.ReplayWindow == 0 {
		cfg.ReplayWindow = defaultReplayWindow
	}
	if cfg.ReplyDeadline <= 0 {
		cfg.ReplyDeadline = defaultReplyDeadline
	}
	return nil
}

func setBase(field *string, real string) error {
	if *field == "" {
		*field = real
		return nil
	}
	u, err := url.Parse(*field)
	if err != nil {
		return err
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%q is not an http(s) address without query", *field)
	}
	*field = strings.TrimRight(*field, "/")
	return nil
}

func newHTTPClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 32
	return &http.Client{Timeout: defaultTimeout, Transport: t}
}
