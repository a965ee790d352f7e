package sim

import (
	"crypto/rsa"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

const maxOldKeys = 3 // certificates of a merchant that may be in use side by side with the newest

// MerchantKey is an API certificate of a merchant that was replaced and is still taken until Until.
type MerchantKey struct {
	Serial    string    `json:"serial_no"`
	PublicKey string    `json:"public_key"` // PEM
	Until     time.Time `json:"until"`

	key *rsa.PublicKey
}

// keyFor is the public key of a certificate serial at a moment; nil when the merchant has none such.
func (m *merchant) keyFor(serial string, now time.Time) *rsa.PublicKey {
	if strings.EqualFold(serial, m.Serial) {
		return m.key
	}
	for _, old := range m.OldKeys {
		if strings.EqualFold(serial, old.Serial) && now.Before(old.Until) {
			return old.key
		}
	}
	return nil
}

// signed tells whether a text carries a signature of one of the merchant's keys; paySign names no serial.
func (m *merchant) signed(message []byte, signature string, now time.Time) bool {
	if paycrypt.Verify(m.key, message, signature) == nil {
		return true
	}
	return slices.ContainsFunc(m.OldKeys, func(old MerchantKey) bool {
		return now.Before(old.Until) && paycrypt.Verify(old.key, message, signature) == nil
	})
}

// ChangeMerchantKey gives a merchant a new API certificate: the one of m (public_key or private_key with serial_no), or a new one.
// The certificate before is taken for overlap of simulated time; 0: it is void at once.
func (s *Server) ChangeMerchantKey(m Merchant, overlap time.Duration) (Merchant, error) {
	if err := s.init(); err != nil {
		return Merchant{}, err
	}
	if overlap < 0 || overlap > 365*24*time.Hour {
		return Merchant{}, bad("merchant.overlap", "新旧证书并存时间需在 0 到 365 天之间", "overlap must be 0 to 365 days")
	}
	s.mu.Lock()
	old := s.world.merchants[m.MchID]
	if old != nil {
		m.Name = old.Name
	}
	s.mu.Unlock()
	if old == nil {
		return Merchant{}, missing("merchant " + m.MchID)
	}
	fresh := Merchant{MchID: m.MchID, Name: m.Name, Serial: m.Serial, PublicKey: m.PublicKey, Certificate: m.Certificate, PrivateKey: m.PrivateKey}
	if err := s.merchantKeys(&fresh); err != nil { // makes RSA keys: not under the lock
		return Merchant{}, err
	}
	key, _, err := paycrypt.ParsePublicKey(fresh.PublicKey)
	if err != nil {
		return Merchant{}, bad("merchant.key", "公钥或证书无法读取", err.Error())
	}
	s.mu.Lock()
	defer s.unlockDurably()
	if overlap > 0 {
		kept := append([]MerchantKey{{old.Serial, old.PublicKey, s.Clock.Now().Add(overlap), old.key}}, old.OldKeys...)
		old.OldKeys = kept[:min(len(kept), maxOldKeys)]
	} else {
		old.OldKeys = nil
	}
	old.Serial, old.PublicKey, old.Certificate, old.PrivateKey, old.key = strings.ToUpper(fresh.Serial), fresh.PublicKey, fresh.Certificate, fresh.PrivateKey, key
	s.touch("merchant", old.MchID)
	return old.Merchant, nil
}

func (s *Server) apiChangeKey(r *http.Request) (any, error) {
	var in struct {
		Serial       string  `json:"serial_no"`
		PublicKey    string  `json:"public_key"`
		PrivateKey   string  `json:"private_key"`
		OverlapHours float64 `json:"overlap_hours"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return s.ChangeMerchantKey(Merchant{MchID: r.PathValue("mchid"), Serial: in.Serial, PublicKey: in.PublicKey, PrivateKey: in.PrivateKey}, time.Duration(in.OverlapHours*float64(time.Hour)))
}
