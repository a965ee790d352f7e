package sim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// momentRoutes is the Moments part of the phone API (docs/social.md).
func (s *Server) momentRoutes(mux *http.ServeMux) {
	on := func(pattern string, f func(r *http.Request, p *person) (any, error)) {
		s.handle(mux, pattern, s.withPerson(f))
	}
	on("GET /people/{id}/moments", s.apiMoments)
	on("POST /people/{id}/moments", s.apiPublish)
	on("GET /people/{id}/moments/mark", s.apiMomentMark)
	on("GET /people/{id}/moments/notices", s.apiMomentNotices)
	on("POST /people/{id}/moments/settings", s.apiMomentSettings)
	on("GET /people/{id}/moments/{post}", s.apiMoment)
	on("DELETE /people/{id}/moments/{post}", s.apiDeleteMoment)
	on("POST /people/{id}/moments/{post}/like", s.apiLike)
	on("POST /people/{id}/moments/{post}/comments", s.apiComment)
	on("DELETE /people/{id}/moments/{post}/comments/{comment}", s.apiDeleteComment)
	on("GET /people/{id}/albums/{other}", s.apiAlbum)
	on("POST /people/{id}/pictures", s.apiUploadPicture)
}

type faceView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Avatar string `json:"avatar"`
}

// faceView is somebody as a viewer calls them.
func (s *Server) faceView(viewer, who string) faceView {
	name, avatar := s.face(memberKind(who), who)
	if b := s.bond(viewer, who); b != nil && b.Remark != "" {
		name = b.Remark
	}
	return faceView{who, name, avatar}
}

type postCommentView struct {
	ID      string    `json:"id"`
	From    faceView  `json:"from"`
	ReplyTo *faceView `json:"reply_to,omitempty"`
	Text    string    `json:"text"`
	Time    time.Time `json:"time"`
	Mine    bool      `json:"mine"`
}

type postView struct {
	ID       string            `json:"id"`
	Seq      int64             `json:"seq"`
	Author   faceView          `json:"author"`
	Company  string            `json:"company,omitempty"` // of a company's post
	Mine     bool              `json:"mine"`
	Text     string            `json:"text"`
	Pictures []string          `json:"pictures"`
	Video    string            `json:"video,omitempty"`
	Link     *PostLink         `json:"link,omitempty"`
	Place    string            `json:"place,omitempty"`
	Time     time.Time         `json:"time"`
	See      string            `json:"see,omitempty"` // only the author's
	Who      []string          `json:"who,omitempty"` // only the author's
	Remind   bool              `json:"remind,omitempty"`
	Liked    bool              `json:"liked"`
	Likes    []faceView        `json:"likes"`
	Comments []postCommentView `json:"comments"`
}

// postView shows a post with what the viewer may know of it. The caller holds mu.
func (s *Server) postView(viewer string, p *post) postView {
	v := postView{ID: p.ID, Seq: p.Seq, Author: s.faceView(viewer, p.Author), Company: s.staffCompany(p.Author), Mine: p.Author == viewer, Text: p.Text, Video: p.Video,
		Pictures: append([]string{}, p.Pictures...), Link: p.Link, Place: p.Place, Time: p.Time.In(shanghai), Likes: []faceView{}, Comments: []postCommentView{}, Remind: slices.Contains(p.Remind, viewer)}
	if v.Mine {
		v.See, v.Who = p.See, p.Who
	}
	for _, l := range p.Likes {
		if s.common(viewer, l.Who, p) {
			v.Likes = append(v.Likes, s.faceView(viewer, l.Who))
			v.Liked = v.Liked || l.Who == viewer
		}
	}
	for _, c := range p.Comments {
		if !s.hears(viewer, c, p) {
			continue
		}
		x := postCommentView{ID: c.ID, From: s.faceView(viewer, c.Who), Text: c.Text, Time: c.Time.In(shanghai), Mine: c.Who == viewer}
		if c.ReplyTo != "" {
			to := s.faceView(viewer, c.ReplyTo)
			x.ReplyTo = &to
		}
		v.Comments = append(v.Comments, x)
	}
	return v
}

// page gives the posts of log that keep accepts, newest first, and the cursor of the next page (0: no more).
func (s *Server) postPage(r *http.Request, log []*post, viewer string, keep func(*post) bool) ([]postView, int64) {
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	limit := limitOf(r.URL.Query().Get("limit"), 50)
	views := []postView{}
	for _, p := range slices.Backward(log) {
		if before > 0 && p.Seq >= before || !keep(p) {
			continue
		}
		if len(views) == limit {
			return views, views[limit-1].Seq
		}
		views = append(views, s.postView(viewer, p))
	}
	return views, 0
}

