package sim

import (
	"strings"
	"unicode/utf8"
)

// Parts of messages to customers: welcome words, group messages, templates of groups, Moments, conclusions of temporary conversations
// (documents 发送新客户欢迎语, 创建企业群发, 入群欢迎语素材管理).

// workText is the text of a message to customers.
type workText struct {
	Content string `json:"content,omitempty"`
}

// attachment is one of a message to customers, as it was given and as get_groupmsg_list_v2 gives it back.
type attachment struct {
	MsgType     string       `json:"msgtype"`
	Image       *attachImage `json:"image,omitempty"`
	Link        *attachLink  `json:"link,omitempty"`
	MiniProgram *attachMini  `json:"miniprogram,omitempty"`
	Video       *attachMedia `json:"video,omitempty"`
	File        *attachMedia `json:"file,omitempty"`
}

type attachImage struct {
	MediaID string `json:"media_id,omitempty"`
	PicURL  string `json:"pic_url,omitempty"`
}

type attachLink struct {
	Title   string `json:"title,omitempty"`
	PicURL  string `json:"picurl,omitempty"`
	MediaID string `json:"media_id,omitempty"` // of Moments
	Desc    string `json:"desc,omitempty"`
	URL     string `json:"url"`
}

type attachMini struct {
	Title      string `json:"title"`
	PicMediaID string `json:"pic_media_id"`
	AppID      string `json:"appid"`
	Page       string `json:"page"`
}

type attachMedia struct {
	MediaID string `json:"media_id"`
}

// workBody is what a message to customers holds.
type workBody struct {
	Text        *workText    `json:"text,omitempty"`
	Attachments []attachment `json:"attachments,omitempty"`
}

// check holds a body to the documented limits and finds its files; a code other than 0 is the refusal. The caller holds mu.
func (b *workBody) check(s *Server, corpID string, textBytes int) (code int, text, why string) {
	switch {
	case b.Text != nil && len(b.Text.Content) > textBytes:
		return 40058, badParameter, "text.content is longer than " + itoa(int64(textBytes)) + " bytes"
	case (b.Text == nil || b.Text.Content == "") && len(b.Attachments) == 0:
		return 40063, emptyParameter, "text and attachments are both empty"
	case len(b.Attachments) > maxAttachments:
		return 40058, badParameter, "attachments: at most nine"
	}
	for i, a := range b.Attachments {
		if _, code, text, why = s.workContent(corpID, a); code != 0 {
			return code, text, "attachments[" + itoa(int64(i)) + "]: " + why
		}
	}
	return 0, "", ""
}

// contents are the bubbles a body makes in a chat, the text first. An attachment whose file is gone by now is left out. The caller holds mu.
func (b *workBody) contents(s *Server, corpID string) []content {
	var list []content
	if b.Text != nil && b.Text.Content != "" {
		list = append(list, content{Type: "text", Text: b.Text.Content})
	}
	for _, a := range b.Attachments {
		if body, code, _, _ := s.workContent(corpID, a); code == 0 {
			list = append(list, body)
		}
	}
	return list
}

const (
	maxWorkText    = 4000 // bytes
	maxAttachments = 9
	badParameter   = "invalid Request Parameter"
	emptyParameter = "some parameters are empty"
)

