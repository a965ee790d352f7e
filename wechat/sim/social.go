package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// SocialSettings are the numbers of friendships, groups, Moments and customer groups. Zero stands for the default.
type SocialSettings struct {
	// Strangers makes people begin without friends; by default everybody knows everybody.
	Strangers          bool `json:"strangers"`
	RoomCreateMax      int  `json:"room_create_max"`      // people at the birth of a group, default 40
	RoomMax            int  `json:"room_max"`             // members of a group, default 500
	InviteConfirmAbove int  `json:"invite_confirm_above"` // members from which an invited friend must accept first, default 40
	RoomQRFull         int  `json:"room_qr_full"`         // members from which a group's own code lets nobody in, default 200
	JoinWayFull        int  `json:"join_way_full"`        // members from which a 群活码 goes on to the next chat, default 200 (documents disagree: 200 or 500)
	GroupMsgQuota      int  `json:"group_msg_quota"`      // 企业群发 a customer or group may get in a month; default 0: as many as the month has days
	MomentQuota        int  `json:"moment_quota"`         // company posts a customer sees in a month, default 4 (documents disagree)
}

const maxRequests = 200 // waiting friend requests of one person

var defaultSocial = SocialSettings{RoomCreateMax: 40, RoomMax: 500, InviteConfirmAbove: 40, RoomQRFull: 200, JoinWayFull: 200, MomentQuota: 4}

// filled puts the defaults where nothing is set.
func (v SocialSettings) filled() SocialSettings {
	for _, p := range []struct{ have, want *int }{
		{&v.RoomCreateMax, &defaultSocial.RoomCreateMax}, {&v.RoomMax, &defaultSocial.RoomMax}, {&v.InviteConfirmAbove, &defaultSocial.InviteConfirmAbove},
		{&v.RoomQRFull, &defaultSocial.RoomQRFull}, {&v.JoinWayFull, &defaultSocial.JoinWayFull}, {&v.MomentQuota, &defaultSocial.MomentQuota},
	} {
		if *p.have == 0 {
			*p.have = *p.want
		}
	}
	return v
}

// socialWorld is who knows whom, the groups and the Moments; Server.mu guards it.
type socialWorld struct {
	settings   SocialSettings
	bonds      map[string]*bond         // owner|other
	requests   map[string]*friendAsk    // to|from
	rooms      map[string]*room         // by id
	posts      map[string]*post         // by id
	profiles   map[string]*socialFolder // by person
	favourites map[string]*favourite    // by id
	ways       map[string]*joinWay      // by config_id
	greetings  map[string]*roomGreeting // by template_id
	messages   map[string]*groupMessage // by msgid
	tasks      map[string]*momentTask   // by jobid
	received   map[string]*received     // corpid|msg or moment|who

	personPosts map[string][]*post // oldest first; by person, or by the author key of a member of staff
	postLog     []*post            // oldest first
	roomTokens  map[string]*room
	roomChats   map[string]*room // customer groups by chat_id
	wayTokens   map[string]*joinWay
	momentTasks map[string]*momentTask // by moment_id
}

func newSocialWorld() socialWorld {
	return socialWorld{bonds: map[string]*bond{}, requests: map[string]*friendAsk{}, rooms: map[string]*room{}, posts: map[string]*post{},
		profiles: map[string]*socialFolder{}, favourites: map[string]*favourite{}, personPosts: map[string][]*post{}, roomTokens: map[string]*room{},
		ways: map[string]*joinWay{}, greetings: map[string]*roomGreeting{}, messages: map[string]*groupMessage{}, tasks: map[string]*momentTask{}, received: map[string]*received{},
		roomChats: map[string]*room{}, wayTokens: map[string]*joinWay{}, momentTasks: map[string]*momentTask{}}
}

