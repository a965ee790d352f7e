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

	typingWindow = 30 * time.Second // after the fan's last message
	typingLife   = 15 * time.Second
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
	Image  mediaIDBody              `json:"image"`
	Voice  mediaIDBody              `json:"voice"`
	Video  struct {
		MediaID     string `json:"media_id"`
		ThumbID     string `json:"thumb_media_id"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"video"`
	Music struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"musicurl"`
		HQURL       string `json:"hqmusicurl"`
		ThumbID     string `json:"thumb_media_id"`
	} `json:"music"`
	News struct {
		Articles []struct {
			Title       string `json:"title"`
			Description string `json:"description"`
			URL         string `json:"url"`
			PicURL      string `json:"picurl"`
		} `json:"articles"`
	} `json:"news"`
	MPNews    mediaIDBody `json:"mpnews"`
	MPArticle struct {
		ID string `json:"article_id"`
	} `json:"mpnewsarticle"`
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
		ThumbID  string `json:"thumb_media_id"`
	} `json:"miniprogrampage"`
	Staff struct {
		Account string `json:"kf_account"`
	} `json:"customservice"`
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
	body, code, text := s.customContent(c.app.AppID, &in)
	switch {
	case code != 0:
	case in.Staff.Account != "" && s.desk(c.app.AppID).staff(in.Staff.Account) == nil:
		code, text = 65401, "invalid custom service account"
	case f.Black:
		code, text = 43019, "require remove blacklist"
	case f.Refuses:
		code, text = 48002, "user refuse to accept the msg"
	case !f.Subscribed && c.app.Kind != kindMini && !s.Clock.Now().Before(f.PaidUntil):
		code, text = 45015, "response out of time limit or subscription is canceled"
	default:
		code, text = f.spend(s.Clock.Now())
	}
	if code != 0 {
		c.fail(code, text)
		return
	}
	f.Typing = time.Time{}
	s.touchFan(f)
	s.fromAccount(c.app, f.Person, body)
	if in.Staff.Account != "" {
		s.kfRecord(f, in.Staff.Account, kfSaid, body)
	}
	c.ok(apiOK)
}

// file finds a file of an account that has not expired. The caller holds mu.
func (s *Server) file(appID, id, kind string) *media {
	m := s.world.media[id]
	if m == nil || m.expired(s.Clock.Now()) || m.Type != kind || m.AppID != appID {
		return nil
	}
	return m
}

// thumb finds the small picture of a card: a thumb or an image. The caller holds mu.
func (s *Server) thumb(appID, id string) *media {
	if m := s.file(appID, id, "thumb"); m != nil {
		return m
	}
	return s.file(appID, id, "image")
}

func musicCard(title, description, address string, thumb *media) content {
	return content{Type: "link", Title: title, Description: description, URL: address, PicURL: thumb.path()}
}

// customContent makes what the fan will see; a code other than 0 is the refusal. The caller holds mu.
func (s *Server) customContent(appID string, in *customMessage) (body content, code int, text string) {
	body.Type = in.Type
	switch in.Type {
	case "text":
		if body.Text = in.Text.Content; body.Text == "" {
			return body, 44004, "empty content"
		} else if len(body.Text) > maxKFText {
			return body, 45002, "content size out of limit"
		}
	case "image", "voice", "video":
		id := map[string]string{"image": in.Image.ID, "voice": in.Voice.ID, "video": in.Video.MediaID}[in.Type]
		m := s.file(appID, id, in.Type)
		if m == nil {
			return body, 40007, "invalid media_id"
		}
		body.Title, body.Description = in.Video.Title, in.Video.Description
		if body.MediaURL = m.path(); in.Type == "image" {
			body.ImageURL, body.MediaURL = m.path(), ""
		}
	case "music":
		m := s.thumb(appID, in.Music.ThumbID)
		if m == nil {
			return body, 40007, "invalid media_id"
		}
		body = musicCard(in.Music.Title, in.Music.Description, in.Music.URL, m)
	case "news", "mpnews", "mpnewsarticle":
		body.Type = "news"
		return s.customArticles(appID, in, body)
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
		m := s.thumb(appID, in.Page.ThumbID)
		if in.Page.ThumbID != "" && m == nil {
			return body, 40007, "invalid media_id"
		}
		if m != nil {
			body.PicURL = m.path()
		}
		body.Type, body.Title, body.AppID, body.PagePath = "miniprogram", in.Page.Title, in.Page.AppID, in.Page.PagePath
	case "wxcard":
		return body, 48001, "api unauthorized: the pocket WeChat does not offer cards (卡券)"
	default:
		return body, 40008, "invalid message type"
	}
	return body, 0, ""
}

// customArticles is one article: given outright, out of the draft box, or published.
func (s *Server) customArticles(appID string, in *customMessage, body content) (content, int, string) {
	switch in.Type {
	case "news":
		if len(in.News.Articles) != 1 {
			return body, 45008, "article size out of limit"
		}
		a := in.News.Articles[0]
		body.Articles = []article{{Title: a.Title, Description: a.Description, PicURL: a.PicURL, URL: a.URL}}
	case "mpnews":
		d := s.world.official.drafts[in.MPNews.ID]
		if d == nil || d.AppID != appID {
			return body, 40007, "invalid media_id"
		}
		body.Articles = s.putOut(appID, d.Articles[:1], true).cards()
	case "mpnewsarticle":
		p := s.world.official.articles[in.MPArticle.ID]
		if p == nil || p.AppID != appID || p.gone() {
			return body, 53600, "Article ID无效"
		}
		body.Articles = p.cards()[:1]
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
	now := s.Clock.Now()
	switch {
	case f == nil:
	case !slices.Contains([]string{"Typing", "CancelTyping"}, in.Command):
		c.fail(45072, "invalid command")
	case !now.Before(f.MsgUntil.Add(typingWindow - kfWindow)):
		c.fail(45080, "can only send typing command in 30 seconds of the last message")
	case in.Command == "Typing" && now.Before(f.Typing):
		c.fail(45081, "already in typing state, not need to set again")
	default:
		f.Typing = time.Time{}
		if in.Command == "Typing" {
			f.Typing = now.Add(typingLife)
		}
		s.hub.send(f.Person, "typing", map[string]any{"chat_id": "acc-" + f.AppID, "on": in.Command == "Typing"})
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
