package console

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/platform/db"
)

func (a *API) registerLogin(api huma.API) {
	edge.Register(api, huma.Operation{OperationID: "login", Method: post, Path: Prefix + "/login", Summary: "Log in",
		Metadata: map[string]any{edge.NeedNobody: true}}, a.login)
	edge.Register(api, huma.Operation{OperationID: "logout", Method: post, Path: Prefix + "/logout", Summary: "Log out"}, a.logout)
	edge.Register(api, huma.Operation{OperationID: "me", Method: get, Path: Prefix + "/me", Summary: "Who is logged in and what he may do"}, a.me)
	edge.Register(api, huma.Operation{OperationID: "changePassword", Method: post, Path: Prefix + "/me/password", Summary: "Change one's own password; all logins end"}, a.changePassword)
}

type loginIn struct {
	Body struct {
		Login    string `json:"login" minLength:"1" maxLength:"60"`
		Password string `json:"password" minLength:"1" maxLength:"200"`
	}
}

type meOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Me
}

func (a *API) login(ctx context.Context, in *loginIn) (*meOut, error) {
	who := strings.ToLower(strings.TrimSpace(in.Body.Login))
	if ip := edge.RequestOf(ctx).IP; !a.Logins.Allow("ip "+ip, a.Now()) || !a.Logins.Allow("login "+who, a.Now()) {
		return nil, edge.ErrTooMany
	}
	token, s, err := a.Onboarding.Login(ctx, in.Body.Login, in.Body.Password)
	if err != nil {
		return nil, err
	}
	out, err := a.describe(ctx, s)
	return &meOut{SetCookie: a.Auth.Cookie(token), Body: out}, err
}

func (a *API) describe(ctx context.Context, s staff.Session) (Me, error) {
	out := Me{Member: s.Member, ShopName: a.Market, Permissions: s.Member.Role.Permissions(), CSRF: s.CSRF}
	if s.Member.ShopID == 0 {
		return out, nil
	}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		of, err := shop.Get(tx, s.Member.ShopID)
		out.ShopName, out.ShopHandle = of.Name, of.Handle
		return err
	})
	return out, err
}

func (a *API) me(ctx context.Context, _ *none) (*body[Me], error) {
	return ok(a.describe(ctx, edge.StaffOf(ctx)))
}

type tokenIn struct {
	Token string `cookie:"shuke_staff"`
}

type cookieOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (a *API) logout(ctx context.Context, in *tokenIn) (*cookieOut, error) {
	a.Auth.Forget(in.Token)
	return &cookieOut{a.Auth.Cookie("")}, a.Onboarding.Logout(ctx, in.Token)
}

type changePasswordIn struct {
	Body struct {
		Old string `json:"old" maxLength:"200"`
		New string `json:"new" minLength:"8" maxLength:"128"`
	}
}

func (a *API) changePassword(ctx context.Context, in *changePasswordIn) (*cookieOut, error) {
	if !a.Logins.Allow("login "+me(ctx).Login, a.Now()) {
		return nil, edge.ErrTooMany
	}
	if err := a.Onboarding.ChangeOwnPassword(ctx, me(ctx), in.Body.Old, in.Body.New); err != nil {
		return nil, err
	}
	a.Auth.ForgetAll()
	return &cookieOut{a.Auth.Cookie("")}, nil
}
