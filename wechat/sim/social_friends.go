package sim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// friendRoutes is the contacts part of the phone API (docs/social.md).
func (s *Server) friendRoutes(mux *http.ServeMux) {
	s.handle(mux, "GET /people/{id}/friends/requests", s.withPerson(s.apiFriendRequests))
	s.handle(mux, "POST /people/{id}/friends/requests", s.withPerson(s.apiAskFriend))
	s.handle(mux, "POST /people/{id}/friends/requests/seen", s.withPerson(s.apiRequestsSeen))
	s.handle(mux, "POST /people/{id}/friends/requests/{other}/accept", s.withPerson(s.apiAcceptFriend))
	s.handle(mux, "GET /people/{id}/friends/{other}", s.withPerson(s.apiFriend))
	s.handle(mux, "POST /people/{id}/friends/{other}", s.withPerson(s.apiChangeFriend))
	s.handle(mux, "DELETE /people/{id}/friends/{other}", s.withPerson(s.apiDeleteFriend))
	s.handle(mux, "GET /people/{id}/friend-tags", s.withPerson(s.apiFriendTags))
}

// other finds the second person of a path. The caller holds mu.
func (s *Server) other(r *http.Request, p *person) (*person, error) {
	o := s.world.people[r.PathValue("other")]
	if o == nil || o.ID == p.ID {
		return nil, missing("person " + r.PathValue("other"))
	}
	return o, nil
}

type askView struct {
	Person personView `json:"person"`
	Hello  string     `json:"hello"`
	Time   time.Time  `json:"time"`
	State  string     `json:"state"` // waiting, accepted, expired
	Mine   bool       `json:"mine"`  // I asked
	Seen   bool       `json:"seen"`
}

func (s *Server) apiFriendRequests(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	views := []askView{}
	for _, a := range s.world.social.requests {
		if a.To != p.ID && a.From != p.ID {
			continue
		}
		v := askView{Hello: a.Hello, Time: a.Time.In(shanghai), State: s.askState(a), Mine: a.From == p.ID, Seen: a.Seen}
		if v.Mine {
			v.Person = viewPerson(s.world.people[a.To].Person)
		} else {
			v.Person = viewPerson(s.world.people[a.From].Person)
		}
		views = append(views, v)
	}
	slices.SortFunc(views, func(a, b askView) int {
		return cmp.Or(b.Time.Compare(a.Time), strings.Compare(a.Person.ID, b.Person.ID))
	})
	return map[string]any{"requests": views}, nil
}

func (s *Server) askState(a *friendAsk) string {
	if a.State == "waiting" && s.Clock.Now().Sub(a.Time) > askLife {
		return "expired"
	}
	return a.State
}

