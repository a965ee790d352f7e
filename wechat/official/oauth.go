package official

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Scope is what a person is asked to share on the authorisation page.
type Scope string

// Scopes of web authorisation.
const (
	ScopeBase     Scope = "snsapi_base"     // openid only, no question asked
	ScopeUserInfo Scope = "snsapi_userinfo" // name and picture, the person agrees
)

const maxStateBytes = 128

// AuthorizeURL is the address that starts web authorisation. The order of its
// parameters is fixed because old WeChat clients check it. The host of redirect
// must be the account's 网页授权域名. state is at most 128 letters and digits and
// comes back unchanged.
func (c *Client) AuthorizeURL(redirect string, scope Scope, state string) (string, error) {
	if scope != ScopeBase && scope != ScopeUserInfo {
		return "", fmt.Errorf("official: scope %q is neither snsapi_base nor snsapi_userinfo", scope)
	}
	if u, err := url.Parse(redirect); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", fmt.Errorf("official: redirect %q is not a full http(s) address", redirect)
	}
	if !validState(state) {
		return "", errors.New("official: state must be 0–128 letters or digits")
	}
	return c.cfg.OpenBaseURL + "/connect/oauth2/authorize?appid=" + url.QueryEscape(c.cfg.AppID) +
		"&redirect_uri=" + url.QueryEscape(redirect) + "&response_type=code&scope=" + string(scope) +
		"&state=" + state + "#wechat_redirect", nil
}

func validState(s string) bool {
	return len(s) <= maxStateBytes && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}) < 0
}

// OAuthToken is what a code is exchanged for. Its AccessToken is of another kind
// than the account's and serves only the person it was given for.
type OAuthToken struct {
	AccessToken  string
	RefreshToken string    // valid for 30 days
	ExpiresAt    time.Time // end of AccessToken, UTC
	OpenID       string
	UnionID      string // empty unless the account belongs to an open-platform subject
	Scope        string
	Snapshot     bool // the page was opened as a 快照页: OpenID and profile are made up by WeChat
}

type oauthAnswer struct {
	AccessToken  string `json:"access_token"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	OpenID       string `json:"openid"`
	UnionID      string `json:"unionid"`
	Scope        string `json:"scope"`
	Snapshot     int    `json:"is_snapshotuser"`
}

// ExchangeCode turns the code of the redirect into a token. A code works once and
// for five minutes; see IsOAuthCodeInvalid.
func (c *Client) ExchangeCode(ctx context.Context, code string) (OAuthToken, error) {
	return c.oauth(ctx, "/sns/oauth2/access_token", url.Values{
		"appid": {c.cfg.AppID}, "secret": {c.cfg.Secret}, "code": {code}, "grant_type": {"authorization_code"},
	})
}

// RefreshOAuth renews a person's token. WeChat does not repeat UnionID and the
// snapshot mark here; keep those of the first token.
func (c *Client) RefreshOAuth(ctx context.Context, refreshToken string) (OAuthToken, error) {
	return c.oauth(ctx, "/sns/oauth2/refresh_token", url.Values{
		"appid": {c.cfg.AppID}, "grant_type": {"refresh_token"}, "refresh_token": {refreshToken},
	})
}

func (c *Client) oauth(ctx context.Context, path string, query url.Values) (OAuthToken, error) {
	asked := c.cfg.Now()
	var out oauthAnswer
	if err := c.sns(ctx, path, query, &out); err != nil {
		return OAuthToken{}, err
	}
	cred, err := newCredential(path, out.AccessToken, out.ExpiresIn, asked)
	if err != nil {
		return OAuthToken{}, err
	}
	if out.OpenID == "" {
		return OAuthToken{}, &HTTPError{Status: http.StatusOK, Path: path, Reason: "answer holds no openid"}
	}
	return OAuthToken{
		AccessToken: cred.Value, ExpiresAt: cred.ExpiresAt, RefreshToken: out.RefreshToken,
		OpenID: out.OpenID, UnionID: out.UnionID, Scope: out.Scope, Snapshot: out.Snapshot == 1,
	}, nil
}

func (c *Client) sns(ctx context.Context, path string, query url.Values, out any) error {
	a, err := c.send(ctx, http.MethodGet, path, query, "", nil, maxJSONAnswer)
	if err != nil {
		return err
	}
	return decode(path, a.body, out)
}

// OAuthUser is the profile a person agreed to share. Sex and place are empty
// nowadays.
type OAuthUser struct {
	OpenID     string   `json:"openid"`
	UnionID    string   `json:"unionid"`
	Nickname   string   `json:"nickname"`
	HeadImgURL string   `json:"headimgurl"`
	Sex        int      `json:"sex"` // 0 unknown, 1 male, 2 female
	Province   string   `json:"province"`
	City       string   `json:"city"`
	Country    string   `json:"country"`
	Privilege  []string `json:"privilege"`
	Snapshot   bool     `json:"-"` // from the token: the profile is made up by WeChat
}

// OAuthUserInfo reads the profile behind a token of scope snsapi_userinfo.
// lang is zh_CN, zh_TW or en; empty is zh_CN.
func (c *Client) OAuthUserInfo(ctx context.Context, token OAuthToken, lang string) (OAuthUser, error) {
	var out OAuthUser
	err := c.sns(ctx, "/sns/userinfo", url.Values{
		"access_token": {token.AccessToken}, "openid": {token.OpenID}, "lang": {orChinese(lang)},
	}, &out)
	if err != nil {
		return OAuthUser{}, err
	}
	out.Snapshot = token.Snapshot
	return out, nil
}

// CheckOAuth asks WeChat whether a person's token still works (nil when it does).
func (c *Client) CheckOAuth(ctx context.Context, token OAuthToken) error {
	return c.sns(ctx, "/sns/auth", url.Values{"access_token": {token.AccessToken}, "openid": {token.OpenID}}, nil)
}

func orChinese(lang string) string {
	if lang == "" {
		return "zh_CN"
	}
	return lang
}
