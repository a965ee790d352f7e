package sim

import (
	"net/http"
	"slices"
	"strings"
)

// Subscription notices of service accounts (订阅通知): the popup of wx-open-subscribe, and the send call.

const maxAskedNotices = 3 // templates in one popup

// bizSend is message/subscribe/bizsend: one accept of a template is one send.
func (s *Server) bizSend(c *call) {
	var in struct {
		ToUser   string        `json:"touser"`
		Template string        `json:"template_id"`
		Page     string        `json:"page"`
		Data     subscribeData `json:"data"`
		Mini     struct {
			AppID    string `json:"appid"`
			PagePath string `json:"pagepath"`
		} `json:"miniprogram"`
	}
	if !c.json(&in) {
		return
	}
	if in.Page != "" && !strings.HasPrefix(in.Page, "http://") && !strings.HasPrefix(in.Page, "https://") || len(in.Page) > menuURL {
		c.deny(41030, "invalid page", "page must be an address of a web page")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := c.fanOf(in.ToUser)
	if f == nil {
		return
	}
	if f.Black || f.Refuses {
		c.deny(43101, "user refuse to accept the msg", "the user switched the account's messages off, or is on its blacklist")
		return
	}
	sent, ok := s.subscribeSend(c, f, in.Template, in.Data, content{URL: in.Page, AppID: in.Mini.AppID, PagePath: in.Mini.PagePath})
	if !ok {
		return
	}
	s.background(func() { s.push(sent) })
	c.ok(apiOK)
}

// apiNoticesOf lists an account's notice templates with a person's will, for the popup and the settings.
func (s *Server) apiNoticesOf(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	appID := r.PathValue("appid")
	if s.world.accounts[appID] == nil {
		return nil, missing("account " + appID)
	}
	return map[string]any{"templates": s.subscribeAsks(appID, p.ID)}, nil
}

// apiDecideNotices takes a person's answers to a popup; details is what the page gets.
func (s *Server) apiDecideNotices(r *http.Request, p *person) (any, error) {
	var in struct {
		Choices map[string]string `json:"choices"` // accept or reject, by template
		Always  bool              `json:"always"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.world.accounts[r.PathValue("appid")]
	if a == nil {
		return nil, missing("account " + r.PathValue("appid"))
	}
	if len(in.Choices) < 1 || len(in.Choices) > maxAskedNotices {
		return nil, bad("notices.count", "一次可以订阅 1 到 3 条消息", "choices must have 1 to 3 templates")
	}
	choices, details := []subscribeChoice{}, map[string]string{}
	for id, said := range in.Choices {
		if _, known := s.subscribeBook(a.AppID).find(id); !known {
			return nil, bad("notices.template", "没有这个模板："+id, "template "+id+" is not one of the account")
		}
		if said != "accept" && said != "reject" {
			return nil, bad("notices.choice", "只能是 accept 或 reject", "a choice is accept or reject")
		}
		choices = append(choices, subscribeChoice{id, said == "accept", in.Always})
		details[id] = said
	}
	slices.SortFunc(choices, func(a, b subscribeChoice) int { return strings.Compare(a.Template, b.Template) })
	push := s.subscribeAsked(a, s.fan(a.AppID, p.ID), choices, "1")
	s.background(func() { s.push(push) })
	return map[string]any{"details": details}, nil
}

// apiSwitchNotice switches a template on or off in the settings of an account.
func (s *Server) apiSwitchNotice(r *http.Request, p *person) (any, error) {
	var in struct {
		Template string `json:"template_id"`
		On       bool   `json:"on"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.world.accounts[r.PathValue("appid")]
	if a == nil {
		return nil, missing("account " + r.PathValue("appid"))
	}
	if _, known := s.subscribeBook(a.AppID).find(in.Template); !known {
		return nil, missing("template " + in.Template)
	}
	push := s.subscribeSettings(a, s.fan(a.AppID, p.ID), in.Template, in.On)
	s.background(func() { s.push(push) })
	return map[string]any{"templates": s.subscribeAsks(a.AppID, p.ID)}, nil
}
