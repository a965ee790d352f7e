package sim

import (
	"slices"
	"strings"
	"time"
)

const (
	miniSchemePrefix = "weixin://dl/business/?t="
	miniURLPrefix    = "https://wxaurl.cn/"
	miniShortPrefix  = "#小程序://"
	miniLinksPerDay  = 500_000 // schemes and links together
	maxMiniLinks     = 200_000 // kept at once
	miniLinkLife     = 30 * 24 * time.Hour
)

// miniLink is a URL scheme, a URL link or a short link of a mini-program. A zero Until never expires.
type miniLink struct {
	miniTarget
	Kind   string    `json:"kind"` // scheme, url, short
	Title  string    `json:"title,omitempty"`
	Born   time.Time `json:"born"`
	Until  time.Time `json:"until,omitzero"`
	OpenID string    `json:"openid,omitempty"` // who opened it first
}

type miniLinkParam struct {
	Path     string `json:"path"`
	Query    string `json:"query"`
	Version  string `json:"env_version"`
	IsExpire *bool  `json:"is_expire"`
	Type     int    `json:"expire_type"`
	Time     int64  `json:"expire_time"`
	Interval int64  `json:"expire_interval"`
}

// generateScheme is POST /wxa/generatescheme.
func (s *Server) generateScheme(c *call, app *miniApp) {
	var in struct {
		Jump miniLinkParam `json:"jump_wxa"`
		miniLinkParam
	}
	if !c.json(&in) {
		return
	}
	in.miniLinkParam.Path, in.miniLinkParam.Query, in.miniLinkParam.Version = in.Jump.Path, in.Jump.Query, in.Jump.Version
	s.mu.Lock()
	defer s.mu.Unlock()
	if text := s.newMiniLink(c, app, in.miniLinkParam, "scheme", miniSchemePrefix+s.text(11)); text != "" {
		c.ok(struct {
			apiError
			Link string `json:"openlink"`
		}{apiOK, text})
	}
}

