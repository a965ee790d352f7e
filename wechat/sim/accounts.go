package sim

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/wxcrypt"
)

// Push modes of an account.
const (
	ModePlain      = "plain"
	ModeCompatible = "compatible"
	ModeSafe       = "safe"
)

// Account is an official account and its settings in the console of mp.weixin.qq.com.
// Secrets left empty are generated. Domains may carry a port and may be a comma-separated list.
type Account struct {
	AppID       string     `json:"appid"`
	Secret      string     `json:"secret"`
	OriginalID  string     `json:"original_id"` // gh_…
	Name        string     `json:"name"`
	Intro       string     `json:"intro,omitempty"`
	Avatar      string     `json:"avatar,omitempty"`  // URL; empty: drawn
	Subject     string     `json:"subject,omitempty"` // owner; accounts of one subject share unionids
	Kind        string     `json:"kind"`              // service (default) or subscription
	Unverified  bool       `json:"unverified,omitempty"`
	Token       string     `json:"token"`
	AESKey      string     `json:"aes_key"` // EncodingAESKey, 43 characters
	Mode        string     `json:"mode"`    // plain (default), compatible, safe
	CallbackURL string     `json:"callback_url,omitempty"`
	OAuthDomain string     `json:"oauth_domain,omitempty"` // 网页授权域名
	JSDomain    string     `json:"js_domain,omitempty"`    // JS 接口安全域名
	Templates   []Template `json:"templates,omitempty"`
	IPAllow     []string   `json:"ip_allow,omitempty"`     // addresses that may ask for a token; empty: all
	KFAllowance int        `json:"kf_allowance,omitempty"` // answers per message of a fan in 48 h, default 5
	Test        bool       `json:"test,omitempty"`         // a test account (测试号): all rights, a tenth of the quotas, no mass messages
}

// Template is a template-message template with {{name.DATA}} placeholders.
type Template struct {
	ID      string `json:"template_id"`
	Title   string `json:"title"`
	Content string `json:"content"`
}

type account struct {
	Account
	Born      time.Time       `json:"born"`
	Menu      json.RawMessage `json:"menu,omitempty"`
	Plain     *apiToken       `json:"plain,omitempty"`
	OldPlain  *apiToken       `json:"old_plain,omitempty"`
	Stable    *apiToken       `json:"stable,omitempty"`
	OldStable *apiToken       `json:"old_stable,omitempty"`
	Forced    []time.Time     `json:"forced,omitempty"` // force refreshes of today
	Ticket    *apiToken       `json:"ticket,omitempty"`
	OldTicket *apiToken       `json:"old_ticket,omitempty"`
	Permanent int             `json:"permanent,omitempty"` // permanent codes made
}

type apiToken struct {
	Value string    `json:"value"`
	Until time.Time `json:"until"`
}

var (
	appIDForm = regexp.MustCompile(`^[0-9A-Za-z_-]{3,32}$`)
	tokenForm = regexp.MustCompile(`^[0-9A-Za-z]{3,32}$`)
)

// AddAccount creates an account and gives it back with everything a developer needs. An appid that exists already is
// updated with the settings that are given (not empty) and keeps its secrets, fans and menu.
func (s *Server) AddAccount(a Account) (Account, error) {
	if err := s.init(); err != nil {
		return Account{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.world.accounts[a.AppID]
	if old != nil {
		settings := old.Account
		merge(&settings, a)
		a = settings
	} else {
		s.fillAccount(&a)
	}
	if err := checkAccount(a); err != nil {
		return a, err
	}
	if old != nil {
		merge(&old.Account, a)
	} else {
		old = &account{Account: a, Born: s.Clock.Now()}
		s.world.accounts[a.AppID] = old
		s.world.originals[a.OriginalID] = old
	}
	s.touch("account", a.AppID)
	return a, nil
}

// Accounts lists all accounts by appid.
func (s *Server) Accounts() []Account {
	if s.init() != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Account, 0, len(s.world.accounts))
	for _, a := range s.world.accounts {
		list = append(list, a.Account)
	}
	slices.SortFunc(list, func(a, b Account) int { return strings.Compare(a.AppID, b.AppID) })
	return list
}

func (s *Server) fillAccount(a *Account) {
	fill := func(field *string, value func() string) {
		if *field == "" {
			*field = value()
		}
	}
	fill(&a.AppID, func() string { return "wx" + s.hexLower(8) })
	fill(&a.Secret, func() string { return s.hexLower(16) })
	fill(&a.OriginalID, func() string { return "gh_" + s.hexLower(6) })
	fill(&a.Token, func() string { return s.text(16) })
	fill(&a.AESKey, func() string { return s.text(43) })
	fill(&a.Kind, func() string { return "service" })
	fill(&a.Mode, func() string { return ModePlain })
	if a.KFAllowance == 0 {
		a.KFAllowance = 5
	}
}

func checkAccount(a Account) error {
	if !appIDForm.MatchString(a.AppID) {
		return bad("account.appid", "appid 格式不正确", "appid must be 3 to 32 letters, digits, - or _")
	}
	if n := len([]rune(a.Name)); n < 1 || n > 30 {
		return bad("account.name", "公众号名称需要 1 到 30 个字", "name must have 1 to 30 characters")
	}
	if !tokenForm.MatchString(a.Token) {
		return bad("account.token", "Token 必须为 3-32 位英文或数字", "token must be 3 to 32 letters or digits")
	}
	if _, err := wxcrypt.NewCipher(a.AESKey, a.AppID); err != nil {
		return bad("account.aes_key", "EncodingAESKey 必须为 43 位", "aes_key must be 43 characters of base64")
	}
	if !slices.Contains([]string{ModePlain, ModeCompatible, ModeSafe}, a.Mode) {
		return bad("account.mode", "消息加解密方式只能是 plain、compatible 或 safe", "mode must be plain, compatible or safe")
	}
	if a.Kind != "service" && a.Kind != "subscription" && a.Kind != kindMini {
		return bad("account.kind", "类型只能是 service、subscription 或 mini", "kind must be service, subscription or mini")
	}
	return nil
}

// merge lays the given (non-empty) settings of b over a. Appid, original id and kind never change.
func merge(a *Account, b Account) {
	for _, pair := range []struct{ to, from *string }{
		{&a.Secret, &b.Secret}, {&a.Name, &b.Name}, {&a.Intro, &b.Intro}, {&a.Avatar, &b.Avatar}, {&a.Subject, &b.Subject},
		{&a.Token, &b.Token}, {&a.AESKey, &b.AESKey}, {&a.Mode, &b.Mode}, {&a.CallbackURL, &b.CallbackURL},
		{&a.OAuthDomain, &b.OAuthDomain}, {&a.JSDomain, &b.JSDomain},
	} {
		if *pair.from != "" {
			*pair.to = *pair.from
		}
	}
	if b.Templates != nil {
		a.Templates = b.Templates
	}
	if b.IPAllow != nil {
		a.IPAllow = b.IPAllow
	}
}

// may tells whether the account holds a right that only verified service accounts have.
func (a *account) may() bool { return a.allows(serviceOnly) }

// inDomains tells whether host (with or without port) is one of a comma-separated list of domains.
func inDomains(list, host string) bool {
	name, _, found := strings.Cut(host, ":")
	if !found {
		name = host
	}
	for domain := range strings.SplitSeq(list, ",") {
		domain = strings.TrimSpace(domain)
		if domain != "" && (strings.EqualFold(domain, host) || strings.EqualFold(domain, name)) {
			return true
		}
	}
	return false
}
