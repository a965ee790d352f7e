package sim

import (
	"regexp"
	"strings"
)

const (
	maxAppText  = 2048 // bytes; longer texts are cut
	maxCards    = 8
	maxCardLine = 10
)

type workArticle struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Digest      string `json:"digest"`
	URL         string `json:"url"`
	SourceURL   string `json:"content_source_url"`
	PicURL      string `json:"picurl"`
	ThumbID     string `json:"thumb_media_id"`
	AppID       string `json:"appid"`
	PagePath    string `json:"pagepath"`
}

type cardTitle struct {
	Title string `json:"title"`
	Desc  string `json:"desc"`
}

// appBody is what an application or a robot says: one of the members, by msgtype (document 发送应用消息).
type appBody struct {
	MsgType string `json:"msgtype"`
	Text    struct {
		Content   string   `json:"content"`
		Mentioned []string `json:"mentioned_list"`
	} `json:"text"`
	Markdown   workText `json:"markdown"`
	MarkdownV2 workText `json:"markdown_v2"`
	Image      struct {
		MediaID string `json:"media_id"`
		Base64  string `json:"base64"`
		MD5     string `json:"md5"`
	} `json:"image"`
	Voice attachMedia `json:"voice"`
	Video struct {
		MediaID     string `json:"media_id"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"video"`
	File     attachMedia `json:"file"`
	TextCard struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"url"`
		Button      string `json:"btntxt"`
	} `json:"textcard"`
	News struct {
		Articles []workArticle `json:"articles"`
	} `json:"news"`
	MPNews struct {
		Articles []workArticle `json:"articles"`
	} `json:"mpnews"`
	Notice struct {
		AppID       string `json:"appid"`
		Page        string `json:"page"`
		Title       string `json:"title"`
		Description string `json:"description"`
		Items       []struct {
			Key   string `json:"key"`
			Value string `json:"value"`
		} `json:"content_item"`
	} `json:"miniprogram_notice"`
	Card struct {
		Type     string    `json:"card_type"`
		Main     cardTitle `json:"main_title"`
		Emphasis cardTitle `json:"emphasis_content"`
		Sub      string    `json:"sub_title_text"`
		Lines    []struct {
			Name  string `json:"keyname"`
			Value string `json:"value"`
		} `json:"horizontal_content_list"`
		Picture struct {
			URL string `json:"url"`
		} `json:"card_image"`
		Action struct {
			URL      string `json:"url"`
			AppID    string `json:"appid"`
			PagePath string `json:"pagepath"`
		} `json:"card_action"`
	} `json:"template_card"`
}

var anyTag = regexp.MustCompile(`<[^<>]*>`)

// plain takes the markup out of a text card, which may hold <div class="gray">.
func plain(text string) string {
	return strings.TrimSpace(anyTag.ReplaceAllString(strings.ReplaceAll(text, "</div>", "\n"), ""))
}

// cutBytes shortens a text to bytes without breaking a character.
func cutBytes(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

// appContent makes the bubble of an application's or a robot's message; a code other than 0 is the refusal. The caller holds mu.
func (s *Server) appContent(corpID string, in *appBody) (body content, code int, why string) {
	switch in.MsgType {
	case "text":
		if in.Text.Content == "" {
			return body, 44004, "text content is empty"
		}
		return content{Type: "text", Text: cutBytes(in.Text.Content, maxAppText)}, 0, ""
	case "markdown", "markdown_v2":
		text := in.Markdown.Content + in.MarkdownV2.Content
		if text == "" {
			return body, 44004, "text content is empty"
		}
		if len(text) > 2*maxAppText {
			return body, 45002, "content size out of limit"
		}
		return content{Type: "markdown", Text: text}, 0, ""
	case "image", "voice", "video", "file":
		return s.appMediaContent(corpID, in)
	case "textcard":
		t := in.TextCard
		if t.Title == "" || t.Description == "" || t.URL == "" {
			return body, 40063, "some parameters are empty"
		}
		button := t.Button
		if button == "" {
			button = "详情"
		}
		return content{Type: "template", Title: cutBytes(t.Title, 128), First: plain(cutBytes(t.Description, 512)), URL: t.URL, Tail: button}, 0, ""
	case "news":
		return s.articles(corpID, in.News.Articles)
	case "mpnews":
		return s.articles(corpID, in.MPNews.Articles)
	case "miniprogram_notice":
		return noticeContent(in)
	case "template_card":
		return cardContent(in)
	}
	return body, 40008, "invalid message type"
}

func (s *Server) appMediaContent(corpID string, in *appBody) (body content, code int, why string) {
	id := map[string]string{"image": in.Image.MediaID, "voice": in.Voice.MediaID, "video": in.Video.MediaID, "file": in.File.MediaID}[in.MsgType]
	m := s.workMediaOf(corpID, id, in.MsgType)
	if m == nil {
		return body, 40007, "invalid media_id"
	}
	switch in.MsgType {
	case "image":
		return content{Type: "image", ImageURL: m.path()}, 0, ""
	case "file":
		return content{Type: "link", Title: m.title(), Description: "文件", URL: "http://" + s.hostPort() + m.path()}, 0, ""
	}
	return content{Type: in.MsgType, MediaURL: m.path(), Title: in.Video.Title, Description: in.Video.Description}, 0, ""
}

func (s *Server) articles(corpID string, list []workArticle) (body content, code int, why string) {
	if len(list) < 1 || len(list) > maxCards {
		return body, 45008, "article size out of limit"
	}
	body.Type = "news"
	for _, a := range list {
		if a.Title == "" {
			return body, 40063, "some parameters are empty"
		}
		row := article{Title: cutBytes(a.Title, 128), Description: cutBytes(a.Description+a.Digest, 512), PicURL: a.PicURL, URL: a.URL + a.SourceURL}
		if a.ThumbID != "" {
			m := s.workMediaOf(corpID, a.ThumbID, "image")
			if m == nil {
				return body, 40007, "invalid media_id"
			}
			row.PicURL = m.path()
		}
		body.Articles = append(body.Articles, row)
	}
	return body, 0, ""
}

func noticeContent(in *appBody) (body content, code int, why string) {
	n := in.Notice
	if n.AppID == "" || n.Title == "" || tooLong(n.Title, 12) || tooLong(n.Description, 12) || len(n.Items) > maxCardLine {
		return body, 40058, "invalid Request Parameter"
	}
	body = content{Type: "template", Title: n.Title, First: n.Description, AppID: n.AppID, PagePath: n.Page}
	for _, item := range n.Items {
		if tooLong(item.Key, 10) || tooLong(item.Value, 30) {
			return body, 40058, "invalid Request Parameter"
		}
		body.Lines = append(body.Lines, line{Label: item.Key, Value: item.Value})
	}
	return body, 0, ""
}

func cardContent(in *appBody) (body content, code int, why string) {
	k := in.Card
	switch k.Type {
	case "text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction":
	default:
		return body, 42014, "invalid card_type"
	}
	if k.Main.Title == "" && k.Sub == "" || len(k.Lines) > 6 {
		return body, 40063, "some parameters are empty"
	}
	body = content{Type: "template", Title: k.Main.Title, First: k.Main.Desc, Remark: k.Sub, URL: k.Action.URL, AppID: k.Action.AppID, PagePath: k.Action.PagePath, PicURL: k.Picture.URL}
	if body.Title == "" {
		body.Title, body.Remark = k.Sub, ""
	}
	if k.Emphasis.Title != "" {
		body.Lines = append(body.Lines, line{Label: k.Emphasis.Desc, Value: k.Emphasis.Title, Color: "#2a6fdb"})
	}
	for _, l := range k.Lines {
		body.Lines = append(body.Lines, line{Label: l.Name, Value: l.Value})
	}
	return body, 0, ""
}
