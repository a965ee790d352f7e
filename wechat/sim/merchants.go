package sim

import (
	"crypto/rsa"
	"regexp"
	"slices"
	"strings"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// Merchant is a WeChat Pay merchant. Keys left empty are generated; a developer who has a key pair gives PublicKey
// (a PEM public key with Serial, or a PEM certificate).
type Merchant struct {
	MchID       string   `json:"mchid"`
	Name        string   `json:"name"`
	APIv3Key    string   `json:"apiv3_key"`             // 32 characters
	Serial      string   `json:"serial_no"`             // of the API certificate, upper hex
	PublicKey   string   `json:"public_key"`            // PEM
	Certificate string   `json:"certificate,omitempty"` // PEM (apiclient_cert.pem) when generated
	PrivateKey  string   `json:"private_key,omitempty"` // PEM (apiclient_key.pem) when generated
	AppIDs      []string `json:"appids"`                // bound accounts
	KeyMode     string   `json:"key_mode"`              // certificate (default) or public_key: how notices are signed unless a request said otherwise
	PayDirs     []string `json:"pay_dirs,omitempty"`    // 支付授权目录: address prefixes that may start JSAPI payment; empty: any
	APIKey      string   `json:"api_key"`               // of v2 (APIv2 密钥), 32 characters
	Kind        string   `json:"kind,omitempty"`        // KindProvider for a 服务商; empty: an ordinary or sub-merchant
	Providers   []string `json:"providers,omitempty"`   // of a sub-merchant: the providers that may collect for it
	H5Domains   []string `json:"h5_domains,omitempty"`  // whose pages may open an h5_url; empty: any

	OldKeys []MerchantKey `json:"old_keys,omitempty"` // replaced API certificates that are still taken
}

// KindProvider is a merchant that collects for sub-merchants (服务商).
const KindProvider = "provider"

type merchant struct {
	Merchant
	Balance int64 `json:"balance,omitempty"` // of files older than the books (money_ledger.go); zero once they are open

	key *rsa.PublicKey
}

// PlatformKeys is WeChat Pay's public side, as a merchant's configuration needs it.
type PlatformKeys struct {
	CertificateSerial string `json:"platform_serial_no"`
	Certificate       string `json:"platform_certificate"` // PEM
	PublicKeyID       string `json:"public_key_id"`        // PUB_KEY_ID_…
	PublicKey         string `json:"wechatpay_public_key"` // PEM
}

var mchIDForm = regexp.MustCompile(`^[0-9]{8,32}$`)

// AddMerchant creates a merchant and gives it back with all keys. An mchid that exists already keeps its keys; its name,
// bound appids, key mode and directories are updated when given.
func (s *Server) AddMerchant(m Merchant) (Merchant, error) {
	if err := s.init(); err != nil {
		return Merchant{}, err
	}
	s.mu.Lock()
	old := s.world.merchants[m.MchID]
	if old != nil {
		defer s.mu.Unlock()
		return s.updateMerchant(old, m), nil
	}
	if m.MchID == "" {
		m.MchID = "19" + s.digits(8)
	}
	s.mu.Unlock()
	made, err := s.completeMerchant(m) // makes RSA keys: not under the lock
	if err != nil {
		return m, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.world.merchants[m.MchID]; old != nil {
		return s.updateMerchant(old, m), nil
	}
	s.world.merchants[made.MchID] = made
	s.touch("merchant", made.MchID)
	return made.Merchant, nil
}

func (s *Server) updateMerchant(old *merchant, m Merchant) Merchant {
	if m.Name != "" {
		old.Name = m.Name
	}
	for _, id := range m.AppIDs {
		if !slices.Contains(old.AppIDs, id) {
			old.AppIDs = append(old.AppIDs, id)
		}
	}
	if m.KeyMode == "certificate" || m.KeyMode == "public_key" {
		old.KeyMode = m.KeyMode
	}
	if m.PayDirs != nil {
		old.PayDirs = m.PayDirs
	}
	if m.H5Domains != nil {
		old.H5Domains = m.H5Domains
	}
	if m.Kind == KindProvider {
		old.Kind = m.Kind
	}
	for _, id := range m.Providers {
		if !slices.Contains(old.Providers, id) {
			old.Providers = append(old.Providers, id)
		}
	}
	s.touch("merchant", old.MchID)
	return old.Merchant
}

func (s *Server) completeMerchant(m Merchant) (*merchant, error) {
	if !mchIDForm.MatchString(m.MchID) {
		return nil, bad("merchant.mchid", "商户号必须是 8 到 32 位数字", "mchid must be 8 to 32 digits")
	}
	if m.Name == "" || len([]rune(m.Name)) > 64 {
		return nil, bad("merchant.name", "商户名称需要 1 到 64 个字", "name must have 1 to 64 characters")
	}
	if m.APIv3Key == "" {
		m.APIv3Key = s.text(32)
	}
	if len(m.APIv3Key) != 32 {
		return nil, bad("merchant.apiv3_key", "APIv3 密钥必须是 32 位", "apiv3_key must be 32 characters")
	}
	if m.APIKey == "" {
		m.APIKey = s.text(32)
	}
	if len(m.APIKey) != 32 {
		return nil, bad("merchant.api_key", "APIv2 密钥必须是 32 位", "api_key must be 32 characters")
	}
	if m.Kind != "" && m.Kind != KindProvider {
		return nil, bad("merchant.kind", "kind 只能是 provider 或空", "kind must be provider or empty")
	}
	if m.KeyMode == "" {
		m.KeyMode = "certificate"
	}
	if m.KeyMode != "certificate" && m.KeyMode != "public_key" {
		return nil, bad("merchant.key_mode", "key_mode 只能是 certificate 或 public_key", "key_mode must be certificate or public_key")
	}
	if m.AppIDs == nil {
		m.AppIDs = []string{}
	}
	if err := s.merchantKeys(&m); err != nil {
		return nil, err
	}
	made := &merchant{Merchant: m}
	if err := made.parse(); err != nil {
		return nil, bad("merchant.key", "公钥或证书无法读取", err.Error())
	}
	made.Serial = strings.ToUpper(made.Serial)
	return made, nil
}

func (s *Server) merchantKeys(m *Merchant) error {
	if m.PublicKey == "" && m.Certificate != "" {
		m.PublicKey = m.Certificate
	}
	if m.PublicKey == "" && m.PrivateKey != "" {
		key, err := paycrypt.ParsePrivateKey(m.PrivateKey)
		if err != nil {
			return bad("merchant.key", "私钥无法读取", err.Error())
		}
		if m.PublicKey, err = paycrypt.PublicPEM(&key.PublicKey); err != nil {
			return err
		}
	}
	if m.PublicKey != "" {
		_, serial, err := paycrypt.ParsePublicKey(m.PublicKey)
		if err != nil {
			return bad("merchant.key", "公钥或证书无法读取", err.Error())
		}
		if m.Serial == "" {
			m.Serial = serial
		}
		if m.Serial == "" {
			m.Serial = s.hex(20)
		}
		return nil
	}
	key, text, err := makeKey(s.Rand)
	if err != nil {
		return err
	}
	m.PrivateKey = text
	if m.Certificate, m.Serial, err = paycrypt.Certificate(s.Rand, key, m.MchID, m.Name, s.Now()); err != nil {
		return err
	}
	m.PublicKey, err = paycrypt.PublicPEM(&key.PublicKey)
	return err
}

func (m *merchant) parse() (err error) {
	for i := range m.OldKeys {
		if m.OldKeys[i].key, _, err = paycrypt.ParsePublicKey(m.OldKeys[i].PublicKey); err != nil {
			return err
		}
	}
	m.key, _, err = paycrypt.ParsePublicKey(m.PublicKey)
	return err
}

// Merchants lists all merchants by mchid.
func (s *Server) Merchants() []Merchant {
	if s.init() != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Merchant, 0, len(s.world.merchants))
	for _, m := range s.world.merchants {
		list = append(list, m.Merchant)
	}
	slices.SortFunc(list, func(a, b Merchant) int { return strings.Compare(a.MchID, b.MchID) })
	return list
}

// PlatformKeys gives WeChat Pay's certificate and public key.
func (s *Server) PlatformKeys() (PlatformKeys, error) {
	if err := s.init(); err != nil {
		return PlatformKeys{}, err
	}
	k := s.platform.Load()
	return PlatformKeys{k.cert.serial, k.cert.pem, k.pubID, k.pubPEM}, nil
}
