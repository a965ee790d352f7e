package official

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

const (
	stableTokenPath = "/cgi-bin/stable_token"
	forceGap        = time.Minute // WeChat allows 20 forced refreshes a day, 30 s apart
)

// AccessToken returns the account's stable access token, for calls that this
// package does not have.
func (c *Client) AccessToken(ctx context.Context) (string, error) { return c.token.get(ctx) }

// fetchToken asks for the stable token. When WeChat hands out again the very
// token it refused, the token is forced to change, at most once a minute.
func (c *Client) fetchToken(ctx context.Context, rejected string) (Credential, error) {
	cred, err := c.askToken(ctx, false)
	if err != nil || cred.Value != rejected || !c.mayForce() {
		return cred, err
	}
	return c.askToken(ctx, true)
}

func (c *Client) mayForce() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.cfg.Now()
	if !c.forcedAt.IsZero() && now.Sub(c.forcedAt) < forceGap {
		return false
	}
	c.forcedAt = now
	return true
}

func (c *Client) askToken(ctx context.Context, force bool) (Credential, error) {
	in := struct {
		GrantType string `json:"grant_type"`
		AppID     string `json:"appid"`
		Secret    string `json:"secret"`
		Force     bool   `json:"force_refresh"`
	}{"client_credential", c.cfg.AppID, c.cfg.Secret, force}
	body, err := encode(stableTokenPath, in)
	if err != nil {
		return Credential{}, err
	}
	asked := c.cfg.Now()
	a, err := c.send(ctx, http.MethodPost, stableTokenPath, nil, "application/json; charset=utf-8", body, maxJSONAnswer)
	if err != nil {
		return Credential{}, err
	}
	var out struct {
		Token     string `json:"access_token"`
		ExpiresIn int64  `json:"expires_in"`
	}
	if err := decode(stableTokenPath, a.body, &out); err != nil {
		return Credential{}, err
	}
	return newCredential(stableTokenPath, out.Token, out.ExpiresIn, asked)
}

// fetchTicket asks for the JS-SDK ticket, which never depends on a refused one.
func (c *Client) fetchTicket(ctx context.Context, _ string) (Credential, error) {
	const path = "/cgi-bin/ticket/getticket"
	var out struct {
		Ticket    string `json:"ticket"`
		ExpiresIn int64  `json:"expires_in"`
	}
	asked := c.cfg.Now()
	if err := c.getJSON(ctx, path, url.Values{"type": {"jsapi"}}, &out); err != nil {
		return Credential{}, err
	}
	return newCredential(path, out.Ticket, out.ExpiresIn, asked)
}

const maxCredentialLife = 7 * 24 * 3600 // seconds; WeChat's are 7200

func newCredential(path, value string, expiresIn int64, asked time.Time) (Credential, error) {
	if value == "" || expiresIn <= 0 || expiresIn > maxCredentialLife {
		return Credential{}, &HTTPError{Status: http.StatusOK, Path: path, Reason: "answer holds no credential with a lifetime"}
	}
	return Credential{Value: value, ExpiresAt: asked.Add(time.Duration(expiresIn) * time.Second).UTC()}, nil
}
