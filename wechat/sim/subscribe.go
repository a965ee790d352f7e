package sim

import (
	"slices"
	"strings"
	"time"
)

// Subscription messages (订阅消息 of mini-programs, 订阅通知 of service accounts): one accept of a template is one send.

const (
	noticeChat          = "svc-notice" // 服务通知
	maxSubscribeBook    = 50           // templates an account may choose
	maxSubscribeAskable = 3            // of one type in one popup
	longTerm            = 3            // type of a long-term template
)

// SubscribeTemplate is a template of subscription messages, with {{thing1.DATA}} placeholders.
type SubscribeTemplate struct {
	ID      string `json:"template_id"`
	Title   string `json:"title"`
	Content string `json:"content"`
	Type    int    `json:"type,omitempty"` // 2 one-time (default), 3 long-term
}

// subscribeBook is the templates an account chose.
type subscribeBook struct {
	Templates []SubscribeTemplate `json:"templates"`
}

// subscribeGrant is a person's will about one template of one account.
type subscribeGrant struct {
	Left   int  `json:"left"`             // sends that were accepted and not used
	Always bool `json:"always,omitempty"` // 总是保持以上选择: the answer is given without asking
	Choice bool `json:"choice,omitempty"` // the answer that is kept
	Off    bool `json:"off,omitempty"`    // switched off in the settings: the popup answers reject
}

// subscribeWorld is what subscription messages remember; Server.mu guards it.
type subscribeWorld struct {
	books  map[string]*subscribeBook
	grants map[string]*subscribeGrant // appid|person|template
}

func newSubscribeWorld() subscribeWorld {
	return subscribeWorld{books: map[string]*subscribeBook{}, grants: map[string]*subscribeGrant{}}
}

func (w *subscribeWorld) tables() []table {
	return []table{mapTable("subscribe_book", w.books), mapTable("subscribe_grant", w.grants)}
}

// subscribeBook gives an account's templates, making the book. The caller holds mu.
func (s *Server) subscribeBook(appID string) *subscribeBook {
	b := s.world.subscribe.books[appID]
	if b == nil {
		b = &subscribeBook{}
		s.world.subscribe.books[appID] = b
	}
	return b
}

func (b *subscribeBook) find(id string) (SubscribeTemplate, bool) {
	i := slices.IndexFunc(b.Templates, func(t SubscribeTemplate) bool { return t.ID == id })
	if i < 0 {
		return SubscribeTemplate{}, false
	}
	return b.Templates[i], true
}

// subscribeGrant gives a person's will about a template, making it. The caller holds mu.
func (s *Server) subscribeGrant(appID, who, template string) *subscribeGrant {
	key := appID + "|" + who + "|" + template
	g := s.world.subscribe.grants[key]
	if g == nil {
		g = &subscribeGrant{}
		s.world.subscribe.grants[key] = g
	}
	s.touch("subscribe_grant", key)
	return g
}

// subscribeChoice is one line of the popup: what the person said to one template.
type subscribeChoice struct {
	Template string
	Accept   bool
	Always   bool
}

// subscribeAsked takes the answers of a popup and prepares its event; scene is 1 in a web page or mini-program, 2 in an
// official account's message. The caller holds mu.
func (s *Server) subscribeAsked(a *account, f *fan, choices []subscribeChoice, scene string) outPush {
	var list strings.Builder
	for _, x := range choices {
		g, state := s.subscribeGrant(a.AppID, f.Person, x.Template), "reject"
		if x.Accept && !g.Off {
			state = "accept"
			g.Left++
		}
		if x.Always {
			g.Always, g.Choice = true, x.Accept
		}
		list.WriteString("<List><TemplateId>" + escapeXML(x.Template) + "</TemplateId><SubscribeStatusString>" + state + "</SubscribeStatusString><PopupScene>" + scene + "</PopupScene></List>")
	}
	return s.event(a, f, "subscribe_msg_popup_event", xmlField{"SubscribeMsgPopupEvent", list.String()})
}

// subscribeSettings switches a template on or off in the settings of an account; switching off takes what was accepted.
func (s *Server) subscribeSettings(a *account, f *fan, template string, on bool) outPush {
	g := s.subscribeGrant(a.AppID, f.Person, template)
	g.Off, g.Always = !on, false
	state := "accept"
	if !on {
		g.Left, state = 0, "reject"
	}
	list := "<List><TemplateId>" + escapeXML(template) + "</TemplateId><SubscribeStatusString>" + state + "</SubscribeStatusString></List>"
	return s.event(a, f, "subscribe_msg_change_event", xmlField{"SubscribeMsgChangeEvent", list})
}

// subscribeData is data of a send call.
type subscribeData map[string]struct {
	Value looseText `json:"value"`
}

