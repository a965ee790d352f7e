package sim

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"time"
)

const (
	codeEvery   = time.Minute      // a phone shows a new payment code this often
	codeGrace   = 30 * time.Second // and the one before is still taken this long
	keptPayCode = 4
)

var payCodeForm = regexp.MustCompile(`^1[0-5][0-9]{16}$`)

// waysWorld is what belongs to the ways of paying; Server.mu guards it.
type waysWorld struct {
	codes    map[string]*payCodes // by person
	byCode   map[string]*payCodes
	settings PaySettings
	asks     map[string]*ask // pay sheets opened from outside, by person
}

// payCodes are a person's payment codes, newest last, and what they want to be asked.
type payCodes struct {
	Person string    `json:"person"`
	Ask    string    `json:"ask,omitempty"` // always, never; empty: above the small-amount limit
	Codes  []payCode `json:"codes,omitempty"`
}

type payCode struct {
	Code  string    `json:"code"`
	Born  time.Time `json:"born"`
	Order string    `json:"order,omitempty"` // key of the order it was used for
}

// PaySettings are the doubtful points of paying, as the world's owner wants them.
type PaySettings struct {
	SmallAmount  int64   `json:"small_amount"`  // fen; more than this needs the password
	PasswordWait int64   `json:"password_wait"` // seconds until a password nobody entered fails the payment
	ReverseAfter int64   `json:"reverse_after"` // seconds after a payment before it may be reversed
	SigntestRate float64 `json:"signtest_rate"` // share of answers and notices that come with a probe
	RefuseReplay bool    `json:"refuse_replay"` // refuses the same signed request a second time; no document says that WeChat does
}

var defaultPaySettings = PaySettings{SmallAmount: 100_000, PasswordWait: 120}

func newWaysWorld() waysWorld {
	return waysWorld{codes: map[string]*payCodes{}, byCode: map[string]*payCodes{}, settings: defaultPaySettings, asks: map[string]*ask{}}
}

func (w *waysWorld) tables() []table {
	return []table{mapTable("paycode", w.codes), {
		kind: "pay_setting",
		get:  func(string) any { return &w.settings },
		put:  func(_ string, raw []byte) error { return json.Unmarshal(raw, &w.settings) },
		each: func(visit func(string, any) error) error { return visit("pay_setting", &w.settings) },
	}}
}

// link rebuilds what is found by a code.
func (w *waysWorld) link() {
	for _, p := range w.codes {
		for _, code := range p.Codes {
			w.byCode[code.Code] = p
		}
	}
}

// payCodeView is the payment code a phone shows.
type payCodeView struct {
	Code    string    `json:"code"`
	Born    time.Time `json:"born"`
	Until   time.Time `json:"until"`   // when the phone shows another
	Balance int64     `json:"balance"` // fen
	Ask     string    `json:"ask"`     // always, never, limit
	Limit   int64     `json:"limit"`   // fen that need no password
}

// PayCode gives the payment code a person's phone shows: 18 digits, a new one each simulated minute and after each use.
func (s *Server) PayCode(personID string) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.unlockDurably()
	p := s.world.people[personID]
	if p == nil {
		return "", missing("person " + personID)
	}
	return s.payCode(p).Code, nil
}

// codesOf is what is kept of a person's codes. The caller holds mu.
func (s *Server) codesOf(who string) *payCodes {
	p := s.world.ways.codes[who]
	if p == nil {
		p = &payCodes{Person: who}
		s.world.ways.codes[who] = p
	}
	return p
}

func (s *Server) payCode(p *person) payCode {
	kept, now := s.codesOf(p.ID), s.Clock.Now()
	if n := len(kept.Codes); n > 0 {
		if last := kept.Codes[n-1]; last.Order == "" && now.Sub(last.Born) < codeEvery && !now.Before(last.Born) {
			return last
		}
	}
	fresh := payCode{Code: s.freshCode(), Born: now}
	kept.Codes = append(kept.Codes, fresh)
	if extra := len(kept.Codes) - keptPayCode; extra > 0 {
		for _, old := range kept.Codes[:extra] {
			delete(s.world.ways.byCode, old.Code)
		}
		kept.Codes = slices.Delete(kept.Codes, 0, extra)
	}
	s.world.ways.byCode[fresh.Code] = kept
	s.touch("paycode", p.ID)
	return fresh
}

func (s *Server) freshCode() string {
	for {
		code := "1" + s.pick(1, "012345") + s.digits(16)
		if s.world.ways.byCode[code] == nil {
			return code
		}
	}
}

// readCode finds whose code was scanned; on failure it has answered. The caller holds mu.
func (s *Server) readCode(c *call, code string) (*person, *payCode) {
	fail := func(errCode, message, why string) (*person, *payCode) {
		c.payFail(http.StatusBadRequest, errCode, message, nil)
		c.refused("%s", why)
		return nil, nil
	}
	if !payCodeForm.MatchString(code) {
		return fail("AUTH_CODE_INVALID", "请扫描微信支付授权码(以10/11/12/13/14/15为前缀的18位数字)", "auth_code is not 18 digits that begin with 10 to 15")
	}
	kept := s.world.ways.byCode[code]
	if kept == nil || s.world.people[kept.Person] == nil {
		return fail("AUTH_CODE_INVALID", "付款码无效，请重新扫码", "no phone has shown this code lately")
	}
	i := slices.IndexFunc(kept.Codes, func(p payCode) bool { return p.Code == code })
	found := &kept.Codes[i]
	switch age := s.Clock.Now().Sub(found.Born); {
	case found.Order != "":
		return fail("AUTH_CODE_INVALID", "每个二维码仅限使用一次，请刷新再试", "the code was used for order "+found.Order)
	case age >= codeEvery+codeGrace:
		return fail("AUTHCODEEXPIRE", "付款码已过期，请用户在微信上刷新后再试", "the code is "+age.Truncate(time.Second).String()+" old")
	}
	return s.world.people[kept.Person], found
}

// useCode marks a code as used, so that the phone shows another.
func (s *Server) useCode(who *person, code *payCode, o *order) {
	code.Order = o.key()
	s.touch("paycode", who.ID)
	s.hub.send(who.ID, "paycode", map[string]any{"used": true})
}

// needsPassword tells whether a person has to enter the password for an amount. The caller holds mu.
func (s *Server) needsPassword(who string, amount int64) bool {
	switch s.codesOf(who).Ask {
	case "always":
		return true
	case "never":
		return false
	}
	return amount > s.world.ways.settings.SmallAmount
}
