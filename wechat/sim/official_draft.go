package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
)

// Limits of an article (新建草稿). The length of a title varies between generations of the documentation.
const (
	maxDraftArticles  = 8
	maxDrafts         = 5000 // of all accounts
	maxArticleTitle   = 64
	maxArticleAuthor  = 16
	maxArticleDigest  = 128
	maxArticleContent = 20_000 // characters
	maxArticleBytes   = 1 << 20
	maxArticleImages  = 20
)

// articleBody is an article as drafts have it; URL and Deleted are of published ones.
type articleBody struct {
	Type           string       `json:"article_type,omitempty"` // news or newspic
	Title          string       `json:"title"`
	Author         string       `json:"author"`
	Digest         string       `json:"digest"`
	Content        string       `json:"content"`
	SourceURL      string       `json:"content_source_url"`
	ThumbMediaID   string       `json:"thumb_media_id"`
	ShowCover      int          `json:"show_cover_pic"`
	OpenComment    int          `json:"need_open_comment"`
	OnlyFansCanSay int          `json:"only_fans_can_comment"`
	Crop235        string       `json:"pic_crop_235_1,omitempty"`
	Crop1          string       `json:"pic_crop_1_1,omitempty"`
	Images         *imageInfo   `json:"image_info,omitempty"`
	Cover          any          `json:"cover_info,omitempty"`
	Product        any          `json:"product_info,omitempty"`
	URL            string       `json:"url"`
	ThumbURL       string       `json:"thumb_url"`
	Deleted        *deletedFlag `json:"is_deleted,omitempty"`
}

type deletedFlag bool

type imageInfo struct {
	List []struct {
		MediaID string `json:"image_media_id"`
	} `json:"image_list"`
}

// draft is what the draft box holds under one media id.
type draft struct {
	MediaID  string        `json:"media_id"`
	AppID    string        `json:"appid"`
	Articles []articleBody `json:"articles"`
	Updated  time.Time     `json:"updated"`
	Seq      int64         `json:"seq"`
}

// articlePolicy keeps what the editor of mp.weixin.qq.com keeps: text, pictures and inline styles, no scripts.
var articlePolicy = func() *bluemonday.Policy {
	p := bluemonday.UGCPolicy()
	p.AllowStyles("color", "background-color", "text-align", "font-size", "font-weight", "font-style", "line-height", "margin", "margin-top", "margin-bottom",
		"padding", "border-radius", "max-width", "width", "height", "display", "text-indent", "letter-spacing", "vertical-align", "text-decoration").Globally()
	p.AllowElements("section", "figure", "figcaption")
	p.AllowDataAttributes()
	return p
}()

var imageSource = regexp.MustCompile(`(?i)<img\b[^>]*?\bsrc\s*=\s*["']?([^"'\s>]+)[^>]*>`)

// cleanArticle takes scripts out and pictures that are not WeChat's own, as the official server does.
func (s *Server) cleanArticle(html string) string {
	return imageSource.ReplaceAllStringFunc(articlePolicy.Sanitize(html), func(tag string) string {
		u, err := url.Parse(imageSource.FindStringSubmatch(tag)[1])
		if err == nil && s.isSelf(u) && strings.HasPrefix(u.Path, "/_sim/media/") {
			return tag
		}
		return ""
	})
}

// checkArticle holds an article to the rules and cleans it; a code other than 0 is the refusal. The caller holds mu.
func (s *Server) checkArticle(appID string, a *articleBody) (code int, text, why string) {
	runes := utf8.RuneCountInString
	if a.Type == "" {
		a.Type = "news"
	}
	switch {
	case a.Type != "news" && a.Type != "newspic":
		return 40035, "invalid parameter", fmt.Sprintf("article_type %q is neither news nor newspic", a.Type)
	case a.Title == "" || runes(a.Title) > maxArticleTitle:
		return 45003, "title size out of limit", fmt.Sprintf("title has %d characters, 1 to %d are allowed", runes(a.Title), maxArticleTitle)
	case runes(a.Author) > maxArticleAuthor:
		return 45110, "author size out of limit", fmt.Sprintf("author has %d characters, %d are allowed", runes(a.Author), maxArticleAuthor)
	case runes(a.Digest) > maxArticleDigest:
		return 45004, "description size out of limit", fmt.Sprintf("digest has %d characters, %d are allowed", runes(a.Digest), maxArticleDigest)
	case a.Content == "" && a.Type == "news":
		return 44004, "empty content", "content is empty"
	case runes(a.Content) >= maxArticleContent || len(a.Content) >= maxArticleBytes:
		return 45002, "content size out of limit", fmt.Sprintf("content has %d characters, less than %d are allowed", runes(a.Content), maxArticleContent)
	case len(a.SourceURL) > 1024:
		return 40066, "invalid url", "content_source_url is longer than 1024 bytes"
	}
	if a.Type == "news" {
		if m := s.kept(appID, a.ThumbMediaID); m == nil || m.Type != "image" && m.Type != "thumb" {
			return 40007, "invalid media_id", "thumb_media_id is no permanent picture of this account"
		}
	} else {
		if a.Images == nil || len(a.Images.List) < 1 || len(a.Images.List) > maxArticleImages {
			return 40035, "invalid parameter", fmt.Sprintf("image_info.image_list needs 1 to %d pictures", maxArticleImages)
		}
		for _, image := range a.Images.List {
			if s.kept(appID, image.MediaID) == nil {
				return 40007, "invalid media_id", "image_media_id is no permanent picture of this account"
			}
		}
		a.ThumbMediaID = a.Images.List[0].MediaID
	}
	a.Content = s.cleanArticle(a.Content)
	if a.Digest == "" {
		a.Digest = firstWords(a.Content, 54)
	}
	a.URL, a.Deleted, a.ThumbURL = "", nil, s.mediaURL(s.world.media[a.ThumbMediaID])
	return 0, "", ""
}

