package sim

import (
	"strings"
	"unicode/utf8"
)

// Parts of messages to customers: welcome words, group messages, conclusions of temporary conversations (documents 发送新客户欢迎语,
// 创建企业群发).
type (
	workWords struct {
		Content string `json:"content"`
	}
	workImage struct {
		MediaID string `json:"media_id,omitempty"`
		PicURL  string `json:"pic_url,omitempty"`
	}
	workLink struct {
		Title  string `json:"title"`
		PicURL string `json:"picurl,omitempty"`
		Desc   string `json:"desc,omitempty"`
		URL    string `json:"url"`
	}
	workMini struct {
		Title      string `json:"title"`
		PicMediaID string `json:"pic_media_id"`
		AppID      string `json:"appid"`
		Page       string `json:"page"`
	}
	workFile struct {
		MediaID string `json:"media_id"`
	}
	workAttachment struct {
		MsgType string     `json:"msgtype"`
		Text    *workWords `json:"text,omitempty"`
		Image   *workImage `json:"image,omitempty"`
		Link    *workLink  `json:"link,omitempty"`
		Mini    *workMini  `json:"miniprogram,omitempty"`
		Video   *workFile  `json:"video,omitempty"`
		File    *workFile  `json:"file,omitempty"`
	}
)

const (
	maxWorkText    = 4000 // bytes
	maxAttachments = 9
)

// customerMessage turns text and attachments into bubbles, the text first; a code other than 0 is the refusal. The caller holds mu.
func (s *Server) customerMessage(corpID, text string, attachments []workAttachment) (bodies []content, code int, why string) {
	switch {
	case text == "" && len(attachments) == 0:
		return nil, 40063, "some parameters are empty"
	case len(text) > maxWorkText:
		return nil, 45002, "content size out of limit"
	case len(attachments) > maxAttachments:
		return nil, 40058, "invalid Request Parameter"
	}
	if text != "" {
		bodies = append(bodies, content{Type: "text", Text: text})
	}
	more, code, why := s.workContents(corpID, attachments)
	return append(bodies, more...), code, why
}

// workContents turns attachments into bubbles. The caller holds mu.
func (s *Server) workContents(corpID string, list []workAttachment) (bodies []content, code int, why string) {
	for _, a := range list {
		body, code, why := s.workContent(corpID, a)
		if code != 0 {
			return nil, code, why
		}
		bodies = append(bodies, body)
	}
	return bodies, 0, ""
}

func (s *Server) workContent(corpID string, a workAttachment) (body content, code int, why string) {
	const bad = "invalid Request Parameter"
	switch {
	case a.MsgType == "text" && a.Text != nil:
		return content{Type: "text", Text: a.Text.Content}, 0, ""
	case a.MsgType == "image" && a.Image != nil:
		if a.Image.MediaID == "" && strings.HasPrefix(a.Image.PicURL, "http") {
			return content{Type: "image", ImageURL: a.Image.PicURL}, 0, ""
		}
		m := s.workMediaOf(corpID, a.Image.MediaID, "image")
		if m == nil {
			return body, 40007, "invalid media_id"
		}
		return content{Type: "image", ImageURL: m.path()}, 0, ""
	case a.MsgType == "link" && a.Link != nil:
		l := a.Link
		if l.Title == "" || len(l.Title) > 128 || len(l.Desc) > 512 || len(l.URL) > 2048 || len(l.PicURL) > 2048 || !strings.HasPrefix(l.URL, "http") {
			return body, 40058, bad
		}
		return content{Type: "link", Title: l.Title, Description: l.Desc, URL: l.URL, PicURL: l.PicURL}, 0, ""
	case a.MsgType == "miniprogram" && a.Mini != nil:
		m := s.workMediaOf(corpID, a.Mini.PicMediaID, "image")
		if m == nil {
			return body, 40007, "invalid media_id"
		}
		if a.Mini.Title == "" || len(a.Mini.Title) > 64 || a.Mini.AppID == "" || a.Mini.Page == "" {
			return body, 40058, bad
		}
		return content{Type: "miniprogram", Title: a.Mini.Title, AppID: a.Mini.AppID, PagePath: a.Mini.Page, PicURL: m.path()}, 0, ""
	case a.MsgType == "video" && a.Video != nil, a.MsgType == "file" && a.File != nil:
		return s.workFileContent(corpID, a)
	}
	return body, 40008, "invalid message type"
}

func (s *Server) workFileContent(corpID string, a workAttachment) (body content, code int, why string) {
	part := a.File
	if a.MsgType == "video" {
		part = a.Video
	}
	m := s.workMediaOf(corpID, part.MediaID, a.MsgType)
	if m == nil {
		return body, 40007, "invalid media_id"
	}
	if a.MsgType == "video" {
		return content{Type: "video", MediaURL: m.path()}, 0, ""
	}
	return content{Type: "link", Title: m.title(), Description: "文件", URL: "http://" + s.hostPort() + m.path()}, 0, ""
}

// title is the name of a file, or its id.
func (m *media) title() string {
	if m.Name != "" {
		return m.Name
	}
	return m.ID[:min(8, len(m.ID))]
}

// workMediaOf finds a company's file of a kind that is still there, nil if there is none.
func (s *Server) workMediaOf(corpID, id, kind string) *media {
	m := s.world.media[id]
	if m == nil || m.AppID != corpID || m.Type != kind || m.expired(s.Clock.Now()) {
		return nil
	}
	return m
}

func tooLong(text string, most int) bool { return utf8.RuneCountInString(text) > most }

// sendWelcome answers 发送新客户欢迎语: once, within twenty seconds, before either has spoken.
func (s *Server) sendWelcome(c *call) {
	var in struct {
		Code        string           `json:"welcome_code"`
		Text        workWords        `json:"text"`
		Attachments []workAttachment `json:"attachments"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.world.work.welcomes[in.Code]
	if w == nil || w.CorpID != c.corp.CorpID {
		c.fail(40058, "invalid Request Parameter")
		c.refused("welcome_code is not one that was given")
		return
	}
	t := s.tie(w.CorpID, w.UserID, w.Person)
	switch {
	case w.Used || t.Talked:
		c.fail(41051, "externaluser has started chatting")
		c.refused("the code was used (%v), or they talked before (%v)", w.Used, t.Talked)
		return
	case !s.Clock.Now().Before(w.Until):
		c.fail(41050, "invalid welcome code: expired")
		c.refused("the code ended at %s", w.Until.Format("15:04:05"))
		return
	}
	bodies, code, why := s.customerMessage(c.corp.CorpID, in.Text.Content, in.Attachments)
	if code != 0 {
		c.fail(code, why)
		return
	}
	w.Used, t.Greeted = true, true
	s.touch("welcome", w.Code)
	s.touchTie(t)
	c.entry.Person = w.Person
	for _, body := range bodies {
		s.greetTie(t, body)
	}
	c.ok(apiOK)
}

// greetTie puts words of the company into both clients without counting them as the member's own. The caller holds mu.
func (s *Server) greetTie(t *tie, body content) {
	key := staffKey(t.CorpID, t.UserID)
	l := s.sharedLetter("staff", key, body)
	s.drop(key, "per-"+t.Person, l)
	if t.open() {
		s.drop(t.Person, "stf-"+key, l)
	}
}