// workContent makes the bubble of an attachment; a code other than 0 is the refusal. The caller holds mu.
func (s *Server) workContent(corpID string, a attachment) (body content, code int, text, why string) {
	switch {
	case a.MsgType == "image" && a.Image != nil:
		return s.imageContent(corpID, a.Image)
	case a.MsgType == "link" && a.Link != nil:
		switch l := a.Link; {
		case l.Title == "" || l.URL == "":
			return body, 40063, emptyParameter, "link needs title and url"
		case !strings.HasPrefix(l.URL, "http"):
			return body, 40058, badParameter, "link.url must be an absolute address"
		case len(l.Title) > 128 || len(l.Desc) > 512 || len(l.URL) > 2048 || len(l.PicURL) > 2048:
			return body, 40058, badParameter, "link: title 128, desc 512, url and picurl 2048 bytes at most"
		default:
			return content{Type: "link", Title: l.Title, Description: l.Desc, URL: l.URL, PicURL: l.PicURL}, 0, "", ""
		}
	case a.MsgType == "miniprogram" && a.MiniProgram != nil:
		return s.miniContent(corpID, a.MiniProgram)
	case a.MsgType == "video" && a.Video != nil:
		if m := s.workMediaOf(corpID, a.Video.MediaID, "video"); m != nil {
			return content{Type: "video", MediaURL: m.path()}, 0, "", ""
		}
		return body, 40007, "invalid media_id", "video.media_id is no video of the company, or expired"
	case a.MsgType == "file" && a.File != nil:
		if m := s.workMediaOf(corpID, a.File.MediaID, "file"); m != nil {
			return content{Type: "link", Title: m.title(), Description: "文件", URL: "http://" + s.hostPort() + m.path()}, 0, "", ""
		}
		return body, 40007, "invalid media_id", "file.media_id is no file of the company, or expired"
	}
	return body, 41065, "invalid attachment type", "msgtype must be image, link, miniprogram, video or file, with the object of that name"
}

func (s *Server) imageContent(corpID string, a *attachImage) (body content, code int, text, why string) {
	switch m := s.workMediaOf(corpID, a.MediaID, "image"); {
	case m != nil:
		return content{Type: "image", ImageURL: m.path()}, 0, "", ""
	case a.MediaID != "":
		return body, 40007, "invalid media_id", "image.media_id is no picture of the company, or expired"
	case strings.HasPrefix(a.PicURL, "http"):
		return content{Type: "image", ImageURL: a.PicURL}, 0, "", ""
	case a.PicURL != "":
		return body, 40058, badParameter, "image.pic_url must be an absolute address"
	}
	return body, 40063, emptyParameter, "image needs media_id or pic_url"
}

func (s *Server) miniContent(corpID string, a *attachMini) (body content, code int, text, why string) {
	if a.Title == "" || a.AppID == "" || a.Page == "" || a.PicMediaID == "" {
		return body, 40063, emptyParameter, "miniprogram needs title, pic_media_id, appid and page"
	}
	if len(a.Title) > 64 {
		return body, 40058, badParameter, "miniprogram.title: 64 bytes at most"
	}
	m := s.workMediaOf(corpID, a.PicMediaID, "image")
	if m == nil {
		return body, 40007, "invalid media_id", "miniprogram.pic_media_id is no picture of the company, or expired"
	}
	return content{Type: "miniprogram", Title: a.Title, AppID: a.AppID, PagePath: a.Page, PicURL: m.path()}, 0, "", ""
}

// digest is one line about a body, for lists on phones.
func (b *workBody) digest() string {
	if b.Text != nil && b.Text.Content != "" {
		return b.Text.Content
	}
	for _, a := range b.Attachments {
		switch {
		case a.Link != nil:
			return "[链接] " + a.Link.Title
		case a.MiniProgram != nil:
			return "[小程序] " + a.MiniProgram.Title
		case a.Video != nil:
			return "[视频]"
		case a.File != nil:
			return "[文件]"
		}
	}
	return "[图片]"
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
		Code string `json:"welcome_code"`
		workBody
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.world.work.welcomes[in.Code]
	if w == nil || w.CorpID != c.corp.CorpID {
		c.deny(40058, "invalid Request Parameter", "welcome_code is not one that was given")
		return
	}
	t := s.tie(w.CorpID, w.UserID, w.Person)
	switch {
	case w.Used || t.Talked:
		c.deny(41051, "externaluser has started chatting", "the code was used (%v), or they talked before (%v)", w.Used, t.Talked)
		return
	case !s.Clock.Now().Before(w.Until):
		c.deny(41050, "invalid welcome code: expired", "the code ended at %s", w.Until.Format("15:04:05"))
		return
	}
	if code, text, why := in.check(s, c.corp.CorpID, maxWorkText); code != 0 {
		c.deny(code, text, "%s", why)
		return
	}
	w.Used, t.Greeted = true, true
	s.touch("welcome", w.Code)
	s.touchTie(t)
	c.entry.Person = w.Person
	for _, body := range in.contents(s, c.corp.CorpID) {
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
