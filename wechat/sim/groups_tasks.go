package sim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// workTaskRoutes is what a member of the staff has to confirm in 企业微信 (docs/social.md); {id} is userid@corpid.
func (s *Server) workTaskRoutes(mux *http.ServeMux) {
	s.handle(mux, "GET /people/{id}/work-tasks", s.withStaff(s.apiWorkTasks))
	s.handle(mux, "GET /people/{id}/work-customers", s.withStaff(s.apiWorkCustomers))
	s.handle(mux, "POST /people/{id}/group-messages/{msg}/send", s.withStaff(s.apiSendGroupMessage))
	s.handle(mux, "POST /people/{id}/moment-tasks/{moment}/publish", s.withStaff(s.apiPublishMoment))
}

func (s *Server) withStaff(f func(r *http.Request, st *staff) (any, error)) func(r *http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		s.mu.Lock()
		st := s.member(r.PathValue("id"))
		s.mu.Unlock()
		if st == nil {
			return nil, missing("member of the staff " + r.PathValue("id"))
		}
		return f(r, st)
	}
}

type taskTargetView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Avatar string `json:"avatar"`
	Status int    `json:"status"`
}

type workTaskView struct {
	Kind     string           `json:"kind"` // message, moment
	ID       string           `json:"id"`   // msgid, moment_id
	ChatType string           `json:"chat_type,omitempty"`
	Text     string           `json:"text"`
	Cards    []content        `json:"cards"` // what is sent, as bubbles
	Choose   bool             `json:"choose,omitempty"`
	State    string           `json:"state"` // waiting, done, stopped
	Time     time.Time        `json:"time"`
	Targets  []taskTargetView `json:"targets"`
	PostID   string           `json:"post_id,omitempty"`
}

// apiWorkTasks lists group messages and Moments to confirm, the newest first, at most 200.
func (s *Server) apiWorkTasks(_ *http.Request, st *staff) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tasks, corp := []workTaskView{}, s.world.work.companies[st.CorpID]
	for _, m := range s.world.social.messages {
		if t := m.task(st.UserID); m.CorpID == st.CorpID && t != nil {
			tasks = append(tasks, s.messageTaskView(m, t))
		}
	}
	for _, t := range s.world.social.tasks {
		if t.CorpID == st.CorpID && slices.Contains(t.Senders, st.UserID) {
			tasks = append(tasks, s.momentTaskView(corp, st, t))
		}
	}
	slices.SortFunc(tasks, func(a, b workTaskView) int { return cmp.Or(b.Time.Compare(a.Time), strings.Compare(a.ID, b.ID)) })
	waiting := 0
	for _, t := range tasks {
		if t.State == "waiting" {
			waiting++
		}
	}
	return map[string]any{"tasks": tasks[:min(200, len(tasks))], "waiting": waiting}, nil
}

func (s *Server) messageTaskView(m *groupMessage, t *groupMsgTask) workTaskView {
	v := workTaskView{Kind: "message", ID: m.MsgID, ChatType: m.ChatType, Text: m.Body.digest(), Cards: m.Body.contents(s, m.CorpID), Choose: m.AllowSelect, State: "waiting", Time: m.Born.In(shanghai)}
	if t.Status != 0 {
		v.State = "done"
	} else if m.Cancelled {
		v.State = "stopped"
	}
	for _, x := range t.Targets[:min(200, len(t.Targets))] {
		row := taskTargetView{ID: x.Who, Status: x.Status}
		if r := s.roomByChat(m.CorpID, x.Who); m.ChatType == "group" && r != nil {
			row.Name, row.Avatar = s.roomTitle(r), roomAvatar(r)
		} else {
			row.Name, row.Avatar = s.face("person", x.Who)
		}
		v.Targets = append(v.Targets, row)
	}
	return v
}

func (s *Server) momentTaskView(corp *company, st *staff, t *momentTask) workTaskView {
	p := &post{}
	s.fillPost(p, t.CorpID, &t.Body)
	v := workTaskView{Kind: "moment", ID: t.MomentID, Text: t.Body.digest(), Cards: []content{}, State: "waiting", Time: t.Born.In(shanghai), PostID: t.Posts[st.UserID], Targets: []taskTargetView{}}
	if p.Text != "" {
		v.Cards = append(v.Cards, content{Type: "text", Text: p.Text})
	}
	for _, x := range p.Pictures {
		v.Cards = append(v.Cards, content{Type: "image", ImageURL: x})
	}
	if p.Video != "" {
		v.Cards = append(v.Cards, content{Type: "video", MediaURL: p.Video})
	}
	if p.Link != nil {
		v.Cards = append(v.Cards, content{Type: "link", Title: p.Link.Title, URL: p.Link.URL, PicURL: p.Link.PicURL})
	}
	if v.PostID != "" {
		v.State = "done"
	} else if t.Stopped {
		v.State = "stopped"
	}
	for _, who := range s.reach(corp, t, st.UserID) {
		if len(v.Targets) < 200 {
			name, avatar := s.face("person", who)
			v.Targets = append(v.Targets, taskTargetView{ID: who, Name: name, Avatar: avatar})
		}
	}
	return v
}

// apiWorkCustomers lists whom a member may bring into a customer group: own customers and colleagues.
func (s *Server) apiWorkCustomers(_ *http.Request, st *staff) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	customers, colleagues := []faceView{}, []faceView{}
	for _, t := range s.ties(s.world.work.companies[st.CorpID], st.UserID) {
		if t.open() {
			v := s.faceView("", t.Person)
			if t.Remark != "" {
				v.Name = t.Remark
			}
			customers = append(customers, v)
		}
	}
	for _, other := range s.world.work.corpStaff[st.CorpID] {
		if other.Left.IsZero() && other.UserID != st.UserID {
			colleagues = append(colleagues, s.faceView("", other.key()))
		}
	}
	return map[string]any{"customers": customers, "colleagues": colleagues}, nil
}

func (s *Server) apiSendGroupMessage(r *http.Request, st *staff) (any, error) {
	var in struct {
		Targets []string `json:"targets"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return nil, s.SendGroupMessage(st.CorpID, st.UserID, r.PathValue("msg"), in.Targets...)
}

func (s *Server) apiPublishMoment(r *http.Request, st *staff) (any, error) {
	id, err := s.PublishMoment(st.CorpID, st.UserID, r.PathValue("moment"))
	if err != nil {
		return nil, err
	}
	return map[string]string{"post_id": id}, nil
}
