package sim

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	publishDelay    = time.Second // from submit to done, by the clock
	maxPublications = 10_000
	publishDone     = 0
	publishRunning  = 1
	publishAllGone  = 5
)

// publication is a set of articles that are out: published, or sent to many.
type publication struct {
	ArticleID string     `json:"article_id"`
	AppID     string     `json:"appid"`
	Articles  []pubPiece `json:"articles"`
	At        time.Time  `json:"at"`
	Seq       int64      `json:"seq"`
	Sent      bool       `json:"sent,omitempty"` // by a mass message: not in the list of published ones
	History   bool       `json:"history,omitempty"`
}

type pubPiece struct {
	Key     string      `json:"key"` // in its address
	Body    articleBody `json:"body"`
	Deleted bool        `json:"deleted,omitempty"`
	Reads   int         `json:"reads,omitempty"`
}

// publishJob is a publication under way.
type publishJob struct {
	ID        int64     `json:"id"`
	AppID     string    `json:"appid"`
	MediaID   string    `json:"media_id"`
	State     int       `json:"state"`
	ArticleID string    `json:"article_id,omitempty"`
	Due       time.Time `json:"due"`
}

// articleURL is the address of a published article.
func articleURL(key string) string { return "http://mp.weixin.qq.com/s/" + key }

// putOut makes articles readable under addresses of their own. The caller holds mu.
func (s *Server) putOut(appID string, articles []articleBody, sent bool) *publication {
	p := &publication{ArticleID: s.text(48), AppID: appID, At: s.Clock.Now(), Seq: s.next(), Sent: sent}
	for _, a := range articles {
		piece := pubPiece{Key: s.pick(22, letters+"-_"), Body: a}
		p.Articles = append(p.Articles, piece)
		s.world.official.pages[piece.Key] = p
	}
	if len(s.world.official.articles) >= maxPublications {
		s.forgetPublication()
	}
	s.world.official.articles[p.ArticleID] = p
	s.touch("article", p.ArticleID)
	return p
}

func (s *Server) forgetPublication() {
	var oldest *publication
	for _, p := range s.world.official.articles {
		if oldest == nil || p.Seq < oldest.Seq {
			oldest = p
		}
	}
	for _, a := range oldest.Articles {
		delete(s.world.official.pages, a.Key)
	}
	delete(s.world.official.articles, oldest.ArticleID)
	s.touch("article", oldest.ArticleID)
}

func (s *Server) publishSubmit(c *call) {
	var in mediaIDBody
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := c.draftOf(in.ID)
	if d == nil {
		return
	}
	job := &publishJob{ID: 2247483647 + s.next(), AppID: c.app.AppID, MediaID: d.MediaID, State: publishRunning, Due: s.Clock.Now().Add(publishDelay)}
	key := itoa(job.ID)
	s.world.official.publishes[key] = job
	s.touch("publish", key)
	s.Clock.schedule(job.Due, func() { s.finishPublish(key) })
	c.ok(map[string]any{"errcode": 0, "errmsg": "ok", "publish_id": job.ID, "msg_data_id": job.ID})
}

// finishPublish ends a publication and tells the developer.
func (s *Server) finishPublish(key string) {
	s.mu.Lock()
	job := s.world.official.publishes[key]
	if job == nil || job.State != publishRunning {
		s.mu.Unlock()
		return
	}
	a := s.world.accounts[job.AppID]
	detail := []xmlField{{"publish_id", key}}
	if d := s.world.official.drafts[job.MediaID]; d != nil {
		p := s.putOut(job.AppID, d.Articles, false)
		job.State, job.ArticleID = publishDone, p.ArticleID
		items := []xmlField{{"count", strconv.Itoa(len(p.Articles))}}
		for i, piece := range p.Articles {
			items = append(items, xmlField{"item", nested(xmlField{"idx", strconv.Itoa(i + 1)}, xmlField{"article_url", articleURL(piece.Key)})})
		}
		detail = append(detail, xmlField{"publish_status", "0"}, xmlField{"article_id", p.ArticleID}, xmlField{"article_detail", nested(items...)})
		s.dropDraft(d)
	} else {
		job.State = 3 // the draft is gone: an ordinary failure
		detail = append(detail, xmlField{"publish_status", "3"})
	}
	s.touch("publish", key)
	push := s.accountEvent(a, "PUBLISHJOBFINISH", xmlField{"PublishEventInfo", nested(detail...)})
	s.mu.Unlock()
	s.background(func() { s.push(push) })
}

