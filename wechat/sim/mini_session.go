package sim

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	miniCodeLife    = 5 * time.Minute
	miniSessionLife = 3 * 24 * time.Hour // since the last login; WeChat does not say, a setting would not be more true
	miniLoginMinute = 100                // logins of one user in a minute
	maxMiniTickets  = 100_000
)

// miniTicket is a code of wx.login or of getPhoneNumber: five minutes, once.
type miniTicket struct {
	AppID  string    `json:"appid"`
	Person string    `json:"person"`
	Kind   string    `json:"kind"` // login, phone
	Phone  string    `json:"phone,omitempty"`
	Until  time.Time `json:"until"`
	Used   bool      `json:"used,omitempty"`
}

// miniSession is a user's session with a mini-program. Key is 16 bytes in base64.
type miniSession struct {
	Key    string    `json:"key"`
	Until  time.Time `json:"until"`
	Minute int64     `json:"minute,omitempty"` // unix minute of Logins
	Logins int       `json:"logins,omitempty"`
	Risky  bool      `json:"risky,omitempty"` // jscode2session refuses the user
}

// MiniLogin is wx.login on a person's phone: a js_code for jscode2session. It also wakes the session (wx.checkSession).
func (s *Server) MiniLogin(personID, appID string) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.knowsMini(personID, appID); err != nil {
		return "", err
	}
	s.miniSession(appID, personID)
	return s.miniTicket(miniTicket{AppID: appID, Person: personID, Kind: "login"}, "0"+s.text(31)), nil
}

func (s *Server) knowsMini(personID, appID string) error {
	if s.world.people[personID] == nil {
		return missing("person " + personID)
	}
	if s.world.mini.apps[appID] == nil {
		return missing("mini-program " + appID)
	}
	return nil
}

// miniTicket keeps a code. The caller holds mu.
func (s *Server) miniTicket(t miniTicket, code string) string {
	now := s.Clock.Now()
	all := s.world.mini.tickets
	if len(all) >= maxMiniTickets {
		for old, x := range all {
			if !now.Before(x.Until) || len(all) >= maxMiniTickets {
				delete(all, old)
				s.touch("mini_ticket", old)
			}
		}
	}
	t.Until = now.Add(miniCodeLife)
	all[code] = &t
	s.touch("mini_ticket", code)
	return code
}

// miniSession gives a user's session, a new one when the old has run out. The caller holds mu.
func (s *Server) miniSession(appID, who string) *miniSession {
	key, now := appID+"|"+who, s.Clock.Now()
	x := s.world.mini.sessions[key]
	if x == nil {
		x = &miniSession{}
		s.world.mini.sessions[key] = x
	}
	if x.Key == "" || !now.Before(x.Until) {
		x.Key = s.newSessionKey()
	}
	x.Until = now.Add(miniSessionLife)
	s.touch("mini_session", key)
	return x
}

func (s *Server) newSessionKey() string {
	key := make([]byte, 16)
	if _, err := io.ReadFull(s.Rand, key); err != nil {
		panic(fmt.Sprintf("pocket WeChat: the random source failed: %v", err))
	}
	return base64.StdEncoding.EncodeToString(key)
}

type sessionAnswer struct {
	OpenID     string `json:"openid"`
	SessionKey string `json:"session_key"`
	UnionID    string `json:"unionid,omitempty"`
}

// code2Session is GET /sns/jscode2session.
func (s *Server) code2Session(c *call) {
	q := c.r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	a := c.credentials(q.Get("appid"), q.Get("secret"))
	switch {
	case a == nil:
		return
	case q.Get("grant_type") != "" && q.Get("grant_type") != "authorization_code":
		c.fail(40002, "invalid grant_type")
		return
	case a.Kind != kindMini:
		c.deny(40013, "invalid appid", "%s is not a mini-program", a.AppID)
		return
	case q.Get("js_code") == "":
		c.fail(41008, "missing code")
		return
	}
	t := c.useTicket(q.Get("js_code"), a.AppID, "login")
	if t == nil {
		return
	}
	x, now := s.miniSession(a.AppID, t.Person), s.Clock.Now()
	if minute := now.Unix() / 60; x.Minute != minute {
		x.Minute, x.Logins = minute, 0
	}
	if x.Logins++; x.Logins > miniLoginMinute {
		c.fail(45011, "api minute-quota reach limit, mustslower, retry next minute")
		return
	}
	if x.Risky {
		c.deny(40226, "code blocked", "the user is held for risky by the test")
		return
	}
	c.ok(sessionAnswer{s.fan(a.AppID, t.Person).OpenID, x.Key, s.unionID(a, t.Person)})
}

// useTicket redeems a code; on failure it has answered. The caller holds mu.
func (c *call) useTicket(code, appID, kind string) *miniTicket {
	t := c.s.world.mini.tickets[code]
	switch {
	case t == nil || t.Kind != kind:
		c.fail(40029, "invalid code")
	case t.AppID != appID:
		c.deny(40029, "invalid code", "the code is one of %s", t.AppID)
	case t.Used && kind == "login":
		c.fail(40163, "code been used")
	case t.Used || !c.s.Clock.Now().Before(t.Until):
		c.deny(40029, "invalid code", "the code was used, or is older than five minutes")
	default:
		t.Used = true
		c.s.touch("mini_ticket", code)
		c.entry.Person = t.Person
		return t
	}
	return nil
}