// subscribeSend judges a send and delivers it into 服务通知; it has answered a refusal when ok is false. body holds what the
// card opens. The caller holds mu and pushes what comes back.
func (s *Server) subscribeSend(c *call, f *fan, templateID string, data subscribeData, body content) (sent outPush, ok bool) {
	t, known := s.subscribeBook(c.app.AppID).find(templateID)
	if !known {
		c.fail(40037, "invalid template_id")
		return sent, false
	}
	body.Type, body.Title = "template", t.Title
	for _, p := range placeholders(t.Content) {
		value, given := data[p.Value]
		if why := checkSubscribeValue(p.Value, string(value.Value), given); why != "" {
			c.fail(47003, "argument invalid! data."+p.Value+".value "+why)
			return sent, false
		}
		body.Lines = append(body.Lines, line{Label: p.Label, Value: string(value.Value)})
	}
	g := s.world.subscribe.grants[c.app.AppID+"|"+f.Person+"|"+templateID]
	if g == nil || g.Off || g.Left == 0 {
		c.deny(43101, "user refuse to accept the msg", "the user accepted no send of this template that is left")
		return sent, false
	}
	if t.Type != longTerm {
		g.Left--
	}
	s.touch("subscribe_grant", c.app.AppID+"|"+f.Person+"|"+templateID)
	s.deliver(f.Person, noticeChat, "account", c.app.AppID, body)
	list := "<List><TemplateId>" + escapeXML(templateID) + "</TemplateId><MsgID>" + itoa(s.next()*1_000_000_007%1_000_000_000_000+1_700_000_000_000_000_000) +
		"</MsgID><ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus></List>"
	return s.event(c.app, f, "subscribe_msg_sent_event", xmlField{"SubscribeMsgSentEvent", list}), true
}

// checkSubscribeValue holds a value to its key's type; every key must be there.
func checkSubscribeValue(key, value string, given bool) string {
	if !given || strings.TrimSpace(value) == "" {
		return "is empty"
	}
	m := typedKey.FindStringSubmatch(key)
	if m == nil {
		return ""
	}
	switch m[1] {
	case "time", "date":
		if !subscribeTime(value) {
			return "is not a " + m[1]
		}
	case "amount":
		if strings.Trim(value, "0123456789.,-￥¥$€£元 CNYUSDHK人民币") != "" || !strings.ContainsAny(value, "0123456789") {
			return "is not an amount"
		}
	case "phone_number":
		if strings.Trim(value, "0123456789+-() ") != "" {
			return "is not a phone number"
		}
	case "letter":
		if strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return "is not letters"
		}
	case "phrase":
		for _, r := range value {
			if r < 0x2e80 {
				return "is not a phrase"
			}
		}
	}
	return checkValue(key, value, given)
}

// subscribeTime reads the forms of time and date that WeChat takes; a span is two of them with ~ between.
func subscribeTime(value string) bool {
	for part := range strings.SplitSeq(value, "~") {
		part, ok := strings.TrimSpace(part), false
		for _, form := range []string{"2006年1月2日 15:04:05", "2006年1月2日 15:04", "2006年1月2日", "2006-1-2 15:04:05", "2006-1-2 15:04", "2006-1-2", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2", "15:04:05", "15:04", "2006.1.2"} {
			if _, err := time.Parse(form, part); err == nil {
				ok = true
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

// miniSubscribeSend is POST /cgi-bin/message/subscribe/send.
func (s *Server) miniSubscribeSend(c *call, app *miniApp) {
	var in struct {
		ToUser   string        `json:"touser"`
		Template string        `json:"template_id"`
		Page     string        `json:"page"`
		Data     subscribeData `json:"data"`
		State    string        `json:"miniprogram_state"`
		Lang     string        `json:"lang"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := c.fanOf(in.ToUser)
	if f == nil {
		return
	}
	path, _, _ := strings.Cut(in.Page, "?")
	if _, ok := app.page(path); in.Page != "" && !ok && !slices.Contains(app.Unreleased, strings.TrimPrefix(path, "/")) {
		c.deny(41030, "invalid page", "page %q is not one of the mini-program", in.Page)
		return
	}
	if !slices.Contains([]string{"", "formal", "developer", "trial"}, in.State) || !slices.Contains([]string{"", "zh_CN", "en_US", "zh_HK", "zh_TW"}, in.Lang) {
		c.fail(40097, "invalid args")
		return
	}
	sent, ok := s.subscribeSend(c, f, in.Template, in.Data, content{AppID: cond(in.Page != "", c.app.AppID), PagePath: in.Page})
	if !ok {
		return
	}
	s.background(func() { s.push(sent) })
	c.ok(apiOK)
}

// cond is text when yes.
func cond(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}
