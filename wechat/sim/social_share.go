package sim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const maxFavourites = 1000 // of one person

// Where a shared link is opened from.
const (
	fromSingle   = "singlemessage"
	fromGroup    = "groupmessage"
	fromTimeline = "timeline"
)

// favourite is something kept (收藏).
type favourite struct {
	ID     string    `json:"id"`
	Seq    int64     `json:"seq"`
	Person string    `json:"person"`
	Card   PostLink  `json:"card"`
	Desc   string    `json:"description,omitempty"`
	From   string    `json:"from,omitempty"` // name of where it came from
	Time   time.Time `json:"time"`
}

type shareCard struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	PicURL      string `json:"pic_url"`
}

func (s *Server) shareRoutes(mux *http.ServeMux) {
	s.handle(mux, "POST /people/{id}/share", s.withPerson(s.apiShareMany))
	s.handle(mux, "GET /people/{id}/favourites", s.withPerson(s.apiFavourites))
	s.handle(mux, "POST /people/{id}/favourites", s.withPerson(s.apiKeep))
	s.handle(mux, "DELETE /people/{id}/favourites/{fav}", s.withPerson(s.apiForget))
}

// taggedLink is an address as WeChat passes it on: with where it is opened from. An older mark is replaced.
func taggedLink(link, from string) string {
	address, fragment, _ := strings.Cut(link, "#")
	address, query, _ := strings.Cut(address, "?")
	parts := slices.DeleteFunc(strings.Split(query, "&"), func(part string) bool {
		name, value, _ := strings.Cut(part, "=")
		return part == "" || name == "isappinstalled" || name == "from" && slices.Contains([]string{fromSingle, fromGroup, fromTimeline}, value)
	})
	link = address + "?" + strings.Join(append(parts, "from="+from, "isappinstalled=0"), "&")
	if fragment != "" {
		link += "#" + fragment
	}
	return link
}

// cleanCard translates a card of the web view to real addresses and checks it.
func (s *Server) cleanCard(in shareCard) (shareCard, error) {
	in.URL, in.PicURL = s.realURL(in.URL), s.realURL(in.PicURL)
	if in.Title == "" || len(in.Title) > 1024 || len(in.Description) > 4096 || len(in.URL) > 4096 || len(in.PicURL) > 4096 || !strings.HasPrefix(in.URL, "http") {
		return in, bad("share.card", "分享内容不完整", "a card needs title and url")
	}
	return in, nil
}

// cleanLink is cleanCard for a post; a link without title shows its host.
func (s *Server) cleanLink(in PostLink) (PostLink, error) {
	if in.Title == "" {
		if u, err := url.Parse(s.realURL(in.URL)); err == nil {
			in.Title = u.Host
		}
	}
	card, err := s.cleanCard(shareCard{Title: in.Title, URL: in.URL, PicURL: in.PicURL})
	if err != nil {
		return in, err
	}
	return PostLink{Title: card.Title, URL: taggedLink(card.URL, fromTimeline), PicURL: card.PicURL}, nil
}

// sendCard brings a card into one chat and gives the sender's copy. The caller holds mu.
func (s *Server) sendCard(p *person, chatID string, card shareCard) (*message, error) {
	c, err := s.chatOf(p, chatID)
	if err != nil {
		return nil, err
	}
	body := content{Type: "link", Title: card.Title, Description: card.Description, URL: card.URL, PicURL: card.PicURL}
	kind, other := chatParts(c.ID)
	switch kind {
	case "person":
		body.URL = taggedLink(card.URL, fromSingle)
		return s.sendTo(p.ID, other, body), nil
	case "group":
		body.URL = taggedLink(card.URL, fromGroup)
		return s.speak(p.ID, other, body)
	}
	return nil, bad("share.chat", "只能分享给朋友和群聊", "cards go to people and groups")
}

// Share sends a page's card into a chat of a person, as the web view's menu does.
func (s *Server) Share(personID, chatID, title, address string) error {
	if err := s.init(); err != nil {
		return err
	}
	card, err := s.cleanCard(shareCard{Title: title, URL: address})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.world.people[personID]
	if p == nil {
		return missing("person " + personID)
	}
	_, err = s.sendCard(p, chatID, card)
	return err
}