// apiMoments is the list of a person's Moments; its first page counts as having looked.
func (s *Server) apiMoments(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	views, next := s.postPage(r, s.world.social.postLog, p.ID, func(x *post) bool { return s.follows(p.ID, x) })
	f := s.folder(p.ID)
	if r.URL.Query().Get("before") == "" && len(views) > 0 && views[0].Seq > f.Seen {
		f.Seen = views[0].Seq
		s.touchFolder(p.ID)
	}
	return map[string]any{"posts": views, "next": next, "cover": f.Cover, "days": f.Days, "mark": s.momentMark(p.ID)}, nil
}

type momentMark struct {
	Unread int       `json:"unread"`           // notices not read
	From   *faceView `json:"from,omitempty"`   // of the newest notice
	Newest *faceView `json:"newest,omitempty"` // author of the newest post not looked at
}

// momentMark is what the discover tab shows. The caller holds mu.
func (s *Server) momentMark(who string) momentMark {
	m, f := momentMark{}, s.folder(who)
	for _, n := range slices.Backward(f.Notices) {
		if !n.Read && s.noticeStands(who, n) {
			if m.Unread++; m.From == nil {
				from := s.faceView(who, n.From)
				m.From = &from
			}
		}
	}
	log := s.world.social.postLog
	for _, p := range slices.Backward(log[max(0, len(log)-1000):]) {
		if p.Seq <= f.Seen {
			break
		}
		if p.Author != who && s.follows(who, p) {
			from := s.faceView(who, p.Author)
			m.Newest = &from
			break
		}
	}
	return m
}

// noticeStands tells whether what a notice speaks of is still there to see.
func (s *Server) noticeStands(who string, n postNotice) bool {
	p := s.world.social.posts[n.Post]
	if p == nil || !s.sees(who, p) {
		return false
	}
	switch n.Kind {
	case "like":
		return slices.ContainsFunc(p.Likes, func(l postLike) bool { return l.Who == n.From }) && s.common(who, n.From, p)
	case "comment":
		return slices.ContainsFunc(p.Comments, func(c *postComment) bool { return c.ID == n.Comment && s.hears(who, c, p) })
	}
	return true
}

func (s *Server) apiMomentMark(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.momentMark(p.ID), nil
}

type momentNoticeView struct {
	Kind    string    `json:"kind"`
	From    faceView  `json:"from"`
	Text    string    `json:"text,omitempty"`
	Time    time.Time `json:"time"`
	PostID  string    `json:"post_id"`
	Picture string    `json:"picture,omitempty"`
	About   string    `json:"about,omitempty"`
	Read    bool      `json:"read"`
}

// apiMomentNotices lists the notices, newest first, and counts them as read.
func (s *Server) apiMomentNotices(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, views := s.folder(p.ID), []momentNoticeView{}
	for i := len(f.Notices) - 1; i >= 0; i-- {
		n := &f.Notices[i]
		if !s.noticeStands(p.ID, *n) {
			continue
		}
		about := s.world.social.posts[n.Post]
		v := momentNoticeView{Kind: n.Kind, From: s.faceView(p.ID, n.From), Time: n.Time.In(shanghai), PostID: n.Post, About: about.Text, Read: n.Read}
		if len(about.Pictures) > 0 {
			v.Picture = about.Pictures[0]
		} else if about.Link != nil {
			v.Picture = about.Link.PicURL
		}
		for _, c := range about.Comments {
			if c.ID == n.Comment {
				v.Text = c.Text
			}
		}
		views = append(views, v)
		n.Read = true
	}
	s.touchFolder(p.ID)
	return map[string]any{"notices": views}, nil
}