type watermark struct {
	Timestamp int64  `json:"timestamp"`
	AppID     string `json:"appid"`
}

type phoneInfo struct {
	Phone     string    `json:"phoneNumber"`
	Pure      string    `json:"purePhoneNumber"`
	Country   string    `json:"countryCode"`
	Watermark watermark `json:"watermark"`
}

func (s *Server) phoneInfo(appID, phone string) phoneInfo {
	return phoneInfo{phone, phone, "86", watermark{s.Clock.Now().Unix(), appID}}
}

// mobileOf is a person's number: that of their first address, else one that stays the same. The caller holds mu.
func (s *Server) mobileOf(p *person) string {
	for _, a := range p.Addresses {
		if digits := strings.TrimPrefix(a.Phone, "+86"); len(digits) == 11 && digits[0] == '1' {
			return digits
		}
	}
	sum := sha256.Sum256([]byte(s.world.meta.Seed + "phone" + p.ID))
	return fmt.Sprintf("1380013%04d", (int(sum[0])<<8|int(sum[1]))%10000)
}

// getPhone is POST /wxa/business/getuserphonenumber.
func (s *Server) getPhone(c *call, app *miniApp) {
	var in struct {
		Code   string `json:"code"`
		OpenID string `json:"openid"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := c.useTicket(in.Code, app.AppID, "phone")
	if t == nil {
		return
	}
	if in.OpenID != "" && in.OpenID != s.fan(app.AppID, t.Person).OpenID {
		c.deny(40013, "invalid appid", "openid is not that of the user who gave the code")
		return
	}
	c.ok(struct {
		apiError
		Info phoneInfo `json:"phone_info"`
	}{apiOK, s.phoneInfo(app.AppID, t.Phone)})
}

// checkSession is GET /wxa/checksession: signature = hmac_sha256(session_key, "").
func (s *Server) checkSession(c *call, app *miniApp) {
	q := c.r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	f := c.fanOf(q.Get("openid"))
	if f == nil || !s.sessionSigned(c, app, f) {
		return
	}
	c.ok(apiOK)
}

// resetSession is GET /wxa/resetusersessionkey.
func (s *Server) resetSession(c *call, app *miniApp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := c.fanOf(c.r.URL.Query().Get("openid"))
	if f == nil || !s.sessionSigned(c, app, f) {
		return
	}
	x := s.world.mini.sessions[app.AppID+"|"+f.Person]
	x.Key = s.newSessionKey()
	s.touch("mini_session", app.AppID+"|"+f.Person)
	c.ok(struct {
		apiError
		OpenID string `json:"openid"`
		Key    string `json:"session_key"`
	}{apiOK, f.OpenID, x.Key})
}

func (s *Server) sessionSigned(c *call, app *miniApp, f *fan) bool {
	q, x := c.r.URL.Query(), s.world.mini.sessions[app.AppID+"|"+f.Person]
	if method := q.Get("sig_method"); method != "hmac_sha256" {
		c.fail(40097, "invalid args")
		return false
	}
	if x == nil || !s.Clock.Now().Before(x.Until) {
		c.deny(87009, "invalid signature", "the user has no session any more")
		return false
	}
	mac := hmac.New(sha256.New, []byte(x.Key))
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(q.Get("signature"))) != 1 {
		c.deny(87009, "invalid signature", "signature is not hmac_sha256(session_key, \"\") in lower hex")
		return false
	}
	return true
}

// sealed is what wx.getUserInfo and getPhoneNumber give a page to pass on.
type sealed struct {
	RawData   string `json:"raw_data,omitempty"`
	Signature string `json:"signature,omitempty"` // sha1(rawData + session_key)
	Encrypted string `json:"encrypted_data"`
	IV        string `json:"iv"`
}

// sealFor encrypts v for a session: AES-128-CBC with the session key, PKCS#7.
func (s *Server) sealFor(x *miniSession, v any) (sealed, error) {
	plain, err := encode(v)
	if err != nil {
		return sealed{}, err
	}
	key, err := base64.StdEncoding.DecodeString(x.Key)
	if err != nil {
		return sealed{}, fmt.Errorf("session key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealed{}, fmt.Errorf("session key: %w", err)
	}
	iv := make([]byte, aes.BlockSize)
	if _, err := io.ReadFull(s.Rand, iv); err != nil {
		return sealed{}, fmt.Errorf("random source: %w", err)
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	for range pad {
		plain = append(plain, byte(pad))
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(plain, plain)
	return sealed{Encrypted: base64.StdEncoding.EncodeToString(plain), IV: base64.StdEncoding.EncodeToString(iv)}, nil
}

// signRaw is the signature of rawData.
func signRaw(raw, key string) string {
	sum := sha1.Sum([]byte(raw + key))
	return hex.EncodeToString(sum[:])
}
