package sim

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

const (
	maxPosts        = 100_000
	maxPostPictures = 9
	maxPostText     = 2000 // characters
	maxComments     = 1000 // of one post
	maxPostNotices  = 200  // of one person
	maxSee          = 5000 // people named in 谁可以看
)

// Who may see a post (谁可以看).
const (
	SeeAll    = "all"
	SeeSome   = "some"   // 部分可见
	SeeExcept = "except" // 不给谁看
	SeeSelf   = "self"   // 私密
)

// Post is something to put into Moments (朋友圈).
type Post struct {
	Text     string    `json:"text"`
	Pictures []string  `json:"pictures,omitempty"` // addresses of uploaded pictures, at most nine
	Link     *PostLink `json:"link,omitempty"`     // a shared page; excludes pictures
	Place    string    `json:"place,omitempty"`
	Remind   []string  `json:"remind,omitempty"` // 提醒谁看: people
	See      string    `json:"see,omitempty"`    // all (default), some, except, self
	Who      []string  `json:"who,omitempty"`    // people of some and except
	Tags     []string  `json:"tags,omitempty"`   // friends with one of these tags belong to who
}

// PostLink is the card of a shared page.
type PostLink struct {
	Title  string `json:"title"`
	URL    string `json:"url"`
	PicURL string `json:"pic_url,omitempty"`
}

// post is one entry of Moments. Author is a person, or the key of a member of staff for a post of a company.
type post struct {
	Post
	ID       string         `json:"id"`
	Seq      int64          `json:"seq"`
	Author   string         `json:"author"`
	Time     time.Time      `json:"time"`
	Video    string         `json:"video,omitempty"`
	Likes    []postLike     `json:"likes,omitempty"`
	Comments []*postComment `json:"comments,omitempty"`
	LastSay  int64          `json:"last_say,omitempty"` // number of the newest comment
	Corp     *corpPost      `json:"corp,omitempty"`     // a company's post: seen by the customers it reached
}

type postLike struct {
	Who  string    `json:"who"`
	Time time.Time `json:"time"`
}

type postComment struct {
	ID      string    `json:"id"`
	Who     string    `json:"who"`
	ReplyTo string    `json:"reply_to,omitempty"` // a person
	Text    string    `json:"text"`
	Time    time.Time `json:"time"`
}

// socialFolder is a person's own part of Moments.
type socialFolder struct {
	Cover   string       `json:"cover,omitempty"`
	Days    int          `json:"days,omitempty"` // 允许朋友查看朋友圈的范围: 3, 30, 180; 0: all
	Seen    int64        `json:"seen,omitempty"` // number of the newest post looked at
	Notices []postNotice `json:"notices,omitempty"`
}

// postNotice tells somebody of a like or a comment.
type postNotice struct {
	Post    string    `json:"post"`
	From    string    `json:"from"`
	Kind    string    `json:"kind"` // like, comment, remind
	Comment string    `json:"comment,omitempty"`
	Time    time.Time `json:"time"`
	Read    bool      `json:"read,omitempty"`
}

// folder gives a person's part of Moments, creating it. The caller holds mu and touches it when it changes.
func (s *Server) folder(who string) *socialFolder {
	f := s.world.social.profiles[who]
	if f == nil {
		f = &socialFolder{}
		s.world.social.profiles[who] = f
	}
	return f
}

func (s *Server) touchFolder(who string) { s.touch("social_folder", who) }
func (s *Server) touchPost(p *post)      { s.touch("moment", p.ID) }

// sees tells whether a viewer may see a post at all.
func (s *Server) sees(viewer string, p *post) bool {
	if viewer == p.Author {
		return true
	}
	if p.Corp != nil {
		return s.seesCorp(viewer, p)
	}
	if !s.friends(viewer, p.Author) {
		return false
	}
	if b := s.bond(p.Author, viewer); b != nil && (b.HideMine || b.Blocked) {
		return false
	}
	if f := s.world.social.profiles[p.Author]; f != nil && f.Days > 0 && s.Clock.Now().Sub(p.Time) > time.Duration(f.Days)*24*time.Hour {
		return false
	}
	switch p.See {
	case SeeSelf:
		return false
	case SeeSome:
		return slices.Contains(p.Who, viewer)
	case SeeExcept:
		return !slices.Contains(p.Who, viewer)
	}
	return true
}

