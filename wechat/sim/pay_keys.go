package sim

import (
	"crypto/rsa"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

const (
	certOverlap = 24 * time.Hour // an old platform certificate stays in the list this long after a rotation
	maxOldCerts = 8
)

// oldCert is a platform certificate that was replaced: listed and able to decrypt until Until.
type oldCert struct {
	Key   string    `json:"key"`
	PEM   string    `json:"pem"`
	Born  time.Time `json:"born"`
	Until time.Time `json:"until"`
}

// platformCert is one platform certificate, ready for use.
type platformCert struct {
	key         *rsa.PrivateKey
	serial, pem string
	born, until time.Time // until is zero for the one in use
}

// platformKeys is WeChat Pay's side. It is never changed, only replaced.
type platformKeys struct {
	cert   platformCert
	old    []platformCert // newest first
	pub    *rsa.PrivateKey
	pubID  string
	pubPEM string
}

// platformKeys parses what is saved.
func (m *meta) platformKeys() (*platformKeys, error) {
	k := &platformKeys{pubID: m.PubID}
	var err error
	born := m.CertBorn
	if born.IsZero() {
		born = m.Born
	}
	if k.cert, err = readCert(oldCert{Key: m.CertKey, PEM: m.CertPEM, Born: born}); err != nil {
		return nil, err
	}
	for _, o := range m.OldCerts {
		c, err := readCert(o)
		if err != nil {
			return nil, err
		}
		k.old = append(k.old, c)
	}
	if k.pub, err = paycrypt.ParsePrivateKey(m.PubKey); err != nil {
		return nil, fmt.Errorf("WeChat Pay public key: %w", err)
	}
	k.pubPEM, err = paycrypt.PublicPEM(&k.pub.PublicKey)
	return k, err
}

func readCert(o oldCert) (c platformCert, err error) {
	c.pem, c.born, c.until = o.PEM, o.Born, o.Until
	if c.key, err = paycrypt.ParsePrivateKey(o.Key); err != nil {
		return c, fmt.Errorf("platform certificate: %w", err)
	}
	if _, c.serial, err = paycrypt.ParsePublicKey(o.PEM); err != nil {
		return c, fmt.Errorf("platform certificate: %w", err)
	}
	return c, nil
}

// modeOf is the key mode a Wechatpay-Serial header asks for; fallback when it names no key of ours.
func (k *platformKeys) modeOf(serial, fallback string) string {
	switch {
	case serial == k.pubID:
		return "public_key"
	case serial != "" && (serial == k.cert.serial || slices.ContainsFunc(k.old, func(c platformCert) bool { return c.serial == serial })):
		return "certificate"
	}
	return fallback
}

// signer is the key WeChat signs with in a mode, and its name.
func (k *platformKeys) signer(mode string) (*rsa.PrivateKey, string) {
	if mode == "public_key" {
		return k.pub, k.pubID
	}
	return k.cert.key, k.cert.serial
}

// named finds the private half of a key by its name; nil when it is unknown or its time is over.
func (k *platformKeys) named(serial string, now time.Time) *rsa.PrivateKey {
	if serial == k.pubID {
		return k.pub
	}
	for _, c := range k.listed(now) {
		if c.serial == serial {
			return c.key
		}
	}
	return nil
}

// listed are the certificates that may be downloaded now, the one in use first.
func (k *platformKeys) listed(now time.Time) []platformCert {
	list := []platformCert{k.cert}
	for _, c := range k.old {
		if now.Before(c.until) {
			list = append(list, c)
		}
	}
	return list
}

// RotatePlatform replaces WeChat Pay's platform certificate: the new one signs from now on, the old one stays downloadable
// and able to decrypt for overlap of simulated time (0: 24 hours).
func (s *Server) RotatePlatform(overlap time.Duration) (PlatformKeys, error) {
	if err := s.init(); err != nil {
		return PlatformKeys{}, err
	}
	if overlap == 0 {
		overlap = certOverlap
	}
	if overlap < 0 || overlap > 365*24*time.Hour {
		return PlatformKeys{}, bad("platform.overlap", "新旧证书并存时间需在 0 到 365 天之间", "overlap must be 0 to 365 days")
	}
	key, text, err := makeKey(s.Rand)
	if err != nil {
		return PlatformKeys{}, err
	}
	pem, _, err := paycrypt.Certificate(s.Rand, key, "Tenpay.com sign", "WeChat Pay (pocket)", s.Now())
	if err != nil {
		return PlatformKeys{}, err
	}
	s.mu.Lock()
	m, now := s.world.meta, s.Clock.Now()
	born := m.CertBorn
	if born.IsZero() {
		born = m.Born
	}
	old := append([]oldCert{{Key: m.CertKey, PEM: m.CertPEM, Born: born, Until: now.Add(overlap)}}, m.OldCerts...)
	m.OldCerts = old[:min(len(old), maxOldCerts)]
	m.CertKey, m.CertPEM, m.CertBorn = text, pem, now
	keys, err := m.platformKeys()
	if err == nil {
		s.world.meta = m
		s.platform.Store(keys)
		s.touch("meta", "meta")
	}
	s.unlockDurably()
	if err != nil {
		return PlatformKeys{}, err
	}
	return s.PlatformKeys()
}

// certificates answers GET /v3/certificates: one certificate, two or more while a rotation lasts.
func (s *Server) certificates(c *call) {
	c.lists = true
	s.mu.Lock()
	key := c.mch.APIv3Key
	s.mu.Unlock()
	data := []any{}
	for _, cert := range s.platform.Load().listed(s.Clock.Now()) {
		nonce := s.text(12)
		sealed, err := paycrypt.Seal(key, nonce, "certificate", []byte(cert.pem))
		if err != nil {
			c.payFail(http.StatusInternalServerError, "SYSTEM_ERROR", "系统异常，请稍后重试", nil)
			return
		}
		data = append(data, map[string]any{
			"serial_no": cert.serial, "effective_time": cst(cert.born.Add(-24 * time.Hour)), "expire_time": cst(cert.born.AddDate(5, 0, 0)),
			"encrypt_certificate": map[string]string{"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": "certificate", "ciphertext": sealed},
		})
	}
	c.payOK(map[string]any{"data": data})
}