// accountEvent prepares an event that is about no fan: it comes from the account's administrator. The caller holds mu.
func (s *Server) accountEvent(a *account, name string, extra ...xmlField) outPush {
	admin := s.world.derive("openid", a.AppID, "administrator")
	fields := []xmlField{{"ToUserName", a.OriginalID}, {"FromUserName", admin}, {"CreateTime", itoa(s.Clock.Now().Unix())}, {"MsgType", "event"}, {"Event", name}}
	return outPush{account: a.Account, openID: admin, event: name, fields: append(fields, extra...)}
}

// flexID reads a number that some callers write as text.
type flexID int64

// UnmarshalJSON implements json.Unmarshaler.
func (f *flexID) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" { // as if it were not there
		return nil
	}
	n, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	if err != nil {
		return fmt.Errorf("%s is not a number", raw)
	}
	*f = flexID(n)
	return nil
}

func (s *Server) publishGet(c *call) {
	var in struct {
		ID flexID `json:"publish_id"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	job := s.world.official.publishes[itoa(int64(in.ID))]
	if job == nil || job.AppID != c.app.AppID {
		c.deny(53505, "publish_id not exist", "there is no publication %d of this account", int64(in.ID))
		return
	}
	answer := map[string]any{"publish_id": job.ID, "publish_status": job.State, "fail_idx": []int{}}
	if p := s.world.official.articles[job.ArticleID]; p != nil {
		items := []map[string]any{}
		for i, piece := range p.Articles {
			if !piece.Deleted {
				items = append(items, map[string]any{"idx": i + 1, "article_url": articleURL(piece.Key)})
			}
		}
		if len(items) == 0 {
			answer["publish_status"] = publishAllGone
		}
		answer["article_id"], answer["article_detail"] = p.ArticleID, map[string]any{"count": len(items), "item": items}
	}
	c.ok(answer)
}

// publicationOf finds a publication by article id; on failure it has answered. The caller holds mu.
func (c *call) publicationOf(id string) *publication {
	p := c.s.world.official.articles[id]
	if p == nil || p.AppID != c.app.AppID {
		c.fail(53600, "Article ID无效")
		return nil
	}
	return p
}

func (p *publication) newsItems(leaveOut bool) []articleBody {
	list := make([]articleBody, 0, len(p.Articles))
	for _, piece := range p.Articles {
		body, gone := piece.Body, deletedFlag(piece.Deleted)
		body.URL, body.Deleted = articleURL(piece.Key), &gone
		list = append(list, body)
	}
	return withoutContent(list, leaveOut)
}

func (s *Server) publishArticle(c *call) {
	var in struct {
		ID string `json:"article_id"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := c.publicationOf(in.ID); p != nil {
		c.ok(map[string]any{"news_item": p.newsItems(false), "create_time": p.At.Unix(), "update_time": p.At.Unix()})
	}
}

// publications lists what an account has published, newest first. The caller holds mu.
func (s *Server) publications(appID string, keep func(*publication) bool) []*publication {
	list := []*publication{}
	for _, p := range s.world.official.articles {
		if p.AppID == appID && keep(p) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *publication) int { return cmp.Compare(b.Seq, a.Seq) })
	return list
}

func (s *Server) publishList(c *call) {
	in, ok := c.batch()
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all, items := s.publications(c.app.AppID, func(p *publication) bool { return !p.Sent && !p.gone() }), []map[string]any{}
	for _, p := range page(all, in.Offset, in.Count) {
		items = append(items, map[string]any{"article_id": p.ArticleID, "content": map[string]any{"news_item": p.newsItems(bool(in.NoContent)), "create_time": p.At.Unix(), "update_time": p.At.Unix()}, "update_time": p.At.Unix()})
	}
	c.ok(map[string]any{"item": items, "total_count": len(all), "item_count": len(items)})
}

// gone tells that every piece was deleted.
func (p *publication) gone() bool {
	return !slices.ContainsFunc(p.Articles, func(a pubPiece) bool { return !a.Deleted })
}