// apiShareMany sends a card into up to nine chats, with some words after it.
func (s *Server) apiShareMany(r *http.Request, p *person) (any, error) {
	var in struct {
		Card  shareCard `json:"card"`
		Chats []string  `json:"chats"`
		Words string    `json:"words"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	card, err := s.cleanCard(in.Card)
	if err != nil {
		return nil, err
	}
	slices.Sort(in.Chats)
	in.Chats = slices.Compact(in.Chats)
	words, ok := cleanText(in.Words, maxText)
	if len(in.Chats) < 1 || len(in.Chats) > 9 || !ok {
		return nil, bad("share.chats", "请选择 1 到 9 个聊天", "chats needs 1 to 9 chat ids")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range in.Chats {
		if kind, _ := chatParts(id); kind != "person" && kind != "group" {
			return nil, bad("share.chat", "只能分享给朋友和群聊", "cards go to people and groups")
		}
		if c, err := s.chatOf(p, id); err != nil {
			return nil, err
		} else if err := s.mayWrite(p.ID, c.ID); err != nil {
			return nil, err
		}
	}
	sent := []messageView{}
	for _, id := range in.Chats {
		m, err := s.sendCard(p, id, card)
		if err != nil {
			return nil, err
		}
		sent = append(sent, s.messageView(s.chat(p.ID, id), m))
		if words == "" {
			continue
		}
		if kind, other := chatParts(id); kind == "person" {
			s.sendTo(p.ID, other, content{Type: "text", Text: words})
		} else if _, err := s.speak(p.ID, other, content{Type: "text", Text: words}); err != nil {
			return nil, err
		}
	}
	return map[string]any{"messages": sent}, nil
}

// mayWrite refuses chats of groups a person is not in.
func (s *Server) mayWrite(who, chatID string) error {
	if kind, id := chatParts(chatID); kind == "group" {
		r := s.world.social.rooms[id]
		switch {
		case r == nil || r.member(who) == nil:
			return refuse(http.StatusForbidden, "room.member", "你不在这个群聊里", "not a member of this group")
		case r.Dissolved:
			return refuse(http.StatusGone, "room.dissolved", "该群聊已解散", "the group is dissolved")
		}
	}
	return nil
}

// speak says something in a group; who must be a member. The caller holds mu.
func (s *Server) speak(who, roomID string, body content) (*message, error) {
	if err := s.mayWrite(who, "grp-"+roomID); err != nil {
		return nil, err
	}
	r := s.world.social.rooms[roomID]
	for _, id := range body.At {
		if id == "all" && !r.rules(who) {
			return nil, refuse(http.StatusForbidden, "room.owner", "只有群主和管理员可以@所有人", "only the owner and administrators may call everybody")
		}
		if id != "all" && r.member(id) == nil {
			return nil, bad("room.at", "只能@群成员", id+" is not a member")
		}
	}
	return s.say(r, who, body), nil
}

type favouriteView struct {
	ID          string    `json:"id"`
	Title       string    `json:"title"`
	Description string    `json:"description,omitempty"`
	URL         string    `json:"url"`
	PicURL      string    `json:"pic_url,omitempty"`
	Time        time.Time `json:"time"`
}

func (s *Server) apiFavourites(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.favouritesOf(p.ID)
	views := []favouriteView{}
	for _, f := range list {
		views = append(views, favouriteView{f.ID, f.Card.Title, f.Desc, f.Card.URL, f.Card.PicURL, f.Time.In(shanghai)})
	}
	return map[string]any{"favourites": views}, nil
}

func (s *Server) favouritesOf(who string) []*favourite {
	list := []*favourite{}
	for _, f := range s.world.social.favourites {
		if f.Person == who {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *favourite) int { return int(b.Seq - a.Seq) })
	return list
}

func (s *Server) apiKeep(r *http.Request, p *person) (any, error) {
	var in shareCard
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	card, err := s.cleanCard(in)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.favouritesOf(p.ID)) >= maxFavourites {
		return nil, refuse(http.StatusConflict, "favourite.full", "收藏已满", "there are too many favourites")
	}
	seq := s.next()
	f := &favourite{ID: "fa" + itoa(seq), Seq: seq, Person: p.ID, Card: PostLink{card.Title, card.URL, card.PicURL}, Desc: card.Description, Time: s.Clock.Now()}
	s.world.social.favourites[f.ID] = f
	s.touch("favourite", f.ID)
	return favouriteView{f.ID, f.Card.Title, f.Desc, f.Card.URL, f.Card.PicURL, f.Time.In(shanghai)}, nil
}

func (s *Server) apiForget(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.PathValue("fav")
	if f := s.world.social.favourites[id]; f == nil || f.Person != p.ID {
		return nil, missing("favourite " + id)
	}
	delete(s.world.social.favourites, id)
	s.touch("favourite", id)
	return nil, nil
}
