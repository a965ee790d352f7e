package sim

import (
	"sort"
	"strings"
	"time"
)

const (
	maxChatMessages = 10_000 // per chat; older ones are forgotten
	payChat         = "svc-pay"
	faultText       = "该公众号提供的服务出现故障，请稍后再试"
)

// message is one bubble or card in one chat (PHONE_API.md, Messages): a place and the letter that stands there.
type message struct {
	Seq int64
	*letter
}

// content is what differs by type: how a message is written and shown. Stored it is packed into a letter.
type content struct {
	Type        string     `json:"type"`
	Text        string     `json:"text,omitempty"`
	ImageURL    string     `json:"image_url,omitempty"`
	MediaURL    string     `json:"media_url,omitempty"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	URL         string     `json:"url,omitempty"`
	PicURL      string     `json:"pic_url,omitempty"`
	AppID       string     `json:"appid,omitempty"`
	PagePath    string     `json:"pagepath,omitempty"`
	First       string     `json:"first,omitempty"`
	Remark      string     `json:"remark,omitempty"`
	Lines       []line     `json:"lines,omitempty"`
	Articles    []article  `json:"articles,omitempty"`
	Head        string     `json:"head,omitempty"`
	Items       []menuItem `json:"items,omitempty"`
	Tail        string     `json:"tail,omitempty"`
	Amount      int64      `json:"amount,omitempty"` // fen
	Direction   string     `json:"direction,omitempty"`
	BillID      string     `json:"bill_id,omitempty"`
	At          []string   `json:"at,omitempty"`  // members of a group who are called, or "all"
	Ref         string     `json:"ref,omitempty"` // token of a group invitation
	Latitude    float64    `json:"latitude,omitempty"`
	Longitude   float64    `json:"longitude,omitempty"`
}

type line struct {
	Label string `json:"label"`
	Value string `json:"value"`
	Color string `json:"color,omitempty"`
}

type article struct {
	Title       string `json:"title" xml:"Title"`
	Description string `json:"description" xml:"Description"`
	PicURL      string `json:"pic_url" xml:"PicUrl"`
	URL         string `json:"url" xml:"Url"`
}

type menuItem struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

type chat struct {
	Person string    `json:"person"`
	ID     string    `json:"id"`
	Seq    int64     `json:"seq"`
	Unread int       `json:"unread,omitempty"`
	Muted  bool      `json:"muted,omitempty"`
	Pinned bool      `json:"pinned,omitempty"`
	Called bool      `json:"called,omitempty"` // 有人@我, until it is read
	Since  time.Time `json:"since"`

	msgs []*message
}

func (c *chat) key() string { return c.Person + "|" + c.ID }

// find gives the place of seq in msgs, or where it would be.
func (c *chat) find(seq int64) (int, bool) {
	i := sort.Search(len(c.msgs), func(i int) bool { return c.msgs[i].Seq >= seq })
	return i, i < len(c.msgs) && c.msgs[i].Seq == seq
}

// chat gives a person's chat, creating it. The caller holds mu.
func (s *Server) chat(who, id string) *chat {
	key := who + "|" + id
	c := s.world.chats[key]
	if c == nil {
		c = &chat{Person: who, ID: id, Since: s.Clock.Now()}
		s.world.chats[key] = c
		s.world.personChats[who] = append(s.world.personChats[who], c)
		s.touch("chat", key)
	}
	return c
}

// deliver puts a message for one reader into a person's chat and tells their phone. The caller holds mu.
func (s *Server) deliver(who, chatID, fromKind, fromID string, body content) *message {
	return s.drop(who, chatID, s.newLetter(fromKind, fromID, body))
}

// drop puts a letter into a person's chat and tells their phone; a sharedLetter may be dropped into many.
// The caller holds mu.
func (s *Server) drop(who, chatID string, l *letter) *message {
	c := s.chat(who, chatID)
	c.Seq++
	m := &message{Seq: c.Seq, letter: l}
	l.refs++
	c.msgs = append(c.msgs, m)
	if len(c.msgs) > maxChatMessages {
		s.touch("msg", c.key()+"#"+itoa(c.msgs[0].Seq))
		s.release(c.msgs[0].letter)
		c.msgs[0] = nil
		c.msgs = c.msgs[1:]
	}
	if !own(who, l.FromKind, l.FromID) {
		c.Unread++
	}
	s.touch("chat", c.key())
	s.touch("msg", c.key()+"#"+itoa(m.Seq))
	if s.listening(who) {
		s.tell(who, "message", map[string]any{"message": s.messageView(c, m), "chat": s.chatView(c), "unread": s.unread(who)})
	}
	return m
}

// fromAccount delivers what an account says to a person.
func (s *Server) fromAccount(a *account, who string, body content) {
	s.deliver(who, "acc-"+a.AppID, "account", a.AppID, body)
}

// fault shows the grey line of a broken account.
func (s *Server) fault(a *account, who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a == nil {
		return // the world was replaced meanwhile
	}
	s.deliver(who, "acc-"+a.AppID, "system", "", content{Type: "system", Text: faultText})
}

func (s *Server) unread(who string) int {
	n := 0
	for _, c := range s.world.personChats[who] {
		if !c.Muted {
			n += c.Unread
		}
	}
	return n
}

type fromView struct {
	Corp   string `json:"corp,omitempty"` // of a member of a company's staff, in a group
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Name   string `json:"name"`
	Avatar string `json:"avatar"`
}

type messageView struct {
	ID     string    `json:"id"`
	Seq    int64     `json:"seq"`
	ChatID string    `json:"chat_id"`
	Time   time.Time `json:"time"`
	Mine   bool      `json:"mine"`
	From   fromView  `json:"from"`
	content
}

func (s *Server) messageView(c *chat, m *message) messageView {
	v := messageView{ID: "m" + itoa(m.Seq), Seq: m.Seq, ChatID: c.ID, Time: m.Time.In(shanghai), content: m.content(),
		Mine: own(c.Person, m.FromKind, m.FromID), From: fromView{Kind: m.FromKind, ID: m.FromID}}
	v.From.Name, v.From.Avatar = s.face(m.FromKind, m.FromID)
	s.groupFace(c, &v.From)
	return v
}

// face is the name and picture of whoever speaks.
func (s *Server) face(kind, id string) (name, avatar string) {
	switch kind {
	case "person":
		if p := s.world.people[id]; p != nil {
			return p.Name, personAvatar(id)
		}
	case "account":
		if a := s.world.accounts[id]; a != nil {
			return a.Name, accountAvatar(a)
		}
	case "staff":
		if st := s.world.work.staff[id]; st != nil {
			return st.Name, st.avatar()
		}
	case "group":
		if r := s.world.social.rooms[id]; r != nil {
			return s.roomTitle(r), roomAvatar(r)
		}
	case "corpapp", "robot":
		return s.workFace(kind, id)
	case "service":
		if id == "notice" {
			return "服务通知", "/_sim/avatars/service/notice.svg"
		}
		return "微信支付", "/_sim/avatars/service/pay.svg"
	}
	return "", ""
}

type lastView struct {
	Text string    `json:"text"`
	Time time.Time `json:"time"`
	Type string    `json:"type"`
}

type chatView struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Title     string    `json:"title"`
	Avatar    string    `json:"avatar"`
	Last      *lastView `json:"last,omitempty"`
	Unread    int       `json:"unread"`
	Muted     bool      `json:"muted"`
	Pinned    bool      `json:"pinned"`
	AccountID string    `json:"account_id,omitempty"`
	PersonID  string    `json:"person_id,omitempty"`
	Corp      string    `json:"corp,omitempty"` // of a member of a company's staff, or of a customer group: shown as @corp
	RoomID    string    `json:"room_id,omitempty"`
	Members   int       `json:"members,omitempty"` // of a group
	Called    bool      `json:"called,omitempty"`  // 有人@我

	at time.Time
}

func (s *Server) chatView(c *chat) chatView {
	v := chatView{ID: c.ID, Unread: c.Unread, Muted: c.Muted, Pinned: c.Pinned, at: c.Since}
	var id string
	if v.Kind, id = chatParts(c.ID); v.Kind == "account" {
		v.AccountID = id
	} else if v.Kind == "person" {
		v.PersonID = id
	} else if v.Kind == "staff" {
		v.Corp = s.corpName(id)
	}
	v.Title, v.Avatar = s.face(v.Kind, id)
	if n := len(c.msgs); n > 0 {
		last := c.msgs[n-1]
		v.at = last.Time
		v.Last = &lastView{Text: summary(last), Time: last.Time.In(shanghai), Type: last.Type}
	}
	s.socialRow(c, &v, id)
	return v
}

// chatParts splits a chat id into kind and the id of the other side.
func chatParts(chatID string) (kind, id string) {
	switch {
	case strings.HasPrefix(chatID, "acc-"):
		return "account", chatID[4:]
	case strings.HasPrefix(chatID, "per-"):
		return "person", chatID[4:]
	case strings.HasPrefix(chatID, "stf-"):
		return "staff", chatID[4:]
	case strings.HasPrefix(chatID, "grp-"):
		return "group", chatID[4:]
	case strings.HasPrefix(chatID, "cap-"):
		return "corpapp", chatID[4:]
	case strings.HasPrefix(chatID, "rob-"):
		return "robot", chatID[4:]
	default:
		return "service", strings.TrimPrefix(chatID, "svc-")
	}
}

// summary is the one line under a chat's title.
func summary(m *message) string {
	switch m.Type {
	case "text", "system", "markdown":
		return m.Text
	case "image":
		return "[图片]"
	case "voice":
		return "[语音]"
	case "video":
		return "[视频]"
	case "news":
		return m.content().Articles[0].Title
	case "menu":
		return m.content().Head
	case "group_invite":
		return "[邀请加入群聊]"
	case "place":
		return "[位置] " + m.content().Title
	case "link":
		return "[链接] " + m.content().Title
	case "miniprogram":
		return "[小程序] " + m.content().Title
	default:
		return m.content().Title
	}
}
