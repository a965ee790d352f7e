package sim

import (
	"encoding/json"
	"fmt"
	"net/url"
)

type menuButton struct {
	Type      string       `json:"type,omitempty"`
	Name      string       `json:"name"`
	Key       string       `json:"key,omitempty"`
	URL       string       `json:"url,omitempty"`
	MediaID   string       `json:"media_id,omitempty"`
	ArticleID string       `json:"article_id,omitempty"`
	AppID     string       `json:"appid,omitempty"`
	PagePath  string       `json:"pagepath,omitempty"`
	Sub       []menuButton `json:"sub_button,omitempty"`
}

// Limits of A5 (current pages): bytes.
const (
	menuTopName, menuSubName = 16, 60
	menuKey, menuURL         = 128, 1024
)

func (s *Server) menuCreate(c *call) {
	var in struct {
		Button []menuButton `json:"button"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if raw := c.menu(in.Button); raw != nil {
		c.app.Menu = raw
		s.menuChanged(c.app)
		c.ok(apiOK)
	}
}

// menu is a menu that keeps the rules, as it is stored; nil when it has refused. The caller holds mu.
func (c *call) menu(top []menuButton) json.RawMessage {
	if code, text, why := c.s.checkMenu(c.app.AppID, top); code != 0 {
		c.deny(code, text, "%s", why)
		return nil
	}
	raw, err := encode(top)
	if err != nil {
		c.fail(-1, "system error")
		return nil
	}
	return raw
}

// checkMenu holds a menu to the rules; a code other than 0 is the refusal. The caller holds mu.
func (s *Server) checkMenu(appID string, top []menuButton) (code int, text, why string) {
	if len(top) < 1 || len(top) > 3 {
		return 40016, "invalid button size", fmt.Sprintf("%d top buttons, 1 to 3 are allowed", len(top))
	}
	for i, b := range top {
		where := fmt.Sprintf("button %d (%s)", i, b.Name)
		if n := len(b.Name); n == 0 || n > menuTopName {
			return 40018, "invalid button name size", fmt.Sprintf("%s: name has %d bytes, 1 to %d are allowed", where, n, menuTopName)
		}
		if len(b.Sub) > 5 {
			return 40023, "invalid sub button size", fmt.Sprintf("%s has %d sub buttons, at most 5", where, len(b.Sub))
		}
		if len(b.Sub) == 0 {
			if code, text, why := s.checkButton(appID, b, false); code != 0 {
				return code, text, where + ": " + why
			}
			continue
		}
		for k, sub := range b.Sub {
			if n := len(sub.Name); n == 0 || n > menuSubName {
				return 40025, "invalid sub button name size", fmt.Sprintf("%s, sub button %d: name has %d bytes, 1 to %d are allowed", where, k, n, menuSubName)
			}
			if code, text, why := s.checkButton(appID, sub, true); code != 0 {
				return code, text, fmt.Sprintf("%s, sub button %d: %s", where, k, why)
			}
		}
	}
	return 0, "", ""
}

func (s *Server) checkButton(appID string, b menuButton, sub bool) (code int, text, why string) {
	shift := 0 // sub buttons have their own codes, seven further on for type, key and url
	prefix := ""
	if sub {
		shift, prefix = 7, "sub "
	}
	needKey := func() (int, string, string) {
		if b.Key == "" || len(b.Key) > menuKey {
			return 40019 + shift, "invalid " + prefix + "button key size", fmt.Sprintf("key has %d bytes, 1 to %d are allowed", len(b.Key), menuKey)
		}
		return 0, "", ""
	}
	switch b.Type {
	case "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select":
		return needKey()
	case "view", "miniprogram":
		if u, err := url.Parse(b.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return 40054 + shift/7, "invalid " + prefix + "button url domain", "url must be absolute http or https"
		}
		if len(b.URL) > menuURL {
			return 40020 + shift, "invalid " + prefix + "button url size", "url is too long"
		}
		if b.Type == "miniprogram" && (b.AppID == "" || b.PagePath == "") {
			return 40035, "invalid parameter", "a miniprogram button needs appid and pagepath"
		}
	case "media_id", "view_limited":
		if s.kept(appID, b.MediaID) == nil {
			return 40007, "invalid media_id", "media_id is no permanent material of this account"
		}
	case "article_id", "article_view_limited":
		if p := s.world.official.articles[b.ArticleID]; p == nil || p.AppID != appID {
			return 53600, "Article ID无效", "article_id is no published article of this account"
		}
	default:
		return 40017 + shift, "invalid " + prefix + "button type", fmt.Sprintf("type %q is unknown", b.Type)
	}
	return 0, "", ""
}

func (s *Server) menuGet(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.app.Menu == nil {
		c.fail(46003, "menu no exist")
		return
	}
	menu := map[string]any{"button": c.app.Menu}
	answer := map[string]any{"menu": menu}
	if d := s.desk(c.app.AppID); len(d.Conditional) > 0 {
		menu["menuid"] = d.Conditional[0].ID - 1
		answer["conditionalmenu"] = d.Conditional
	}
	c.ok(answer)
}

// menuDelete takes the menu away, with every conditional one.
func (s *Server) menuDelete(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.app.Menu = nil
	s.desk(c.app.AppID).Conditional = nil
	s.touchDesk(c.app.AppID)
	s.menuChanged(c.app)
	c.ok(apiOK)
}

func (s *Server) selfMenu(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := 0
	if c.app.Menu != nil {
		open = 1
	}
	c.ok(map[string]any{"is_menu_open": open, "selfmenu_info": map[string]any{"button": selfMenuButtons(c.app.buttons())}})
}

// buttons decodes an account's menu. The caller holds mu.
func (a *account) buttons() []menuButton {
	list := []menuButton{}
	if a.Menu != nil {
		_ = json.Unmarshal(a.Menu, &list) // written by menuCreate
	}
	return list
}
