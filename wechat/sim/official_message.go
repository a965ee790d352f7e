package sim

import (
	"slices"
	"strings"
	"time"
)

// Windows of customer-service messages (A5).
const (
	kfWindow    = 48 * time.Hour
	briefWindow = time.Minute
	briefCount  = 3
	briefMini   = 2    // a user enters the customer service of a mini-program
	maxKFText   = 2048 // bytes
)

// openWindow notes what a person did that lets the account write. The caller holds mu.
func (s *Server) openWindow(a *account, f *fan, kind string) {
	now := s.Clock.Now()
	switch kind {
	case "message":
		f.MsgUntil, f.MsgLeft = now.Add(kfWindow), a.KFAllowance
	case "brief":
		if f.BriefUntil, f.BriefLeft = now.Add(briefWindow), briefCount; a.Kind == kindMini {
			f.BriefLeft = briefMini
		}
	case "paid":
		if a.Kind == kindMini {
			return // a payment opens nothing there
		}
		f.PaidUntil = now.Add(kfWindow)
	}
	s.touchFan(f)
}

// spend uses one allowance, the shortest-lived first; a code other than 0 is the refusal.
func (f *fan) spend(now time.Time) (code int, text string) {
	brief, long, paid := now.Before(f.BriefUntil), now.Before(f.MsgUntil), now.Before(f.PaidUntil)
	switch {
	case !brief && !long && !paid:
		return 45015, "response out of time limit or subscription is canceled"
	case brief && f.BriefLeft > 0:
		f.BriefLeft--
	case paid:
	case long && f.MsgLeft > 0:
		f.MsgLeft--
	default:
		return 45047, "out of response count limit"
	}
	return 0, ""
}

type customMessage struct {
	ToUser string                   `json:"touser"`
	Type   string                   `json:"msgtype"`
	Text   struct{ Content string } `json:"text"`
	Image  struct {
		MediaID string `json:"media_id"`
	} `json:"image"`
	Voice struct {
		MediaID string `json:"media_id"`
	} `json:"voice"`
	Video struct {
		MediaID     string `json:"media_id"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"video"`
	News struct {
		Articles []struct {
			Title       string `json:"title"`
			Description string `json:"description"`
			URL         string `json:"url"`
			PicURL      string `json:"picurl"`
		} `json:"articles"`
	} `json:"news"`
	Menu struct {
		Head string `json:"head_content"`
		List []struct {
			ID      any    `json:"id"`
			Content string `json:"content"`
		} `json:"list"`
		Tail string `json:"tail_content"`
	} `json:"msgmenu"`
	Page struct {
		Title    string `json:"title"`
		AppID    string `json:"appid"`
		PagePath string `json:"pagepath"`
	} `json:"miniprogrampage"`
}

func (s *Server) customSend(c *call) {
	var in customMessage
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := c.fanOf(in.ToUser)
	if f == nil {
		return
	}
	body, code, text := s.customContent(&in)
	if code == 0 && !f.Subscribed && c.app.Kind != kindMini && !s.Clock.Now().Before(f.PaidUntil) {
		code, text = 45015, "response out of time limit or subscription is canceled"
	}
	if code == 0 {
		code, text = f.spend(s.Clock.Now())
	}
	if code != 0 {
		c.fail(code, text)
		return
	}
	s.touchFan(f)
	s.fromAccount(c.app, f.Person, body)
	c.ok(apiOK)
}

func (s *Server) customContent(in *customMessage) (body content, code int, text string) {
	body.Type = in.Type
	switch in.Type {
	case "text":
		if body.Text = in.Text.Content; body.Text == "" {
			return body, 44004, "empty content"
		} else if len(body.Text) > maxKFText {
			return body, 45002, "content size out of limit"
		}
	case "image", "voice", "video":
		id := map[string]string{"image": in.Image.MediaID, "voice": in.Voice.MediaID, "video": in.Video.MediaID}[in.Type]
		m := s.world.media[id]
		if m == nil || m.expired(s.Clock.Now()) || m.Type != in.Type {
			return body, 40007, "invalid media_id"
		}
		body.Title, body.Description = in.Video.Title, in.Video.Description
		if body.MediaURL = m.path(); in.Type == "image" {
			body.ImageURL, body.MediaURL = m.path(), ""
		}
	case "news":
		if len(in.News.Articles) != 1 {
			return body, 45008, "article size out of limit"
		}
		for _, a := range in.News.Articles {
			body.Articles = append(body.Articles, article{Title: a.Title, Description: a.Description, PicURL: a.PicURL, URL: a.URL})
		}
	case "msgmenu":
		body.Type, body.Head, body.Tail = "menu", in.Menu.Head, in.Menu.Tail
		for _, item := range in.Menu.List {
			id, ok := item.ID.(string)
			if !ok || item.Content == "" || len(body.Items) >= 10 {
				return body, 40035, "invalid parameter"
			}
			body.Items = append(body.Items, menuItem{id, item.Content})
		}
	case "miniprogrampage":
		body.Type, body.Title, body.AppID, body.PagePath = "miniprogram", in.Page.Title, in.Page.AppID, in.Page.PagePath
	default:
		return body, 40008, "invalid message type"
	}
	return body, 0, ""
}

func (s *Server) customTyping(c *call) {
	var in struct {
		ToUser  string `json:"touser"`
		Command string `json:"command"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := c.fanOf(in.ToUser)
	switch {
	case f == nil:
	case !slices.Contains([]string{"Typing", "CancelTyping"}, in.Command):
		c.fail(45072, "invalid command")
	case !s.Clock.Now().Before(f.MsgUntil):
		c.fail(45080, "can only send typing command in 30 seconds of the last message")
	default:
		c.ok(apiOK)
	}
}

// placeholders finds the {{name.DATA}} of a template, in order, with the label text before each.
func placeholders(text string) []line {
	var found []line
	for row := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		for {
			before, rest, ok := strings.Cut(row, "{{")
			if !ok {
				break
			}
			name, after, ok := strings.Cut(rest, "}}")
			if !ok {
				break
			}
			found = append(found, line{Label: strings.TrimRight(strings.TrimSpace(before), "：: "), Value: strings.TrimSuffix(name, ".DATA")})
			row = after
		}
	}
	return found
}