func (w *socialWorld) tables() []table {
	return []table{
		{
			kind: "social",
			get:  func(string) any { return w.settings },
			put:  func(_ string, raw []byte) error { return json.Unmarshal(raw, &w.settings) },
			each: func(visit func(string, any) error) error { return visit("social", w.settings) },
		},
		mapTable("bond", w.bonds),
		mapTable("friend_request", w.requests),
		mapTable("room", w.rooms),
		mapTable("moment", w.posts),
		mapTable("social_folder", w.profiles),
		mapTable("favourite", w.favourites),
		mapTable("join_way", w.ways),
		mapTable("room_greeting", w.greetings),
		mapTable("group_message", w.messages),
		mapTable("moment_task", w.tasks),
		mapTable("received", w.received),
	}
}

func (w *socialWorld) link() {
	for _, p := range w.posts {
		w.postLog = append(w.postLog, p)
	}
	slices.SortFunc(w.postLog, func(a, b *post) int { return int(a.Seq - b.Seq) })
	for _, p := range w.postLog {
		w.personPosts[p.Author] = append(w.personPosts[p.Author], p)
	}
	for _, r := range w.rooms {
		if r.Token != "" {
			w.roomTokens[r.Token] = r
		}
		if r.Corp != nil {
			w.roomChats[r.Corp.ChatID] = r
		}
	}
	for _, way := range w.ways {
		w.wayTokens[way.Token] = way
	}
	for _, t := range w.tasks {
		w.momentTasks[t.MomentID] = t
	}
}