// follows tells whether a post stands in a viewer's list, which 不看他 and a block by the viewer empty of somebody.
func (s *Server) follows(viewer string, p *post) bool {
	if b := s.bond(viewer, p.Author); b != nil && (b.HideTheirs || b.Blocked) {
		return false
	}
	return s.sees(viewer, p)
}

// common tells whether a viewer who sees p may also see what who said there: both must be the author's friends, and friends.
func (s *Server) common(viewer, who string, p *post) bool {
	if p.Corp != nil {
		return viewer == who || viewer == p.Author || who == p.Author || s.friends(viewer, who)
	}
	if who != p.Author && !s.friends(who, p.Author) {
		return false
	}
	return viewer == who || viewer == p.Author || who == p.Author || s.friends(viewer, who)
}

// hears tells whether a viewer may read a comment: its writer and whom it answers must be common friends.
func (s *Server) hears(viewer string, c *postComment, p *post) bool {
	return s.common(viewer, c.Who, p) && (c.ReplyTo == "" || s.common(viewer, c.ReplyTo, p))
}

// checkPost holds a post to its limits and resolves its tags into people. The caller holds mu.
func (s *Server) checkPost(who string, in *Post) error {
	text, ok := cleanText(in.Text, maxPostText)
	if in.Text = text; !ok {
		return bad("moment.text", "文字最多 2000 个字", "text may have 2000 characters")
	}
	if len(in.Pictures) > maxPostPictures {
		return bad("moment.pictures", "最多 9 张图片", "at most nine pictures")
	}
	if in.Link != nil && len(in.Pictures) > 0 || in.Text == "" && in.Link == nil && len(in.Pictures) == 0 {
		return bad("moment.empty", "写点什么，或选几张图片", "a post needs text, pictures or a link, and not both of the last two")
	}
	for _, address := range in.Pictures {
		if s.mediaOf(address) == nil {
			return bad("moment.pictures", "图片不存在，请重新选择", "picture "+address+" has not been uploaded here")
		}
	}
	if _, ok := cleanText(in.Place, 100); !ok || len(in.Who) > maxSee || len(in.Tags) > 20 || len(in.Remind) > 10 {
		return bad("moment.size", "地点、名单或提醒太长", "place may have 100 characters, who 5000 people, remind 10")
	}
	if in.See = cmp.Or(in.See, SeeAll); !slices.Contains([]string{SeeAll, SeeSome, SeeExcept, SeeSelf}, in.See) {
		return bad("moment.see", "未知的可见范围", "see must be all, some, except or self")
	}
	for _, tag := range in.Tags {
		for _, f := range s.contacts(who) {
			if slices.Contains(f.Tags, tag) && !slices.Contains(in.Who, f.ID) {
				in.Who = append(in.Who, f.ID)
			}
		}
	}
	if in.See == SeeSome && len(in.Who) == 0 {
		return bad("moment.see", "请选择谁可以看", "who is empty")
	}
	if in.See == SeeAll || in.See == SeeSelf {
		in.Who, in.Tags = nil, nil
	}
	return nil
}

// Publish puts something into a person's Moments and gives its id.
func (s *Server) Publish(personID string, in Post) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.publish(personID, in)
	if err != nil {
		return "", err
	}
	return p.ID, nil
}

func (s *Server) publish(who string, in Post) (*post, error) {
	if s.world.people[who] == nil {
		return nil, missing("person " + who)
	}
	if err := s.checkPost(who, &in); err != nil {
		return nil, err
	}
	p := s.addPost(&post{Post: in, Author: who})
	for _, other := range in.Remind {
		if s.world.people[other] != nil && other != who && s.sees(other, p) {
			s.notify(other, postNotice{Post: p.ID, From: who, Kind: "remind", Time: p.Time})
		}
	}
	return p, nil
}

// addPost stores a post, forgetting the oldest when there are too many, and marks the readers' phones.
func (s *Server) addPost(p *post) *post {
	w := &s.world.social
	for len(w.postLog) >= maxPosts {
		s.removePost(w.postLog[0])
	}
	p.Seq, p.Time = s.next(), s.Clock.Now()
	p.ID = "mo" + itoa(p.Seq)
	w.posts[p.ID] = p
	w.postLog = append(w.postLog, p)
	w.personPosts[p.Author] = append(w.personPosts[p.Author], p)
	s.touchPost(p)
	s.momentChanged(p)
	return p
}

