package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

type massBody struct {
	Filter *struct {
		All flexBool `json:"is_to_all"`
		Tag flexID   `json:"tag_id"`
	} `json:"filter"`
	ToUser  json.RawMessage `json:"touser"`
	WXName  string          `json:"towxname"`
	Type    string          `json:"msgtype"`
	MPNews  mediaIDBody     `json:"mpnews"`
	Text    struct{ Content string }
	Voice   mediaIDBody `json:"voice"`
	Image   mediaIDBody `json:"image"`
	MPVideo struct {
		ID          string `json:"media_id"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"mpvideo"`
	Images struct {
		IDs       []string `json:"media_ids"`
		Recommend string   `json:"recommend"`
	} `json:"images"`
	ClientID string `json:"clientmsgid"`
}

// massContent makes what the fans will see; a code other than 0 is the refusal. The caller holds mu.
func (s *Server) massContent(app *account, in *massBody, sent bool) (bodies []content, articles *publication, code int, text, why string) {
	file := func(id, kind string) *media {
		m := s.world.media[id]
		if m == nil || m.AppID != app.AppID || m.expired(s.Clock.Now()) || m.Type != kind {
			return nil
		}
		return m
	}
	switch in.Type {
	case "text":
		if in.Text.Content == "" {
			return nil, nil, 44004, "empty content", "text.content is empty"
		}
		if len(in.Text.Content) > maxKFText {
			return nil, nil, 45002, "content size out of limit", fmt.Sprintf("text.content has %d bytes, %d are allowed", len(in.Text.Content), maxKFText)
		}
		return []content{{Type: "text", Text: in.Text.Content}}, nil, 0, "", ""
	case "mpnews":
		d := s.world.official.drafts[in.MPNews.ID]
		if d == nil || d.AppID != app.AppID {
			return nil, nil, 40007, "invalid media_id", "mpnews.media_id is no draft of this account"
		}
		p := s.putOut(app.AppID, d.Articles, true)
		return []content{{Type: "news", Articles: p.cards()}}, p, 0, "", ""
	case "voice":
		m := file(in.Voice.ID, "voice")
		if m == nil {
			return nil, nil, 40007, "invalid media_id", "voice.media_id"
		}
		return []content{{Type: "voice", MediaURL: m.path()}}, nil, 0, "", ""
	case "image", "images":
		ids := in.Images.IDs
		if in.Type == "image" || len(ids) == 0 {
			ids = append(slices.Clone(ids), in.Image.ID)
		}
		if len(ids) > maxArticleImages {
			return nil, nil, 40035, "invalid parameter", "images.media_ids has too many pictures"
		}
		if in.Images.Recommend != "" {
			bodies = append(bodies, content{Type: "text", Text: in.Images.Recommend})
		}
		for _, id := range ids {
			m := file(id, "image")
			if m == nil {
				return nil, nil, 40007, "invalid media_id", "media id " + id + " is no picture of this account"
			}
			bodies = append(bodies, content{Type: "image", ImageURL: m.path()})
		}
		return bodies, nil, 0, "", ""
	case "mpvideo":
		m := file(in.MPVideo.ID, "video")
		if m == nil {
			return nil, nil, 40007, "invalid media_id", "mpvideo.media_id"
		}
		return []content{{Type: "video", MediaURL: m.path(), Title: cmp.Or(in.MPVideo.Title, m.Title), Description: cmp.Or(in.MPVideo.Description, m.Intro)}}, nil, 0, "", ""
	case "wxcard":
		return nil, nil, 48001, "api unauthorized", "cards (卡券) are not offered by the pocket WeChat"
	}
	return nil, nil, 40008, "invalid message type", fmt.Sprintf("msgtype %q", in.Type)
}
