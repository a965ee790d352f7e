package app_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
)

func TestAddressesThatAreNot(t *testing.T) {
	h := openHouse(t, nil)
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		a := h.guest().do(method, "/api/nothing/here", nil, "Accept-Language", "en")
		if p := a.problem(); a.code != 404 || p.Code != "not_found" || !strings.Contains(p.Title, "no such endpoint") {
			t.Errorf("%s: %d %s", method, a.code, a.body)
		}
	}
	if a := h.guest().do("POST", "/api/storefront/home", nil); a.code != 404 || a.problem().Code != "not_found" {
		t.Errorf("a method that is not: %d %s", a.code, a.body)
	}
}

func TestWhatOperatorsLookAt(t *testing.T) {
	h := openHouse(t, nil)
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": "shuke_jobs_parked 0", "/openapi": "/openapi/console.json", "/openapi/console.json": `"openapi":"3.1`, "/openapi/storefront.json": "/api/storefront/cart"} {
		if a := h.guest().do("GET", path, nil); a.code != 200 || !strings.Contains(a.body, want) {
			t.Errorf("%s: %d %.200s", path, a.code, a.body)
		}
	}
	h.guest().do("GET", "/api/storefront/home", nil)
	if a := h.guest().do("GET", "/metrics", nil); !strings.Contains(a.body, `shuke_http_requests_total{area="storefront",code="2xx"}`) || strings.Contains(a.body, h.Config.Official.Secret) {
		t.Errorf("%s", a.body)
	}
}

// TestPasswordsCannotBeGuessed: ten tries a minute by address and by login, and a
// flood of made-up logins gives none back.
func TestPasswordsCannotBeGuessed(t *testing.T) {
	h := openHouse(t, nil)
	h.shopFront("tea")
	body := map[string]string{"login": "tea", "password": "wrong-password"}
	refused := 0
	for range 15 {
		a := h.guest().do("POST", "/api/console/login", body)
		if a.code == 429 {
			refused++
		} else if a.code != 401 || a.problem().Code != staff.ErrLogin.Code {
			t.Fatalf("%d %s", a.code, a.body)
		}
	}
	if refused < 4 {
		t.Errorf("%d of 15 tries were refused", refused)
	}
	body["password"] = password
	if a := h.guest().do("POST", "/api/console/login", body, "X-Forwarded-For", "9.9.9.9"); a.code != 429 {
		t.Errorf("a made-up address gave tries back: %d %s", a.code, a.body)
	}
}

func TestConsoleLoginAndLogout(t *testing.T) {
	h := openHouse(t, nil)
	s, _ := h.shopFront("tea")
	c := h.guest()
	a := c.do("POST", "/api/console/login", map[string]string{"login": "tea", "password": password})
	me := into[struct {
		CSRF     string `json:"csrf"`
		ShopName string `json:"shop_name"`
	}](c, a)
	cookie := a.header.Get("Set-Cookie")
	for _, part := range []string{"HttpOnly", "SameSite=Strict", "Path=/api/console"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie is not %s: %s", part, cookie)
		}
	}
	if me.ShopName != s.Name || me.CSRF == "" || strings.Contains(a.body, "argon2") {
		t.Errorf("%s", a.body)
	}
	if a := c.do("GET", "/api/console/shops/"+s.ID.String(), nil); a.code != 200 {
		t.Errorf("%d %s", a.code, a.body)
	}
	if a := c.do("POST", "/api/console/logout", nil, edge.CSRFHeader, me.CSRF); a.code/100 != 2 {
		t.Fatalf("%d %s", a.code, a.body)
	}
	token, _, _ := strings.Cut(cookie, ";")
	if a := h.guest().do("GET", "/api/console/me", nil, "Cookie", token); a.code != 401 {
		t.Errorf("the old cookie after logging out: %d", a.code)
	}
}

// TestAStreamEndsWithItsReader: who is disabled sees no more of the shop, however
// long his page stays open.
func TestAStreamEndsWithItsReader(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a heartbeat of fifteen seconds")
	}
	h := openHouse(t, nil)
	s, _ := h.shopFront("tea")
	m, err := h.Onboarding.AddMember(ctx, staff.Member{ShopID: s.ID, Login: "cashier", Name: "收银", Role: staff.Cashier}, password)
	must(t, err)
	short, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(short, http.MethodGet, h.url+"/api/console/shops/"+s.ID.String()+"/events", nil)
	must(t, err)
	r.Header = h.as(m).header
	resp, err := http.DefaultClient.Do(r)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	m.State = "disabled"
	_, err = h.Onboarding.ChangeMember(ctx, m, "")
	must(t, err)
	raw, err := io.ReadAll(resp.Body) // how the connection ends is no matter; that it ends is
	if short.Err() != nil || strings.Count(string(raw), "event: beat") != 1 {
		t.Errorf("%v after %q", err, raw)
	}
}

// TestTheHouseOnPostgreSQL opens the house on the other engine: login, a page, an
// order and its payment, and text that only PostgreSQL refuses.
func TestTheHouseOnPostgreSQL(t *testing.T) {
	url := dbtest.EmptyPostgres(t)
	h := openHouse(t, func(c *config.Config) { c.Database.URL = url })
	s, owner := h.shopFront("tea")
	things := h.things(s.ID, owner)
	c, _ := h.buyer("ming")
	if a := c.do("GET", "/api/storefront/orders/"+s.ID.String()+"/"+things["order"], nil); a.code != 200 {
		t.Errorf("%d %s", a.code, a.body)
	}
	for path, body := range map[string]any{"/api/storefront/products?q=%00": nil, "/api/storefront/suggest?q=%ff": nil, "/api/storefront/shops/%00": nil, "/api/storefront/me": `{"nickname":"a\u0000b"}`} {
		method := "GET"
		if body != nil {
			method = "PATCH"
		}
		if a := c.do(method, path, body); a.code != 400 {
			t.Errorf("%s: %d %s", path, a.code, a.body)
		}
	}
}
