package sim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	maxMomentTasks = 10_000
	momentJobLife  = 24 * time.Hour
	maxMomentUsers = 100_000
)

// corpPost makes a post one of a company's: it is seen by the customers it reached.
type corpPost struct {
	CorpID    string          `json:"corpid"`
	UserID    string          `json:"userid"`
	MomentID  string          `json:"moment_id"`
	Customers map[string]bool `json:"customers"` // people
}

// seesCorp tells whether a customer sees a company's post.
func (s *Server) seesCorp(viewer string, p *post) bool {
	if !p.Corp.Customers[viewer] {
		return false
	}
	t := s.tie(p.Corp.CorpID, p.Corp.UserID, viewer)
	return t != nil && t.open()
}

// momentTask is a company's post that members of the staff are to publish.
type momentTask struct {
	JobID    string            `json:"jobid"`
	MomentID string            `json:"moment_id"`
	CorpID   string            `json:"corpid"`
	Born     time.Time         `json:"born"`
	Body     workBody          `json:"body"`
	Tags     []string          `json:"tags,omitempty"`
	All      bool              `json:"all,omitempty"` // 公开
	BadUsers []string          `json:"bad_users,omitempty"`
	BadParts []int64           `json:"bad_parts,omitempty"`
	BadTags  []string          `json:"bad_tags,omitempty"`
	Senders  []string          `json:"senders"`
	Posts    map[string]string `json:"posts,omitempty"` // userid → post
	Stopped  bool              `json:"stopped,omitempty"`
}

type addMomentIn struct {
	workBody
	Range struct {
		Senders *struct {
			Users       []string `json:"user_list"`
			Departments []int64  `json:"department_list"`
		} `json:"sender_list"`
		Customers *struct {
			Tags []string `json:"tag_list"`
		} `json:"external_contact_list"`
	} `json:"visible_range"`
}

// checkMoment holds the body of a post to the limits of 创建发表任务.
func (s *Server) checkMoment(c *call, b *workBody) bool {
	images, others := 0, 0
	for _, a := range b.Attachments {
		switch {
		case a.MsgType == "image" && a.Image != nil:
			if images++; s.workMediaOf(c.corp.CorpID, a.Image.MediaID, "image") == nil {
				c.deny(40007, "invalid media_id", "image.media_id is unknown or expired")
				return false
			}
		case a.MsgType == "video" && a.Video != nil:
			if others++; s.workMediaOf(c.corp.CorpID, a.Video.MediaID, "video") == nil {
				c.deny(40007, "invalid media_id", "video.media_id is unknown or expired")
				return false
			}
		case a.MsgType == "link" && a.Link != nil:
			if others++; !strings.HasPrefix(a.Link.URL, "http") || len(a.Link.Title) > 64*3 {
				c.deny(40058, "invalid Request Parameter", "link.url must be absolute, link.title has at most 64 characters")
				return false
			}
			if a.Link.MediaID != "" && s.workMediaOf(c.corp.CorpID, a.Link.MediaID, "image") == nil {
				c.deny(40007, "invalid media_id", "link.media_id is unknown or expired")
				return false
			}
		default:
			c.deny(41065, "invalid attachment type", "msgtype of a moment is image, video or link, with the object of that name")
			return false
		}
	}
	switch {
	case images > 9 || others > 1 || images > 0 && others > 0:
		c.deny(40058, "invalid Request Parameter", "up to nine images, or one video, or one link")
	case b.Text != nil && tooLong(b.Text.Content, 2000):
		c.deny(40058, "invalid Request Parameter", "text.content has at most 2000 characters")
	case (b.Text == nil || b.Text.Content == "") && len(b.Attachments) == 0:
		c.deny(40063, "some parameters are empty", "text and attachments are both empty")
	default:
		return true
	}
	return false
}

// addMomentTask is 创建发表任务. The job is done at once: get_moment_task_result says so from the first call.
func (s *Server) addMomentTask(c *call, in *addMomentIn) {
	if !s.checkMoment(c, &in.workBody) {
		return
	}
	t := &momentTask{JobID: s.hexLower(16), MomentID: "mom" + s.text(29), CorpID: c.corp.CorpID, Born: s.Clock.Now(), Body: in.workBody, All: true, Posts: map[string]string{}}
	if !s.chooseSenders(c, in, t) {
		return
	}
	if x := in.Range.Customers; x != nil && len(x.Tags) > 0 {
		t.All = false
		t.Tags = x.Tags
	}
	all := s.world.social.tasks
	if len(all) >= maxMomentTasks {
		oldest := oldestOf(all, func(x *momentTask) time.Time { return x.Born })
		delete(all, oldest.JobID)
		delete(s.world.social.momentTasks, oldest.MomentID)
		s.touch("moment_task", oldest.JobID)
	}
	all[t.JobID], s.world.social.momentTasks[t.MomentID] = t, t
	s.touch("moment_task", t.JobID)
	s.callPublishers(t)
	c.ok(struct {
		apiError
		JobID string `json:"jobid"`
	}{apiOK, t.JobID})
}

