package edge

import (
	"context"
	"crypto/subtle"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

const staffCookie = "shuke_staff"

// CSRFHeader carries the session's CSRF token on everything that changes.
const CSRFHeader = "X-CSRF-Token"

// Errors of the threshold.
var (
	ErrForbidden = errs.New(errs.Forbidden, "staff.forbidden", "你的角色没有这项权限", "Your role does not allow this")
	ErrOtherShop = errs.New(errs.NotFound, "shop.not_found", "店铺不存在或不属于你", "There is no such shop, or it is not yours")
	ErrCSRF      = errs.New(errs.Forbidden, "csrf", "页面已过期，请刷新后再试", "This page is too old; please reload it")
)

// StaffAuth checks who calls a console endpoint and whether he may.
type StaffAuth struct {
	DB     *db.DB
	Now    func() time.Time
	Secure bool // cookies only over https

	mu    sync.Mutex
	known map[string]cachedSession
}

type cachedSession struct {
	s     staff.Session
	until time.Time
}

// sessionCache is how long a session is believed without asking the database;
// the bound on how long a member who was disabled elsewhere can go on.
const sessionCache = 3 * time.Second

// Metadata keys of console operations.
const (
	NeedPermission = "permission" // staff.Permission
	NeedNobody     = "public"     // true: no login needed
)

type staffKeyType struct{}

// StaffOf returns the session of the caller; operations that are not public
// always have one.
func StaffOf(ctx context.Context) staff.Session {
	s, _ := ctx.Value(staffKeyType{}).(staff.Session)
	return s
}

// Middleware enforces login, CSRF, permission and shop of every operation. An
// operation without a permission needs a login only.
func (a *StaffAuth) Middleware(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		op := ctx.Operation()
		if op.Metadata[NeedNobody] == true {
			next(ctx)
			return
		}
		s, err := a.check(ctx, op)
		if err != nil {
			Refuse(api, ctx, err)
			return
		}
		next(huma.WithValue(ctx, staffKeyType{}, s))
	}
}

func (a *StaffAuth) check(ctx huma.Context, op *huma.Operation) (staff.Session, error) {
	c, err := huma.ReadCookie(ctx, staffCookie)
	if err != nil || c.Value == "" {
		return staff.Session{}, staff.ErrSession
	}
	s, err := a.session(ctx.Context(), c.Value)
	if err != nil {
		return s, err
	}
	if m := op.Method; m != http.MethodGet && m != http.MethodHead {
		if subtle.ConstantTimeCompare([]byte(ctx.Header(CSRFHeader)), []byte(s.CSRF)) != 1 {
			return s, ErrCSRF
		}
	}
	if text := ctx.Param("shop"); text != "" {
		shop, err := id.Parse(text)
		if err != nil || (shop != s.Member.ShopID && s.Member.Role != staff.Operator) {
			return s, ErrOtherShop
		}
	}
	if p, ok := op.Metadata[NeedPermission].(staff.Permission); ok && !s.Member.Role.Can(p) {
		return s, ErrForbidden
	}
	return s, nil
}

func (a *StaffAuth) session(ctx context.Context, token string) (s staff.Session, err error) {
	now := a.Now()
	a.mu.Lock()
	c, ok := a.known[token]
	a.mu.Unlock()
	if ok && now.Before(c.until) {
		return c.s, nil
	}
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		s, err = staff.FindSession(tx, token, now)
		return err
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		delete(a.known, token)
		return s, err
	}
	if a.known == nil || len(a.known) > 10_000 {
		a.known = map[string]cachedSession{}
	}
	a.known[token] = cachedSession{s, now.Add(sessionCache)}
	return s, nil
}

// Forget drops a session from memory, at logout.
func (a *StaffAuth) Forget(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.known, token)
}

// ForgetAll drops all sessions from memory, after staff were changed.
func (a *StaffAuth) ForgetAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known = nil
}

// Cookie makes the session cookie; an empty token deletes it.
func (a *StaffAuth) Cookie(token string) http.Cookie {
	c := http.Cookie{Name: staffCookie, Value: token, Path: "/api/console", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: a.Secure,
		MaxAge: int(staff.SessionLife.Seconds())}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}