func (s *Server) apiPublish(r *http.Request, p *person) (any, error) {
	var in Post
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if in.Link != nil {
		link, err := s.cleanLink(*in.Link)
		if err != nil {
			return nil, err
		}
		in.Link = &link
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	made, err := s.publish(p.ID, in)
	if err != nil {
		return nil, err
	}
	return s.postView(p.ID, made), nil
}

func (s *Server) apiMoment(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.seenPost(p.ID, r.PathValue("post"))
	if err != nil {
		return nil, err
	}
	return s.postView(p.ID, found), nil
}

func (s *Server) apiDeleteMoment(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.world.social.posts[r.PathValue("post")]
	if found == nil || found.Author != p.ID {
		return nil, missing("own post " + r.PathValue("post"))
	}
	s.removePost(found)
	return nil, nil
}

func (s *Server) apiLike(r *http.Request, p *person) (any, error) {
	var in struct {
		On bool `json:"on"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if err := s.Like(p.ID, r.PathValue("post"), in.On); err != nil {
		return nil, err
	}
	return s.apiMoment(r, p)
}

func (s *Server) apiComment(r *http.Request, p *person) (any, error) {
	var in struct {
		Text    string `json:"text"`
		ReplyTo string `json:"reply_to"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if _, err := s.Comment(p.ID, r.PathValue("post"), in.ReplyTo, in.Text); err != nil {
		return nil, err
	}
	return s.apiMoment(r, p)
}

func (s *Server) apiDeleteComment(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.seenPost(p.ID, r.PathValue("post"))
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(found.Comments, func(c *postComment) bool {
		return c.ID == r.PathValue("comment") && (c.Who == p.ID || found.Author == p.ID)
	})
	if at < 0 {
		return nil, missing("comment " + r.PathValue("comment") + " that this person may delete")
	}
	found.Comments = slices.Delete(found.Comments, at, at+1)
	s.touchPost(found)
	s.momentChanged(found)
	return s.postView(p.ID, found), nil
}

func (s *Server) apiMomentSettings(r *http.Request, p *person) (any, error) {
	var in struct {
		Cover *string `json:"cover"`
		Days  *int    `json:"days"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if in.Days != nil && !slices.Contains([]int{0, 3, 30, 180}, *in.Days) {
		return nil, bad("moment.days", "可见范围只能是最近三天、一个月、半年或全部", "days must be 3, 30, 180 or 0 for all")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.Cover != nil && *in.Cover != "" && s.mediaOf(*in.Cover) == nil {
		return nil, bad("moment.cover", "图片不存在，请重新选择", "the cover has not been uploaded here")
	}
	f := s.folder(p.ID)
	if in.Cover != nil {
		f.Cover = *in.Cover
	}
	if in.Days != nil {
		f.Days = *in.Days
	}
	s.touchFolder(p.ID)
	return map[string]any{"cover": f.Cover, "days": f.Days}, nil
}

// apiAlbum is one person's Moments as this person may see them.
func (s *Server) apiAlbum(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	owner := s.world.people[r.PathValue("other")]
	if owner == nil {
		return nil, missing("person " + r.PathValue("other"))
	}
	views, next := s.postPage(r, s.world.social.personPosts[owner.ID], p.ID, func(x *post) bool { return s.sees(p.ID, x) })
	f := s.folder(owner.ID)
	days := f.Days
	if !s.friends(p.ID, owner.ID) && p.ID != owner.ID {
		days = 0
	}
	return map[string]any{"owner": s.faceView(p.ID, owner.ID), "posts": views, "next": next, "cover": f.Cover, "days": days, "friend": p.ID == owner.ID || s.friends(p.ID, owner.ID)}, nil
}

// albumPictures gives the newest pictures of one that another may see. The caller holds mu.
func (s *Server) albumPictures(viewer, owner string, most int) []string {
	pictures := []string{}
	for _, p := range slices.Backward(s.world.social.personPosts[owner]) {
		if !s.sees(viewer, p) {
			continue
		}
		for _, x := range p.Pictures {
			if pictures = append(pictures, x); len(pictures) == most {
				return pictures
			}
		}
	}
	return pictures
}

// mediaOf finds an uploaded file by its address.
func (s *Server) mediaOf(address string) *media {
	id, ok := strings.CutPrefix(address, "/_sim/media/")
	if !ok {
		return nil
	}
	return s.world.media[id]
}

// apiUploadPicture keeps a picture of a person's phone: {"data_url"} → {"url"}.
func (s *Server) apiUploadPicture(r *http.Request, p *person) (any, error) {
	var in struct {
		Data string `json:"data_url"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxUpload*4/3)).Decode(&in); err != nil {
		return nil, bad("body.json", "内容无法读取", err.Error())
	}
	_, encoded, _ := strings.Cut(in.Data, "base64,")
	data, err := base64.StdEncoding.DecodeString(encoded)
	kind := http.DetectContentType(data)
	if err != nil || !slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"}, kind) {
		return nil, bad("media.type", "不是图片", "data_url must be a base64 picture (png, jpeg, gif, webp, bmp)")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.storeMedia("person:"+p.ID, "image", kind, data, time.Time{})
	return map[string]string{"url": m.path()}, nil
}
