package pay

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/signers"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

// The real hosts of WeChat Pay.
const (
	DefaultBaseURL = "https://api.mch.weixin.qq.com"
	StandbyBaseURL = "https://api2.mch.weixin.qq.com"
)

// Mode says with which keys WeChat Pay's signatures are verified.
type Mode string

// Modes of verification.
const (
	ModeCertificate Mode = "certificate" // platform certificates, downloaded
	ModePublicKey   Mode = "public_key"  // WeChat Pay's public key
	ModeBoth        Mode = "both"        // both, while a merchant migrates
)

const (
	defaultTimeout      = 15 * time.Second
	defaultRefreshEvery = 12 * time.Hour
	apiV3KeyBytes       = 32
)

// Config describes one merchant.
type Config struct {
	MchID      string
	SerialNo   string          // serial number of the merchant's certificate, upper-case hex
	PrivateKey *rsa.PrivateKey // the merchant's; see LoadPrivateKey
	APIv3Key   string          // 32 bytes

	// AppID is used where a request names none, and by PaySign.
	AppID string

	// Mode; empty is ModePublicKey when PublicKey is set, else ModeCertificate.
	Mode        Mode
	PublicKeyID string         // "PUB_KEY_ID_" + digits
	PublicKey   *rsa.PublicKey // WeChat Pay's; see LoadPublicKey

	// BaseURL is the host, empty is DefaultBaseURL. A path in it is where a proxy
	// stands; it is not part of what is signed.
	BaseURL    string
	HTTPClient *http.Client     // nil: a client of its own with a timeout of 15 s
	Now        func() time.Time // nil: time.Now
	Rand       io.Reader        // nil: crypto/rand.Reader; used by many goroutines at once

	// RefreshEvery is the age at which platform certificates are downloaded again;
	// zero is twelve hours, the longest WeChat Pay recommends.
	RefreshEvery time.Duration
}

// Client calls WeChat Pay for one merchant. It is safe for concurrent use.
type Client struct {
	cfg    Config
	http   *http.Client
	signer *signers.SHA256WithRSASigner
	keys   *keyRing
	sub    string // see Sub
}

// New checks the configuration and builds a client. It makes no network call.
func New(cfg Config) (*Client, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("pay: %w", err)
	}
	cfg.setDefaults()
	hc := *cfg.HTTPClient
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &Client{
		cfg:  cfg,
		http: &hc,
		signer: &signers.SHA256WithRSASigner{
			MchID: cfg.MchID, CertificateSerialNo: cfg.SerialNo, PrivateKey: cfg.PrivateKey,
		},
	}
	c.keys = newKeyRing(cfg, c.downloadCertificates)
	return c, nil
}

// MchID returns the merchant's number.
func (c *Client) MchID() string { return c.cfg.MchID }

func (cfg *Config) check() error {
	switch {
	case cfg.MchID == "":
		return errors.New("Config.MchID is empty")
	case cfg.SerialNo == "":
		return errors.New("Config.SerialNo (of the merchant's certificate) is empty")
	case cfg.PrivateKey == nil:
		return errors.New("Config.PrivateKey is nil")
	case len(cfg.APIv3Key) != apiV3KeyBytes:
		return fmt.Errorf("Config.APIv3Key is %d bytes, it must be %d", len(cfg.APIv3Key), apiV3KeyBytes)
	case (cfg.PublicKeyID == "") != (cfg.PublicKey == nil):
		return errors.New("Config.PublicKeyID and Config.PublicKey go together")
	}
	if cfg.BaseURL != "" {
		u, err := url.Parse(cfg.BaseURL)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("Config.BaseURL %q is not an http(s) address without query", cfg.BaseURL)
		}
	}
	return cfg.checkMode()
}

func (cfg *Config) checkMode() error {
	switch cfg.Mode {
	case "":
		cfg.Mode = ModeCertificate
		if cfg.PublicKey != nil {
			cfg.Mode = ModePublicKey
		}
	case ModeCertificate:
	case ModePublicKey, ModeBoth:
		if cfg.PublicKey == nil {
			return fmt.Errorf("Config.Mode %q needs PublicKeyID and PublicKey", cfg.Mode)
		}
	default:
		return fmt.Errorf("Config.Mode %q is none of certificate, public_key, both", cfg.Mode)
	}
	return nil
}

func (cfg *Config) setDefaults() {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	cfg.BaseURL = strings.TrimRight(cfg.BaseURL, "/")
	if cfg.HTTPClient == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 64
		cfg.HTTPClient = &http.Client{Timeout: defaultTimeout, Transport: t}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.RefreshEvery <= 0 {
		cfg.RefreshEvery = defaultRefreshEvery
	}
}

// LoadPrivateKey reads a merchant's private key (PKCS#8 PEM, apiclient_key.pem).
func LoadPrivateKey(pem string) (*rsa.PrivateKey, error) { return utils.LoadPrivateKey(pem) }

// LoadPublicKey reads WeChat Pay's public key (PKIX PEM, pub_key.pem).
func LoadPublicKey(pem string) (*rsa.PublicKey, error) { return utils.LoadPublicKey(pem) }