// generateURLLink is POST /wxa/generate_urllink.
func (s *Server) generateURLLink(c *call, app *miniApp) {
	var in struct {
		miniLinkParam
		Cloud map[string]any `json:"cloud_base"`
	}
	if !c.json(&in) {
		return
	}
	if in.Cloud != nil {
		c.deny(40097, "invalid args", "cloud_base is not offered: the pocket WeChat has no cloud development")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if text := s.newMiniLink(c, app, in.miniLinkParam, "url", miniURLPrefix+s.text(11)); text != "" {
		c.ok(struct {
			apiError
			Link string `json:"url_link"`
		}{apiOK, text})
	}
}

// newMiniLink makes a link by the rules of both calls; empty when it has answered a refusal. The caller holds mu.
func (s *Server) newMiniLink(c *call, app *miniApp, in miniLinkParam, kind, text string) string {
	now := s.Clock.Now()
	if len(app.Pages) == 0 {
		c.fail(85079, "miniprogram has no online release")
		return ""
	}
	if in.Path != "" {
		if _, ok := app.page(in.Path); !ok || strings.ContainsAny(in.Path, "?#") {
			c.deny(40165, "invalid weapp pagepath", "%q is not a page of the released version", in.Path)
			return ""
		}
	}
	if len(in.Query) > 1024 || !miniQuery.MatchString(in.Query) {
		c.fail(40212, "invalid query")
		return ""
	}
	if !slices.Contains([]string{"", "release", "trial", "develop"}, in.Version) {
		c.fail(85402, "invalid env_version")
		return ""
	}
	until, ok := miniUntil(in, now)
	if !ok {
		c.fail(85401, "time limit between 1min and 30 days")
		return ""
	}
	if day := now.Format(time.DateOnly); app.Day != day {
		app.Day, app.DayLinks = day, 0
	}
	if app.DayLinks >= miniLinksPerDay {
		c.fail(45009, "reach max api daily quota limit")
		return ""
	}
	app.DayLinks++
	s.touch("mini", app.AppID)
	path, _ := app.page(in.Path)
	scene := map[string]int{"scheme": 1065, "url": 1194, "short": 1179}[kind]
	s.keepMiniLink(text, &miniLink{miniTarget: miniTarget{AppID: app.AppID, Path: path.Path, Query: in.Query, Scene: scene, Version: in.Version}, Kind: kind, Born: now, Until: until})
	return text
}

// miniUntil is when a link ends: 30 days at most, also when nothing is asked for.
func miniUntil(in miniLinkParam, now time.Time) (time.Time, bool) {
	switch {
	case in.Type == 1:
		return now.AddDate(0, 0, int(in.Interval)), in.Interval >= 1 && in.Interval <= 30
	case in.Type != 0:
		return now, false
	case in.Time == 0:
		return now.Add(miniLinkLife), true
	}
	until := time.Unix(in.Time, 0)
	return until, until.Sub(now) >= time.Minute && until.Sub(now) <= miniLinkLife
}

func (s *Server) keepMiniLink(text string, link *miniLink) {
	all, now := s.world.mini.links, s.Clock.Now()
	if len(all) >= maxMiniLinks {
		for old, x := range all {
			if x.expired(now) || len(all) >= maxMiniLinks {
				delete(all, old)
				s.touch("mini_link", old)
			}
		}
	}
	all[text] = link
	s.touch("mini_link", text)
}

func (l *miniLink) expired(now time.Time) bool { return !l.Until.IsZero() && !now.Before(l.Until) }

type miniLinkInfo struct {
	AppID   string `json:"appid"`
	Path    string `json:"path"`
	Query   string `json:"query"`
	Created int64  `json:"create_time"`
	Expires int64  `json:"expire_time"`
	Version string `json:"env_version"`
}

// queryMiniLink is POST /wxa/queryscheme and /wxa/query_urllink.
func (s *Server) queryMiniLink(kind string) func(c *call, app *miniApp) {
	return func(c *call, app *miniApp) {
		var in struct {
			Scheme string `json:"scheme"`
			Link   string `json:"url_link"`
			Type   int    `json:"query_type"`
		}
		if !c.json(&in) {
			return
		}
		text := in.Scheme
		if kind == "url" {
			text = in.Link
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		quota := map[string]int{"remain_visit_quota": 3_000_000}
		if in.Type == 1 {
			c.ok(struct {
				apiError
				Quota map[string]int `json:"quota_info"`
			}{apiOK, quota})
			return
		}
		l := s.world.mini.links[text]
		if l == nil || l.Kind != kind || l.AppID != app.AppID {
			c.fail(map[string]int{"scheme": 85403, "url": 85403}[kind], "scheme or url link not exist")
			return
		}
		version := l.Version
		if version == "" {
			version = "release"
		}
		info := miniLinkInfo{l.AppID, l.Path, l.Query, l.Born.Unix(), timeZero(l.Until), version}
		answer := map[string]any{"errcode": 0, "errmsg": "ok", "visit_openid": l.OpenID, "quota_info": quota}
		answer[map[string]string{"scheme": "scheme_info", "url": "url_link_info"}[kind]] = info
		c.ok(answer)
	}
}

// generateShortLink is POST /wxa/genwxashortlink.
func (s *Server) generateShortLink(c *call, app *miniApp) {
	var in struct {
		URL       string `json:"page_url"`
		Title     string `json:"page_title"`
		Permanent bool   `json:"is_permanent"`
	}
	if !c.json(&in) {
		return
	}
	path, query, _ := strings.Cut(strings.TrimPrefix(in.URL, "/"), "?")
	if _, ok := app.page(path); !ok || in.URL == "" {
		c.deny(40066, "invalid url", "page_url is not a page of the released version")
		return
	}
	if len([]rune(in.Title)) > 20 {
		c.fail(40225, "invalid page title")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &miniLink{miniTarget: miniTarget{AppID: app.AppID, Path: path, Query: query, Scene: 1179}, Kind: "short", Title: in.Title, Born: s.Clock.Now()}
	if !in.Permanent {
		l.Until = l.Born.Add(miniLinkLife)
	} else if app.Forever++; app.Forever > 100_000 {
		c.fail(45009, "reach max api daily quota limit")
		return
	}
	title := in.Title
	if title == "" {
		title = s.world.accounts[app.AppID].Name
	}
	text := miniShortPrefix + title + "/" + s.text(15)
	s.keepMiniLink(text, l)
	s.touch("mini", app.AppID)
	c.ok(struct {
		apiError
		Link string `json:"link"`
	}{apiOK, text})
}