func (s *Server) apiAskFriend(r *http.Request, p *person) (any, error) {
	var in struct {
		To       string `json:"to"`
		Hello    string `json:"hello"`
		Remark   string `json:"remark"`
		HideMine bool   `json:"hide_mine"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	hello, okHello := cleanText(in.Hello, 50)
	remark, okRemark := cleanText(in.Remark, 32)
	if !okHello || !okRemark {
		return nil, bad("friend.text", "验证申请最多 50 个字，备注最多 32 个字", "hello may have 50 characters, remark 32")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.askFriend(p, in.To, friendAsk{Hello: cmp.Or(hello, "我是"+p.Name), Remark: remark, HideMine: in.HideMine})
}

// askFriend asks, or adds at once somebody who still has the asker among the contacts. The caller holds mu.
func (s *Server) askFriend(p *person, to string, ask friendAsk) (any, error) {
	o := s.world.people[to]
	if o == nil || o.ID == p.ID {
		return nil, missing("person " + to)
	}
	if t := s.bond(to, p.ID); t != nil && t.Blocked {
		return nil, refuse(http.StatusConflict, "friend.refused", "对方拒绝添加你为朋友", "they have blocked this person")
	}
	if s.has(to, p.ID) {
		if !s.has(p.ID, to) {
			s.become(p.ID, to)
			s.named(p.ID, to, ask)
			s.hub.send(p.ID, "friends", struct{}{})
		}
		return map[string]any{"state": "friend"}, nil
	}
	waiting := 0
	for _, a := range s.world.social.requests {
		if a.To == to && a.State == "waiting" {
			waiting++
		}
	}
	key := to + "|" + p.ID
	if waiting >= maxRequests && s.world.social.requests[key] == nil {
		return nil, refuse(http.StatusConflict, "friend.full", "对方的申请太多了，请稍后再试", "too many requests are waiting there")
	}
	ask.From, ask.To, ask.Time, ask.State = p.ID, to, s.Clock.Now(), "waiting"
	s.world.social.requests[key] = &ask
	s.touch("friend_request", key)
	s.hub.send(to, "friends", struct{}{})
	return map[string]any{"state": "waiting"}, nil
}

// named keeps the name and the Moments right that were chosen with a request.
func (s *Server) named(who, other string, ask friendAsk) {
	t := s.makeBond(who, other)
	if t.HideMine = ask.HideMine; ask.Remark != "" {
		t.Remark = ask.Remark
	}
}

func (s *Server) apiRequestsSeen(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, a := range s.world.social.requests {
		if a.To == p.ID && !a.Seen {
			a.Seen = true
			s.touch("friend_request", key)
		}
	}
	s.hub.send(p.ID, "friends", struct{}{})
	return nil, nil
}

func (s *Server) apiAcceptFriend(r *http.Request, p *person) (any, error) {
	var in struct {
		Remark   string `json:"remark"`
		HideMine bool   `json:"hide_mine"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	remark, ok := cleanText(in.Remark, 32)
	if !ok {
		return nil, bad("friend.text", "备注最多 32 个字", "remark may have 32 characters")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.other(r, p)
	if err != nil {
		return nil, err
	}
	key := p.ID + "|" + o.ID
	ask := s.world.social.requests[key]
	switch {
	case ask == nil:
		return nil, missing("friend request of " + o.ID)
	case s.askState(ask) == "expired":
		return nil, refuse(http.StatusConflict, "friend.expired", "朋友请求已过期，请主动添加对方", "the request has expired")
	case ask.State == "accepted":
		return s.friendView(p.ID, o.Person), nil
	}
	ask.State, ask.Seen = "accepted", true
	s.touch("friend_request", key)
	s.become(p.ID, o.ID)
	s.named(o.ID, p.ID, *ask)
	s.named(p.ID, o.ID, friendAsk{Remark: remark, HideMine: in.HideMine})
	hello := content{Type: "text", Text: ask.Hello}
	s.deliver(p.ID, "per-"+o.ID, "person", o.ID, hello)
	s.deliver(p.ID, "per-"+o.ID, "system", "", content{Type: "system", Text: "你已添加了" + s.nameFor(p.ID, o.ID) + "，现在可以开始聊天了。"})
	s.deliver(o.ID, "per-"+p.ID, "person", p.ID, content{Type: "text", Text: "我通过了你的朋友验证请求，现在我们可以开始聊天了"})
	s.hub.send(p.ID, "friends", struct{}{})
	s.hub.send(o.ID, "friends", struct{}{})
	return s.friendView(p.ID, o.Person), nil
}

func (s *Server) apiFriend(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.other(r, p)
	if err != nil {
		return nil, err
	}
	return struct {
		friendView
		Pictures []string `json:"pictures"` // of the newest posts that may be seen
	}{s.friendView(p.ID, o.Person), s.albumPictures(p.ID, o.ID, 4)}, nil
}

func (s *Server) apiChangeFriend(r *http.Request, p *person) (any, error) {
	var in struct {
		Remark     *string   `json:"remark"`
		Tags       *[]string `json:"tags"`
		Blocked    *bool     `json:"blocked"`
		HideMine   *bool     `json:"hide_mine"`
		HideTheirs *bool     `json:"hide_theirs"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.other(r, p)
	if err != nil {
		return nil, err
	}
	var tags []string
	if in.Tags != nil {
		if tags, err = cleanTags(*in.Tags); err != nil {
			return nil, err
		}
	}
	if in.Remark != nil {
		text, ok := cleanText(*in.Remark, 32)
		if !ok {
			return nil, bad("friend.text", "备注最多 32 个字", "remark may have 32 characters")
		}
		in.Remark = &text
	}
	t := s.makeBond(p.ID, o.ID)
	if in.Remark != nil {
		t.Remark = *in.Remark
	}
	if in.Tags != nil {
		t.Tags = tags
	}
	for _, set := range []struct{ to, from *bool }{{&t.Blocked, in.Blocked}, {&t.HideMine, in.HideMine}, {&t.HideTheirs, in.HideTheirs}} {
		if set.from != nil {
			*set.to = *set.from
		}
	}
	if c := s.world.chats[p.ID+"|per-"+o.ID]; c != nil {
		s.chatChanged(c)
	}
	s.hub.send(p.ID, "friends", struct{}{})
	return s.friendView(p.ID, o.Person), nil
}

func cleanTags(in []string) ([]string, error) {
	tags := []string{}
	for _, tag := range in {
		text, ok := cleanText(tag, 20)
		if !ok || len(tags) >= 20 {
			return nil, bad("friend.tags", "标签最多 20 个，每个最多 20 个字", "at most 20 tags of 20 characters")
		}
		if text != "" && !slices.Contains(tags, text) {
			tags = append(tags, text)
		}
	}
	return tags, nil
}

// apiDeleteFriend takes somebody out of the contacts, with the chat. The other still has this person, as in WeChat.
func (s *Server) apiDeleteFriend(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.other(r, p)
	if err != nil {
		return nil, err
	}
	t := s.makeBond(p.ID, o.ID)
	*t = bond{Owner: t.Owner, Other: t.Other, State: "deleted", Blocked: t.Blocked}
	s.forgetChat(p.ID, "per-"+o.ID)
	s.hub.send(p.ID, "friends", struct{}{})
	return nil, nil
}

// forgetChat takes a chat with its messages off a person's phone. The caller holds mu.
func (s *Server) forgetChat(who, id string) {
	key := who + "|" + id
	c := s.world.chats[key]
	if c == nil {
		return
	}
	for _, m := range c.msgs {
		s.touch("msg", key+"#"+itoa(m.Seq))
		s.release(m.letter)
	}
	delete(s.world.chats, key)
	s.world.personChats[who] = slices.DeleteFunc(s.world.personChats[who], func(x *chat) bool { return x == c })
	s.touch("chat", key)
	s.tell(who, "chat_gone", map[string]any{"chat_id": id, "unread": s.unread(who)})
}

type tagView struct {
	Name    string       `json:"name"`
	Members []personView `json:"members"`
}

func (s *Server) apiFriendTags(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	byName := map[string][]personView{}
	for _, f := range s.contacts(p.ID) {
		for _, tag := range f.Tags {
			byName[tag] = append(byName[tag], f.personView)
		}
	}
	tags := []tagView{}
	for name, members := range byName {
		tags = append(tags, tagView{name, members})
	}
	slices.SortFunc(tags, func(a, b tagView) int { return strings.Compare(a.Name, b.Name) })
	return map[string]any{"tags": tags}, nil
}
