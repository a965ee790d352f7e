package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Conditional menus (个性化菜单): the newest whose rule fits a fan is what they see.

const (
	maxConditional = 100
	phonePlatform  = "2" // client_platform_type of the pocket phone: Android
)

type conditionalMenu struct {
	ID     int64           `json:"menuid"`
	Button json.RawMessage `json:"button"`
	Rule   matchRule       `json:"matchrule"`
}

// matchRule is what a fan must be. Fields of the old rules (sex, country, language …) are refused, as WeChat gave them up.
type matchRule struct {
	Tag      looseNumber `json:"tag_id,omitempty"`
	Group    looseNumber `json:"group_id,omitempty"` // the old name of tag_id
	Platform looseNumber `json:"client_platform_type,omitempty"`
}

// looseNumber reads a number or its text and keeps the text.
type looseNumber string

// UnmarshalJSON implements json.Unmarshaler.
func (l *looseNumber) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	if _, err := strconv.Atoi(text); err != nil && text != "" {
		return fmt.Errorf("%s is not a number", raw)
	}
	*l = looseNumber(text)
	return nil
}

func (r matchRule) tag() string {
	if r.Tag != "" {
		return string(r.Tag)
	}
	return string(r.Group)
}

func (r matchRule) fits(f *fan) bool {
	if tag := r.tag(); tag != "" {
		id, _ := strconv.Atoi(tag) // looseNumber read it
		if f == nil || !slices.Contains(f.Tags, id) {
			return false
		}
	}
	return r.Platform == "" || r.Platform == phonePlatform
}

func (s *Server) menuAddConditional(c *call) {
	var in struct {
		Button []menuButton `json:"button"`
		Rule   matchRule    `json:"matchrule"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.desk(c.app.AppID)
	switch {
	case c.app.Menu == nil:
		c.fail(65303, "there is no selfmenu, please create selfmenu first")
		return
	case len(in.Button) == 0:
		c.fail(65307, "conditional menu is empty")
		return
	case in.Rule.tag() == "" && in.Rule.Platform == "":
		c.fail(65304, "match rule empty")
		return
	case len(d.Conditional) >= maxConditional:
		c.fail(65305, "conditional menu reach max limit")
		return
	}
	if tag := in.Rule.tag(); tag != "" {
		if id, _ := strconv.Atoi(tag); id != starTag && d.tag(id) == nil {
			c.fail(45159, textTagID)
			return
		}
	}
	raw := c.menu(in.Button)
	if raw == nil {
		return
	}
	d.NextMenu++
	m := conditionalMenu{d.NextMenu, raw, in.Rule}
	d.Conditional = append(d.Conditional, m)
	s.touchDesk(c.app.AppID)
	s.menuChanged(c.app)
	c.ok(map[string]string{"menuid": itoa(m.ID)})
}

func (s *Server) menuDeleteConditional(c *call) {
	var in struct {
		ID flexID `json:"menuid"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.desk(c.app.AppID)
	left := slices.DeleteFunc(slices.Clone(d.Conditional), func(m conditionalMenu) bool { return m.ID == int64(in.ID) })
	if len(left) == len(d.Conditional) {
		c.fail(65301, "not exist menuid")
		return
	}
	d.Conditional = left
	s.touchDesk(c.app.AppID)
	s.menuChanged(c.app)
	c.ok(apiOK)
}

func (s *Server) menuTryMatch(c *call) {
	var in struct {
		User string `json:"user_id"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.world.openids[in.User]
	if f == nil || f.AppID != c.app.AppID {
		if f = s.world.fans[c.app.AppID+"|"+in.User]; f == nil { // user_id may be a WeChat id
			c.fail(65302, "there is no such user")
			return
		}
	}
	c.ok(map[string]any{"button": s.menuFor(c.app, f)})
}

// menuFor is the menu a fan sees. The caller holds mu.
func (s *Server) menuFor(a *account, f *fan) []menuButton {
	if d := s.world.official.desks[a.AppID]; d != nil && a.Menu != nil {
		for _, m := range slices.Backward(d.Conditional) {
			if m.Rule.fits(f) {
				list := []menuButton{}
				_ = json.Unmarshal(m.Button, &list) // written by menuAddConditional
				return list
			}
		}
	}
	return a.buttons()
}

// menuChanged tells the phones to read the menu again. The caller holds mu.
func (s *Server) menuChanged(a *account) {
	s.touch("account", a.AppID)
	s.hub.all("account", map[string]any{"account": s.accountRow(a, "")})
}

// selfMenuButtons are the buttons as get_current_selfmenu_info writes them: sub buttons in a list, files as value.
func selfMenuButtons(list []menuButton) []map[string]any {
	out := []map[string]any{}
	for _, b := range list {
		m := map[string]any{"name": b.Name}
		if len(b.Sub) > 0 {
			m["sub_button"] = map[string]any{"list": selfMenuButtons(b.Sub)}
			out = append(out, m)
			continue
		}
		m["type"] = b.Type
		for name, value := range map[string]string{"key": b.Key, "url": b.URL, "value": b.MediaID + b.ArticleID, "appid": b.AppID, "pagepath": b.PagePath} {
			if value != "" {
				m[name] = value
			}
		}
		out = append(out, m)
	}
	return out
}