// Social gives the settings of the social part, defaults filled in.
func (s *Server) Social() SocialSettings {
	if s.init() != nil {
		return defaultSocial
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.social.settings.filled()
}

// SetSocial changes the settings of the social part.
func (s *Server) SetSocial(v SocialSettings) error {
	if err := s.init(); err != nil {
		return err
	}
	for _, n := range []int{v.RoomCreateMax, v.RoomMax, v.InviteConfirmAbove, v.RoomQRFull, v.JoinWayFull, v.GroupMsgQuota, v.MomentQuota} {
		if n < 0 || n > 2000 {
			return bad("social.settings", "数值需在 0 到 2000 之间", "every number must be 0 to 2000; 0 is the default")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.social.settings = v
	s.touch("social", "social")
	return nil
}

// bond is what one person thinks of another; it may differ from what the other thinks.
type bond struct {
	Owner      string    `json:"owner"`
	Other      string    `json:"other"`
	State      string    `json:"state,omitempty"` // friend, deleted; empty: as the world's default
	Since      time.Time `json:"since,omitzero"`
	Remark     string    `json:"remark,omitempty"`
	Tags       []string  `json:"tags,omitempty"`
	Blocked    bool      `json:"blocked,omitempty"`     // 加入黑名单
	HideMine   bool      `json:"hide_mine,omitempty"`   // 不让他看我的朋友圈
	HideTheirs bool      `json:"hide_theirs,omitempty"` // 不看他的朋友圈
}

// friendAsk is a request to become friends.
type friendAsk struct {
	From     string    `json:"from"`
	To       string    `json:"to"`
	Hello    string    `json:"hello"`
	Time     time.Time `json:"time"`
	State    string    `json:"state"` // waiting, accepted
	Seen     bool      `json:"seen,omitempty"`
	Remark   string    `json:"remark,omitempty"` // the asker's name for the other
	HideMine bool      `json:"hide_mine,omitempty"`
}

const askLife = 3 * 24 * time.Hour // a request not answered is 已过期

// bond finds what a thinks of b; nil when nothing special. The caller holds mu.
func (s *Server) bond(a, b string) *bond { return s.world.social.bonds[a+"|"+b] }

// makeBond gives the bond for changing; the caller touches it afterwards.
func (s *Server) makeBond(a, b string) *bond {
	t := s.bond(a, b)
	if t == nil {
		t = &bond{Owner: a, Other: b}
		s.world.social.bonds[a+"|"+b] = t
	}
	s.touch("bond", a+"|"+b)
	return t
}

// has tells whether a has b among the contacts.
func (s *Server) has(a, b string) bool {
	if t := s.bond(a, b); t != nil && t.State != "" {
		return t.State == "friend"
	}
	return a != b && !s.world.social.settings.Strangers
}

// friends tells whether both have each other.
func (s *Server) friends(a, b string) bool { return s.has(a, b) && s.has(b, a) }

// nameFor is what viewer calls who: the remark, or the person's own name.
func (s *Server) nameFor(viewer, who string) string {
	if t := s.bond(viewer, who); t != nil && t.Remark != "" {
		return t.Remark
	}
	name, _ := s.face("person", who)
	return name
}

// refusal is the grey line a message from a to b brings back; empty when b gets it.
func (s *Server) refusal(a, b string) string {
	if t := s.bond(b, a); t != nil && t.Blocked {
		return "消息已发出，但被对方拒收了。"
	}
	if !s.has(b, a) {
		return s.nameFor(a, b) + "开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，才能聊天。"
	}
	return ""
}

// sendTo delivers a message between two people, or the grey line that says why not. The caller holds mu.
func (s *Server) sendTo(from, to string, body content) *message {
	mine := s.deliver(from, "per-"+to, "person", from, body)
	if line := s.refusal(from, to); line != "" {
		s.deliver(from, "per-"+to, "system", "", content{Type: "system", Text: line})
		return mine
	}
	s.deliver(to, "per-"+from, "person", from, body)
	return mine
}

// become makes a and b friends, each in the other's contacts, and opens their chats.
func (s *Server) become(a, b string) {
	now := s.Clock.Now()
	for _, pair := range [][2]string{{a, b}, {b, a}} {
		t := s.makeBond(pair[0], pair[1])
		if t.State != "friend" {
			t.State, t.Since = "friend", now
		}
	}
}

// Befriend makes two people friends without asking either.
func (s *Server) Befriend(a, b string) error {
	if err := s.init(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.people[a] == nil || s.world.people[b] == nil || a == b {
		return missing("person " + a + " or " + b)
	}
	s.become(a, b)
	s.hub.send(a, "friends", struct{}{})
	s.hub.send(b, "friends", struct{}{})
	return nil
}

type friendView struct {
	personView
	Friend     bool     `json:"friend"`
	Remark     string   `json:"remark,omitempty"`
	Tags       []string `json:"tags,omitempty"`
	Blocked    bool     `json:"blocked,omitempty"`
	HideMine   bool     `json:"hide_mine,omitempty"`
	HideTheirs bool     `json:"hide_theirs,omitempty"`
}

// friendView shows a person as viewer knows them. The caller holds mu.
func (s *Server) friendView(viewer string, p Person) friendView {
	v := friendView{personView: viewPerson(p), Friend: s.has(viewer, p.ID)}
	if t := s.bond(viewer, p.ID); t != nil {
		v.Remark, v.Tags, v.Blocked, v.HideMine, v.HideTheirs = t.Remark, t.Tags, t.Blocked, t.HideMine, t.HideTheirs
	}
	return v
}

// contacts lists whom a person knows, by name.
func (s *Server) contacts(who string) []friendView {
	views := []friendView{}
	for _, p := range s.people() {
		if p.ID != who && s.has(who, p.ID) {
			views = append(views, s.friendView(who, p))
		}
	}
	return views
}

// waitingAsks counts the friend requests a person has not looked at.
func (s *Server) waitingAsks(who string) int {
	n := 0
	for _, a := range s.world.social.requests {
		if a.To == who && !a.Seen && a.State == "waiting" {
			n++
		}
	}
	return n
}

func (s *Server) socialRoutes(mux *http.ServeMux) {
	s.handle(mux, "GET /social", func(*http.Request) (any, error) { return s.Social(), nil })
	s.handle(mux, "POST /social", s.apiSetSocial)
	s.friendRoutes(mux)
	s.roomRoutes(mux)
	s.momentRoutes(mux)
	s.shareRoutes(mux)
	s.workTaskRoutes(mux)
}

func (s *Server) apiSetSocial(r *http.Request) (any, error) {
	s.mu.Lock()
	in := s.world.social.settings
	s.mu.Unlock()
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if err := s.SetSocial(in); err != nil {
		return nil, err
	}
	return s.Social(), nil
}

// cleanText trims and holds a text to at most most characters.
func cleanText(text string, most int) (string, bool) {
	text = strings.TrimSpace(text)
	return text, len([]rune(text)) <= most
}
