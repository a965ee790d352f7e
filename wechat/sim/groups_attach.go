package sim

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"
)

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
	if b.Text != nil && len(b.Text.Content) > textBytes {
		return 40058, "invalid Request Parameter", "text.content is longer than " + itoa(int64(textBytes)) + " bytes"
	}
	if (b.Text == nil || b.Text.Content == "") && len(b.Attachments) == 0 {
		return 40063, "some parameters are empty", "text and attachments are both empty"
	}
	if len(b.Attachments) > 9 {
		return 40058, "invalid Request Parameter", "attachments: at most nine"
	}
	for i := range b.Attachments {
		if code, text, why = b.Attachments[i].check(s, corpID); code != 0 {
			return code, text, "attachments[" + itoa(int64(i)) + "]: " + why
		}
	}
	return 0, "", ""
}

func (a *attachment) check(s *Server, corpID string) (int, string, string) {
	const invalid, empty = "invalid Request Parameter", "some parameters are empty"
	switch {
	case a.MsgType == "image" && a.Image != nil:
		if a.Image.MediaID == "" && a.Image.PicURL == "" {
			return 40063, empty, "image needs media_id or pic_url"
		}
		if a.Image.MediaID != "" && s.corpMedia(corpID, a.Image.MediaID) == "" {
			return 40007, "invalid media_id", "image.media_id is unknown or expired"
		}
	case a.MsgType == "link" && a.Link != nil:
		switch l := a.Link; {
		case l.URL == "" || !strings.HasPrefix(l.URL, "http"):
			return 40063, empty, "link.url must be an absolute address"
		case len(l.Title) > 128 || len(l.Desc) > 512 || len(l.URL) > 2048 || len(l.PicURL) > 2048:
			return 40058, invalid, "link: title 128, desc 512, url and picurl 2048 bytes at most"
		}
	case a.MsgType == "miniprogram" && a.MiniProgram != nil:
		switch m := a.MiniProgram; {
		case m.Title == "" || m.AppID == "" || m.Page == "" || m.PicMediaID == "":
			return 40063, empty, "miniprogram needs title, pic_media_id, appid and page"
		case len(m.Title) > 64:
			return 40058, invalid, "miniprogram.title: 64 bytes at most"
		case s.corpMedia(corpID, m.PicMediaID) == "":
			return 40007, "invalid media_id", "miniprogram.pic_media_id is unknown or expired"
		}
	case a.MsgType == "video" && a.Video != nil:
		if s.corpMedia(corpID, a.Video.MediaID) == "" {
			return 40007, "invalid media_id", "video.media_id is unknown or expired"
		}
	case a.MsgType == "file" && a.File != nil:
		if s.corpMedia(corpID, a.File.MediaID) == "" {
			return 40007, "invalid media_id", "file.media_id is unknown or expired"
		}
	default:
		return 41065, "invalid attachment type", "msgtype must be image, link, miniprogram, video or file, with the object of that name"
	}
	return 0, "", ""
}

// corpMedia gives the address of a file a company has uploaded, empty when it is unknown or expired.
func (s *Server) corpMedia(corpID, mediaID string) string {
	m := s.world.media[mediaID]
	if m == nil || m.AppID != corpID || m.expired(s.Clock.Now()) {
		return ""
	}
	return m.path()
}

// contents are the bubbles a body makes in a chat.
func (b *workBody) contents(s *Server, corpID string) []content {
	var list []content
	if b.Text != nil && b.Text.Content != "" {
		list = append(list, content{Type: "text", Text: b.Text.Content})
	}
	for _, a := range b.Attachments {
		switch {
		case a.Image != nil:
			address := a.Image.PicURL
			if a.Image.MediaID != "" {
				address = s.corpMedia(corpID, a.Image.MediaID)
			}
			list = append(list, content{Type: "image", ImageURL: address})
		case a.Link != nil:
			list = append(list, content{Type: "link", Title: cut(a.Link.Title, a.Link.URL), Description: a.Link.Desc, URL: a.Link.URL, PicURL: a.Link.PicURL})
		case a.MiniProgram != nil:
			list = append(list, content{Type: "miniprogram", Title: a.MiniProgram.Title, AppID: a.MiniProgram.AppID, PagePath: a.MiniProgram.Page, PicURL: s.corpMedia(corpID, a.MiniProgram.PicMediaID)})
		case a.Video != nil:
			list = append(list, content{Type: "video", MediaURL: s.corpMedia(corpID, a.Video.MediaID)})
		case a.File != nil:
			list = append(list, content{Type: "link", Title: "文件", URL: "http://" + s.hostPort() + s.corpMedia(corpID, a.File.MediaID)})
		}
	}
	return list
}

func cut(first, otherwise string) string {
	if first != "" {
		return first
	}
	return otherwise
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

// workCall decodes the body of a WeCom call and holds the lock around f.
func workCall[T any](s *Server, f func(c *call, in *T)) func(*call) {
	return s.withCorp(http.MethodPost, rightContact, func(c *call) {
		in := new(T)
		if len(c.body) == 0 {
			c.fail(44002, "empty post data")
			return
		}
		if err := json.Unmarshal(c.body, in); err != nil {
			c.fail(47001, "data format error")
			c.refused("the body is not the JSON of this call: %v", err)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		f(c, in)
	})
}

// deny answers with a code and says precisely why.
func (c *call) deny(code int, text, why string) {
	c.fail(code, text)
	c.refused("%d %s: %s", code, text, why)
}

// runes tells whether a text has at most n characters.
func runes(text string, n int) bool { return utf8.RuneCountInString(text) <= n }

// cursorPage cuts one page out of list: cursor is the text of the next place. It answers 50100 on a bad cursor.
func cursorPage[T any](c *call, list []T, cursor string, limit, usual, most int) (page []T, next string, ok bool) {
	from := 0
	if cursor != "" {
		n, err := parseCursor(cursor)
		if err != nil || n > len(list) {
			c.deny(50100, "invalid cursor", "cursor "+cursor+" is none of this call's next_cursor")
			return nil, "", false
		}
		from = n
	}
	if limit == 0 {
		limit = usual
	}
	if limit < 1 || limit > most {
		c.deny(40058, "invalid Request Parameter", "limit must be 1 to "+itoa(int64(most)))
		return nil, "", false
	}
	to := min(len(list), from+limit)
	if to < len(list) {
		next = makeCursor(to)
	}
	return list[from:to], next, true
}