func (s *Server) removePost(p *post) {
	w := &s.world.social
	same := func(x *post) bool { return x == p }
	delete(w.posts, p.ID)
	w.postLog = slices.DeleteFunc(w.postLog, same)
	w.personPosts[p.Author] = slices.DeleteFunc(w.personPosts[p.Author], same)
	s.touchPost(p)
	for _, who := range s.hub.people() {
		s.hub.send(who, "moments", map[string]string{"gone": p.ID})
	}
}

// momentChanged tells the phones that are on and may see the post.
func (s *Server) momentChanged(p *post) {
	for _, who := range s.hub.people() {
		if s.sees(who, p) {
			s.hub.send(who, "moments", map[string]string{"post": p.ID})
		}
	}
}

// notify keeps a notice for a person. The caller holds mu.
func (s *Server) notify(who string, n postNotice) {
	if s.world.people[who] == nil {
		return // a member of staff: the company reads its comments by API
	}
	f := s.folder(who)
	f.Notices = append(f.Notices, n)
	if len(f.Notices) > maxPostNotices {
		f.Notices = f.Notices[len(f.Notices)-maxPostNotices:]
	}
	s.touchFolder(who)
	s.hub.send(who, "moments", map[string]string{"notice": n.Post})
}

// Like likes a post, or takes it back.
func (s *Server) Like(personID, postID string, on bool) error {
	if err := s.init(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.seenPost(personID, postID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(p.Likes, func(l postLike) bool { return l.Who == personID })
	switch {
	case on && at < 0:
		p.Likes = append(p.Likes, postLike{personID, s.Clock.Now()})
		s.alarm(p, personID, postNotice{Post: p.ID, From: personID, Kind: "like", Time: s.Clock.Now()}, "")
	case !on && at >= 0:
		p.Likes = slices.Delete(p.Likes, at, at+1)
	default:
		return nil
	}
	s.touchPost(p)
	s.momentChanged(p)
	return nil
}

// seenPost finds a post a person may see.
func (s *Server) seenPost(who, id string) (*post, error) {
	p := s.world.social.posts[id]
	if p == nil || !s.sees(who, p) {
		return nil, refuse(http.StatusNotFound, "moment.gone", "该内容已被删除或不可见", "post "+id+" does not exist for this person")
	}
	return p, nil
}

// alarm tells the author, the one answered, and everybody who spoke before and is a friend of the speaker.
func (s *Server) alarm(p *post, speaker string, n postNotice, replyTo string) {
	told := map[string]bool{speaker: true}
	tell := func(who string) {
		if who != "" && !told[who] && s.sees(who, p) && s.common(who, speaker, p) && (replyTo == "" || s.common(who, replyTo, p)) {
			told[who] = true
			s.notify(who, n)
		}
	}
	tell(p.Author)
	tell(replyTo)
	for _, l := range p.Likes {
		tell(l.Who)
	}
	for _, c := range p.Comments {
		tell(c.Who)
	}
}

// Comment says something under a post; replyTo is the person answered, or empty. It gives the comment's id.
func (s *Server) Comment(personID, postID, replyTo, text string) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	text, ok := cleanText(text, 1000)
	if !ok || text == "" {
		return "", bad("moment.comment", "评论需要 1 到 1000 个字", "a comment has 1 to 1000 characters")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.seenPost(personID, postID)
	if err != nil {
		return "", err
	}
	if replyTo == personID {
		replyTo = ""
	}
	if replyTo != "" && !slices.ContainsFunc(p.Comments, func(c *postComment) bool { return c.Who == replyTo && s.hears(personID, c, p) }) {
		return "", refuse(http.StatusNotFound, "moment.comment", "找不到要回复的评论", replyTo+" has said nothing here that this person may read")
	}
	if len(p.Comments) >= maxComments {
		return "", refuse(http.StatusConflict, "moment.full", "评论太多", "there are too many comments")
	}
	p.LastSay++
	c := &postComment{ID: "c" + itoa(p.LastSay), Who: personID, ReplyTo: replyTo, Text: text, Time: s.Clock.Now()}
	s.alarm(p, personID, postNotice{Post: p.ID, From: personID, Kind: "comment", Comment: c.ID, Time: c.Time}, replyTo)
	p.Comments = append(p.Comments, c)
	s.touchPost(p)
	s.momentChanged(p)
	return c.ID, nil
}
