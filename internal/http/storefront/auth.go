package storefront

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/flow/identity"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/wechat/official"
)

// Errors of the login through WeChat.
var (
	ErrOAuthState = errs.New(errs.Malformed, "oauth.state", "登录请求已失效，请返回重新打开", "This login request has ended; please go back and open the page again")
	ErrOAuthCode  = errs.New(errs.Unauthenticated, "oauth.code", "微信登录凭证已失效，请重新打开页面", "WeChat's login code has expired or was used; please open the page again")
	ErrSnapshot   = errs.New(errs.Forbidden, "oauth.snapshot", "当前为微信快照页，请点击右下角「使用完整服务」", "This is WeChat's snapshot page; please tap “use full service”")
	ErrWeChatBusy = errs.New(errs.Unavailable, "wechat.unreachable", "暂时连不上微信，请稍后再试", "WeChat cannot be reached at the moment; please try again")
)

// Auth is the silent login through the market's service account
// (网页授权, scope snsapi_base).
type Auth struct {
	Official *official.Client // nil: none is configured; the login says so
	Identity *identity.Flow
	Key      edge.BuyerKey
	BaseURL  string
	Secure   bool
	Now      func() time.Time
	Rand     io.Reader
	Guests   edge.Limiter // new guests by address
}

const oauthCookie = "shuke_oauth"

// Mount adds the two addresses of the login.
func (a *Auth) Mount(mux *http.ServeMux) {
	start, finish := a.start, a.finish
	if a.Official == nil {
		start = func(w http.ResponseWriter, r *http.Request) { writePage(w, r, errNoAccount) }
		finish = start
	}
	mux.HandleFunc("GET /auth/wechat", start)
	mux.HandleFunc("GET /auth/wechat/callback", finish)
	mux.HandleFunc("POST /auth/guest", a.guest)
}

// start sends the browser to WeChat with a state that only this browser can
// bring back.
func (a *Auth) start(w http.ResponseWriter, r *http.Request) {
	var raw [16]byte
	if _, err := io.ReadFull(a.Rand, raw[:]); err != nil {
		edge.WriteProblem(w, r, err)
		return
	}
	state := hex.EncodeToString(raw[:])
	to := LocalPath(r.URL.Query().Get("return"))
	http.SetCookie(w, &http.Cookie{Name: oauthCookie, Value: a.seal(state, to), Path: "/auth/wechat", MaxAge: 600, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: a.Secure})
	target, err := a.Official.AuthorizeURL(a.BaseURL+"/auth/wechat/callback", official.ScopeBase, state)
	if err != nil {
		edge.WriteProblem(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, target, http.StatusFound)
}

// LocalPath keeps a return address inside the storefront.
func LocalPath(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(s, "//") || strings.Contains(s, `\`) || len(s) > 1000 {
		return "/"
	}
	return s
}

func (a *Auth) seal(state, to string) string {
	body := base64.RawURLEncoding.EncodeToString([]byte(to))
	return state + "." + body + "." + a.mac(state+"."+body)
}

func (a *Auth) open(cookie string) (state, to string, ok bool) {
	parts := strings.Split(cookie, ".")
	if len(parts) != 3 || !hmac.Equal([]byte(parts[2]), []byte(a.mac(parts[0]+"."+parts[1]))) {
		return "", "", false
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	return parts[0], string(raw), err == nil
}

func (a *Auth) mac(s string) string {
	h := hmac.New(sha256.New, a.Key)
	h.Write([]byte("oauth:" + s))
	return hex.EncodeToString(h.Sum(nil))
}

func (a *Auth) finish(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	c, err := r.Cookie(oauthCookie)
	if err != nil {
		writePage(w, r, ErrOAuthState)
		return
	}
	state, to, ok := a.open(c.Value)
	if !ok || !hmac.Equal([]byte(state), []byte(r.URL.Query().Get("state"))) {
		writePage(w, r, ErrOAuthState)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: oauthCookie, Path: "/auth/wechat", MaxAge: -1, HttpOnly: true})
	code := r.URL.Query().Get("code")
	if code == "" {
		writePage(w, r, ErrOAuthCode)
		return
	}
	token, err := a.Official.ExchangeCode(r.Context(), code)
	if err != nil {
		writePage(w, r, oauthError(err))
		return
	}
	if token.Snapshot {
		writePage(w, r, ErrSnapshot)
		return
	}
	b, err := a.recognise(r, token)
	if err != nil {
		writePage(w, r, err)
		return
	}
	a.Key.SetBuyer(w, b, a.Now(), a.Secure)
	http.Redirect(w, r, to, http.StatusFound)
}

// recognise finds who came from WeChat; a guest of this browser may become him.
func (a *Auth) recognise(r *http.Request, token official.OAuthToken) (id.ID, error) {
	if guest := edge.BuyerOf(r.Context()); guest != 0 {
		return a.Identity.RecogniseGuest(r.Context(), guest, token.OpenID, token.UnionID)
	}
	return a.Identity.Recognise(r.Context(), token.OpenID, token.UnionID)
}

// guest lets a browser outside WeChat buy: a signed cookie, and nothing is asked of
// the person. Who is logged in stays who he is.
func (a *Auth) guest(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if edge.BuyerOf(r.Context()) == 0 {
		if !a.Guests.Allow(edge.RequestOf(r.Context()).IP, a.Now()) {
			edge.WriteProblem(w, r, edge.ErrTooMany)
			return
		}
		b, err := a.Identity.Guest(r.Context())
		if err != nil {
			edge.WriteProblem(w, r, err)
			return
		}
		a.Key.SetBuyer(w, b, a.Now(), a.Secure)
	}
	w.WriteHeader(http.StatusNoContent)
}

func oauthError(err error) error {
	var refused *official.APIError
	if errors.As(err, &refused) && !official.IsRetryable(err) {
		return ErrOAuthCode.Because(err)
	}
	return ErrWeChatBusy.Because(err)
}
