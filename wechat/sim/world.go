package sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// world is everything the simulator remembers; Server.mu guards it.
type world struct {
	social socialWorld

	meta       meta
	counter    int64
	people     map[string]*person
	accounts   map[string]*account
	merchants  map[string]*merchant
	fans       map[string]*fan // appid|person
	openids    map[string]*fan
	originals  map[string]*account // gh_…
	chats      map[string]*chat    // person|chat id
	letters    map[string]*letter  // those that several chats share
	orders     map[string]*order   // mchid|out_trade_no
	paid       map[string]*order   // by transaction id
	combines   map[string]*combine
	prepays    map[string]*prepay
	refunds    map[string]*refund // mchid|out_refund_no
	notices    map[string]*notice
	noticeLog  []string           // ids in order of birth
	behind     []*notice          // held back until another one of the merchant has gone out
	qrs        map[string]*qrcode // by ticket
	qrTexts    map[string]*qrcode
	screens    map[string]*screen
	media      map[string]*media
	jars       map[string]*jar  // person
	sites      map[string]*site // hashed labels only
	sheets     map[string]*paySheet
	codes      map[string]*oauthCode
	snsTokens  map[string]*snsToken
	docs       map[string]*jsDoc
	carrier    carrierWorld
	ads        adsWorld
	mini       miniWorld
	subscribe  subscribeWorld
	work       workWorld
	money      moneyWorld
	sharing    sharingWorld
	transfers  transferWorld
	complaints complaintWorld

	faults      *Faults     // has a lock of its own
	savedFaults savedFaults // as loaded
	ways        waysWorld
	official    officialWorld

	apiTokens   map[string]string  // access token → appid
	personBills map[string][]*bill // newest last
	personChats map[string][]*chat
}

// meta is what belongs to no one.
type meta struct {
	Seed    string     `json:"seed"`
	Clock   savedClock `json:"clock"`
	CertKey string     `json:"cert_key"` // PEM of the platform certificate's private key
	CertPEM string     `json:"cert_pem"`
	PubKey  string     `json:"pub_key"` // PEM of the private half of the WeChat Pay public key
	PubID   string     `json:"pub_id"`  // PUB_KEY_ID_…
	Born    time.Time  `json:"born"`

	CertBorn time.Time `json:"cert_born,omitzero"` // zero: with the world
	OldCerts []oldCert `json:"old_certs,omitempty"`

	CACert string `json:"ca_cert,omitempty"` // PEM of the authority behind TLS
	CAKey  string `json:"ca_key,omitempty"`
}

func (w *world) make() {
	*w = world{
		people: map[string]*person{}, accounts: map[string]*account{}, merchants: map[string]*merchant{}, fans: map[string]*fan{},
		openids: map[string]*fan{}, originals: map[string]*account{}, chats: map[string]*chat{}, letters: map[string]*letter{}, orders: map[string]*order{}, paid: map[string]*order{},
		combines: map[string]*combine{}, prepays: map[string]*prepay{}, refunds: map[string]*refund{}, notices: map[string]*notice{},
		qrs: map[string]*qrcode{}, qrTexts: map[string]*qrcode{}, screens: map[string]*screen{}, media: map[string]*media{}, jars: map[string]*jar{},
		sites: map[string]*site{}, sheets: map[string]*paySheet{}, codes: map[string]*oauthCode{}, snsTokens: map[string]*snsToken{}, docs: map[string]*jsDoc{},
		apiTokens: map[string]string{}, personBills: map[string][]*bill{}, personChats: map[string][]*chat{},
		carrier: newCarrierWorld(), social: newSocialWorld(),
		ads:  newAdsWorld(),
		mini: newMiniWorld(), subscribe: newSubscribeWorld(),
		work:   newWorkWorld(),
		faults: &Faults{},
		ways:   newWaysWorld(),
		money:  newMoneyWorld(), sharing: newSharingWorld(), transfers: newTransferWorld(), complaints: newComplaintWorld(),
		official: newOfficialWorld(),
	}
}

// begin makes the keys of a new world, or parses those of a loaded one.
func (w *world) begin(s *Server) error {
	if w.meta.Seed == "" {
		if err := w.firstStart(s); err != nil {
			return err
		}
	} else {
		s.Clock.restore(w.meta.Clock)
	}
	for _, m := range w.merchants {
		if m.APIKey == "" { // made before v2 was offered
			m.APIKey = s.text(32)
		}
	}
	if err := s.beginCA(); err != nil {
		return err
	}
	keys, err := w.meta.platformKeys()
	if err != nil {
		return err
	}
	s.platform.Store(keys)
	s.applyPaySettings()
	return nil
}

// makeKey makes an RSA key and its PEM. The package's tests put a pool in its place: a key takes a fifth of a second.
var makeKey = paycrypt.GenerateKey

func (w *world) firstStart(s *Server) error {
	w.meta.Seed, w.meta.Born = s.text(32), s.Now()
	key, text, err := makeKey(s.Rand)
	if err != nil {
		return err
	}
	w.meta.CertKey = text
	if w.meta.CertPEM, _, err = paycrypt.Certificate(s.Rand, key, "Tenpay.com sign", "WeChat Pay (pocket)", s.Now()); err != nil {
		return err
	}
	if _, w.meta.PubKey, err = makeKey(s.Rand); err != nil {
		return err
	}
	w.meta.PubID = "PUB_KEY_ID_" + s.digits(28)
	return nil
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// text is n random letters and digits.
func (s *Server) text(n int) string { return s.pick(n, letters) }

// digits is n random digits.
func (s *Server) digits(n int) string { return s.pick(n, "0123456789") }

func (s *Server) pick(n int, alphabet string) string {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.Rand, b); err != nil {
		panic(fmt.Sprintf("pocket WeChat: the random source failed: %v", err))
	}
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

// hex is n random bytes as upper hex.
func (s *Server) hex(n int) string {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.Rand, b); err != nil {
		panic(fmt.Sprintf("pocket WeChat: the random source failed: %v", err))
	}
	return strings.ToUpper(hex.EncodeToString(b))
}

// derive makes a stable 28-character id such as an openid from the world's seed.
func (w *world) derive(parts ...string) string {
	mac := hmac.New(sha256.New, []byte(w.meta.Seed))
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return "o" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))[:27]
}

// next counts up; ids made of it are unique in this world. The caller holds mu.
func (s *Server) next() int64 {
	s.world.counter++
	s.touch("counter", "counter")
	return s.world.counter
}

// cst writes a time as WeChat Pay does: 2018-06-08T10:34:56+08:00.
func cst(t time.Time) string { return t.In(shanghai).Format("2006-01-02T15:04:05+08:00") }

// hexLower is n random bytes as lower hex.
func (s *Server) hexLower(n int) string { return strings.ToLower(s.hex(n)) }

// oldestOf finds what was born first; the zero value when there is nothing.
func oldestOf[T any](all map[string]T, born func(T) time.Time) (oldest T) {
	first := true
	for _, x := range all {
		if first || born(x).Before(born(oldest)) {
			oldest, first = x, false
		}
	}
	return oldest
}