var htmlTag = regexp.MustCompile(`<[^>]*>`)

// firstWords is the beginning of an article's text, which stands in for a digest.
func firstWords(html string, n int) string {
	text := []rune(strings.Join(strings.Fields(htmlTag.ReplaceAllString(html, " ")), " "))
	return string(text[:min(n, len(text))])
}

func (s *Server) draftAdd(c *call) {
	var in struct {
		Articles []articleBody `json:"articles"`
	}
	if !c.json(&in) {
		return
	}
	if n := len(in.Articles); n < 1 || n > maxDraftArticles {
		c.deny(45008, "article size out of limit", "%d articles, 1 to %d are allowed", n, maxDraftArticles)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range in.Articles {
		if code, text, why := s.checkArticle(c.app.AppID, &in.Articles[i]); code != 0 {
			c.deny(code, text, "article %d: %s", i, why)
			return
		}
	}
	if len(s.world.official.drafts) >= maxDrafts {
		c.deny(45001, "media size out of limit", "the pocket WeChat keeps %d drafts; delete some", maxDrafts)
		return
	}
	d := &draft{MediaID: s.pick(64, letters+"-_"), AppID: c.app.AppID, Articles: in.Articles, Updated: s.Clock.Now(), Seq: s.next()}
	s.world.official.drafts[d.MediaID] = d
	s.touch("draft", d.MediaID)
	c.ok(map[string]any{"media_id": d.MediaID, "item": []any{}})
}

// draftOf finds a draft of the account; on failure it has answered. The caller holds mu.
func (c *call) draftOf(id string) *draft {
	d := c.s.world.official.drafts[id]
	if d == nil || d.AppID != c.app.AppID {
		c.fail(40007, "invalid media_id")
		return nil
	}
	return d
}

func (s *Server) draftGet(c *call) {
	var in mediaIDBody
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := c.draftOf(in.ID); d != nil {
		c.ok(map[string]any{"news_item": d.Articles, "create_time": d.Updated.Unix(), "update_time": d.Updated.Unix()})
	}
}

func (s *Server) draftDelete(c *call) {
	var in mediaIDBody
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := c.draftOf(in.ID); d != nil {
		s.dropDraft(d)
		c.ok(apiOK)
	}
}

func (s *Server) dropDraft(d *draft) {
	delete(s.world.official.drafts, d.MediaID)
	s.touch("draft", d.MediaID)
}

func (s *Server) draftUpdate(c *call) {
	var in struct {
		ID      string          `json:"media_id"`
		Index   int             `json:"index"`
		Article json.RawMessage `json:"articles"`
	}
	if !c.json(&in) {
		return
	}
	var a articleBody
	if err := json.Unmarshal(in.Article, &a); err != nil {
		c.deny(47001, "data format error", "articles must be one article: %v", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := c.draftOf(in.ID)
	if d == nil {
		return
	}
	if in.Index < 0 || in.Index >= len(d.Articles) {
		c.fail(40114, "invalid index value")
		return
	}
	if code, text, why := s.checkArticle(c.app.AppID, &a); code != 0 {
		c.deny(code, text, "%s", why)
		return
	}
	d.Articles[in.Index], d.Updated = a, s.Clock.Now()
	s.touch("draft", d.MediaID)
	c.ok(apiOK)
}

// drafts lists an account's drafts, newest first. The caller holds mu.
func (s *Server) draftsOf(appID string) []*draft {
	list := []*draft{}
	for _, d := range s.world.official.drafts {
		if d.AppID == appID {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b *draft) int { return cmp.Or(b.Updated.Compare(a.Updated), cmp.Compare(b.Seq, a.Seq)) })
	return list
}

func (s *Server) draftCount(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.ok(map[string]int{"total_count": len(s.draftsOf(c.app.AppID))})
}

type batchBody struct {
	Offset    int      `json:"offset"`
	Count     int      `json:"count"`
	NoContent flexBool `json:"no_content"`
}

// flexBool reads 0, 1, true and false.
type flexBool bool

// UnmarshalJSON implements json.Unmarshaler.
func (f *flexBool) UnmarshalJSON(raw []byte) error {
	*f = string(raw) == "1" || string(raw) == "true"
	return nil
}

// batch reads offset, count and no_content; on failure it has answered.
func (c *call) batch() (in batchBody, ok bool) {
	if !c.json(&in) {
		return in, false
	}
	if in.Offset < 0 || in.Count < 1 || in.Count > maxBatch {
		c.deny(40097, "invalid args", "offset must not be negative, count is 1 to %d", maxBatch)
		return in, false
	}
	return in, true
}

// withoutContent is a copy of articles for lists that leave the text out.
func withoutContent(list []articleBody, leaveOut bool) []articleBody {
	list = slices.Clone(list)
	for i := range list {
		if leaveOut {
			list[i].Content = ""
		}
	}
	return list
}

func (s *Server) draftList(c *call) {
	in, ok := c.batch()
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all, items := s.draftsOf(c.app.AppID), []map[string]any{}
	for _, d := range page(all, in.Offset, in.Count) {
		items = append(items, map[string]any{"media_id": d.MediaID, "content": map[string]any{"news_item": withoutContent(d.Articles, bool(in.NoContent))}, "update_time": d.Updated.Unix()})
	}
	c.ok(map[string]any{"item": items, "total_count": len(all), "item_count": len(items)})
}

// draftSwitch tells that the draft box is open, as it is for every account now.
func (s *Server) draftSwitch(c *call) {
	c.ok(map[string]any{"errcode": 0, "errmsg": "ok", "is_open": 1})
}