// chooseSenders finds the members who are to publish: the named ones, or everybody in range.
func (s *Server) chooseSenders(c *call, in *addMomentIn, t *momentTask) bool {
	add := func(st *staff) {
		if st != nil && st.inRange() && !slices.Contains(t.Senders, st.UserID) {
			t.Senders = append(t.Senders, st.UserID)
		}
	}
	x := in.Range.Senders
	if x == nil || len(x.Users)+len(x.Departments) == 0 {
		for _, st := range s.world.work.corpStaff[c.corp.CorpID] {
			add(st)
		}
	} else if len(x.Users) > maxMomentUsers {
		c.deny(40058, "invalid Request Parameter", "user_list has at most 100000")
		return false
	} else {
		for _, id := range x.Users {
			if st := s.worker(c.corp.CorpID, id); st != nil && st.inRange() {
				add(st)
			} else {
				t.BadUsers = append(t.BadUsers, id)
			}
		}
		for _, id := range x.Departments {
			if !slices.ContainsFunc(c.corp.Departments, func(d Department) bool { return d.ID == id }) {
				t.BadParts = append(t.BadParts, id)
				continue
			}
			for _, st := range s.membersOf(c.corp, []int64{id}) {
				add(st)
			}
		}
	}
	if len(t.Senders) == 0 {
		c.deny(40058, "invalid Request Parameter", "nobody of the senders has the right of customer contact")
		return false
	}
	slices.Sort(t.Senders)
	return true
}

// reach are the customers who see a member's post: those with one of the tags, or all.
func (s *Server) reach(corp *company, t *momentTask, userID string) []string {
	list := []string{}
	for _, x := range s.ties(corp, userID) {
		if t.All || slices.ContainsFunc(t.Tags, func(id string) bool { return slices.Contains(x.Tags, id) }) {
			list = append(list, x.Person)
		}
	}
	return list
}

// PublishMoment is the member of the staff who publishes a company's post in the client; it gives the post's id in Moments.
// Customers who have seen as many company posts this month as the settings allow do not see it.
func (s *Server) PublishMoment(corpID, userID, momentID string) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, corp := s.world.social.momentTasks[momentID], s.world.work.companies[corpID]
	if t == nil || corp == nil || t.CorpID != corpID || !slices.Contains(t.Senders, userID) {
		return "", missing("moment " + momentID + " of " + userID)
	}
	switch {
	case t.Stopped:
		return "", refuse(http.StatusGone, "task.cancelled", "该任务已被停止", "the task was stopped")
	case t.Posts[userID] != "":
		return "", refuse(http.StatusConflict, "task.done", "已经发表过了", "published already")
	}
	p := &post{Author: staffKey(corpID, userID), Corp: &corpPost{CorpID: corpID, UserID: userID, MomentID: momentID, Customers: map[string]bool{}}}
	s.fillPost(p, corpID, &t.Body)
	most := s.world.social.settings.filled().MomentQuota
	for _, who := range s.reach(corp, t, userID) {
		key := corpID + "|moment|" + who
		if tie := s.tie(corpID, userID, who); tie.open() && s.gotten(key) < most {
			p.Corp.Customers[who] = true
			s.gets(key)
		}
	}
	s.addPost(p)
	t.Posts[userID] = p.ID
	s.touch("moment_task", t.JobID)
	return p.ID, nil
}

// fillPost writes the body of a task into a post.
func (s *Server) fillPost(p *post, corpID string, b *workBody) {
	path := func(id, kind string) string {
		if m := s.workMediaOf(corpID, id, kind); m != nil {
			return m.path()
		}
		return ""
	}
	p.See = SeeAll
	if b.Text != nil {
		p.Text = b.Text.Content
	}
	for _, a := range b.Attachments {
		switch {
		case a.Image != nil:
			p.Pictures = append(p.Pictures, path(a.Image.MediaID, "image"))
		case a.Video != nil:
			p.Video = path(a.Video.MediaID, "video")
		case a.Link != nil:
			p.Link = &PostLink{Title: cmp.Or(a.Link.Title, a.Link.URL), URL: taggedLink(a.Link.URL, fromTimeline), PicURL: path(a.Link.MediaID, "image")}
		}
	}
}

// callPublishers tells the members who have not published yet.
func (s *Server) callPublishers(t *momentTask) {
	for _, id := range t.Senders {
		if t.Posts[id] == "" {
			s.tell(staffKey(t.CorpID, id), "tasks", map[string]string{"moment_id": t.MomentID})
		}
	}
}