func (s *Server) publishDelete(c *call) {
	var in struct {
		ID    string `json:"article_id"`
		Index int    `json:"index"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := c.publicationOf(in.ID)
	if p == nil {
		return
	}
	if !p.remove(in.Index) {
		c.fail(40114, "invalid index value")
		return
	}
	s.touch("article", p.ArticleID)
	c.ok(apiOK)
}

// remove deletes the piece of an index from 1, or all for 0.
func (p *publication) remove(index int) bool {
	if index < 0 || index > len(p.Articles) {
		return false
	}
	for i := range p.Articles {
		if index == 0 || index == i+1 {
			p.Articles[i].Deleted = true
		}
	}
	return true
}

var articlePage = template.Must(template.New("article").Parse(`<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{{.Title}}</title><style>body{margin:0;background:#fff;color:#2b2b2b;font:17px/1.75 -apple-system,"PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:677px;margin:0 auto;padding:24px 16px 64px}h1{margin:0 0 14px;font-size:22px;line-height:1.4}.by{margin-bottom:26px;color:#6b6b6b;font-size:15px}
.by button{padding:0;border:0;background:none;font:inherit;color:#3b5c8c}.by span{margin-right:10px}img{max-width:100%;height:auto}article{overflow-wrap:anywhere}
footer{margin-top:36px;color:#6b6b6b;font-size:15px}footer a{margin-right:16px;color:#3b5c8c;text-decoration:none}figure{margin:0 0 8px}
.gone{padding:96px 24px;text-align:center;color:#6b6b6b}@media(prefers-color-scheme:dark){body{background:#191919;color:#d0d0d0}}</style></head><body>
{{if .Gone}}<p class="gone" role="alert">该内容已被发布者删除</p>{{else}}<main><h1>{{.Title}}</h1>
<p class="by">{{if .Author}}<span>{{.Author}}</span>{{end}}<span><button type="button" onclick="parent.postMessage({wx:1,type:'event',name:'openAccount',data:{appid:{{.AppID}}}},'*')">{{.Account}}</button></span><time>{{.Date}}</time></p>
{{range .Pictures}}<figure><img src="{{.}}" alt=""></figure>{{end}}<article>{{.Content}}</article>
<footer>{{if .Source}}<a href="{{.Source}}">阅读原文</a>{{end}}<span>阅读 {{.Reads}}</span></footer></main>{{end}}</body></html>`))

// showArticle is mp.weixin.qq.com/s/…: a published article as a phone reads it.
func (s *Server) showArticle(w http.ResponseWriter, r *http.Request) {
	key, who := r.PathValue("key"), holder(r.Context())
	s.mu.Lock()
	p := s.world.official.pages[key]
	var view map[string]any
	if p != nil {
		view = s.readArticle(p, key, who)
	}
	s.mu.Unlock()
	if view == nil {
		s.errorPage(w, "参数错误", "没有这篇文章："+key)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err := articlePage.Execute(w, view); err != nil {
		s.Log.Error("article page", "error", err)
	}
}

// readArticle counts a reading and gives what the page shows. The caller holds mu.
func (s *Server) readArticle(p *publication, key, who string) map[string]any {
	i := slices.IndexFunc(p.Articles, func(a pubPiece) bool { return a.Key == key })
	piece := &p.Articles[i]
	view := map[string]any{"Title": piece.Body.Title, "Gone": piece.Deleted}
	if piece.Deleted {
		return view
	}
	if who != "" {
		piece.Reads++
		s.touch("article", p.ArticleID)
		s.statRead(p, i, who)
	}
	pictures := []string{}
	if piece.Body.Images != nil {
		for _, image := range piece.Body.Images.List {
			pictures = append(pictures, "http://"+s.hostPort()+"/_sim/media/"+image.MediaID)
		}
	}
	for name, value := range map[string]any{"Author": piece.Body.Author, "Account": s.world.accounts[p.AppID].Name, "AppID": p.AppID, "Date": p.At.In(shanghai).Format("2006-01-02 15:04"),
		"Content": template.HTML(piece.Body.Content), "Source": piece.Body.SourceURL, "Reads": piece.Reads, "Pictures": pictures} { // cleaned by cleanArticle
		view[name] = value
	}
	return view
}

// apiArticlesOf lists what an account has sent to all or published, for its page on the phone.
func (s *Server) apiArticlesOf(r *http.Request, _ *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.accounts[r.PathValue("appid")] == nil {
		return nil, missing("account " + r.PathValue("appid"))
	}
	list := []map[string]any{}
	for _, p := range s.publications(r.PathValue("appid"), func(p *publication) bool { return p.History }) {
		if len(list) >= 100 {
			break
		}
		for _, card := range p.cards() {
			list = append(list, map[string]any{"time": p.At.In(shanghai), "title": card.Title, "description": card.Description, "pic_url": card.PicURL, "url": card.URL})
		}
	}
	return map[string]any{"articles": list}, nil
}

// cards are the pieces that are still there, as a news message shows them.
func (p *publication) cards() []article {
	list := []article{}
	for _, piece := range p.Articles {
		if !piece.Deleted {
			list = append(list, article{Title: piece.Body.Title, Description: piece.Body.Digest, PicURL: piece.Body.ThumbURL, URL: articleURL(piece.Key)})
		}
	}
	return list
}
