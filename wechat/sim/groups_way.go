package sim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

const wayCode = "https://work.weixin.qq.com/gm/" // a 群活码, followed by its token

// joinWay is a 群活码: one code that leads into the first of its chats that is not full.
type joinWay struct {
	ConfigID   string    `json:"config_id"`
	CorpID     string    `json:"corpid"`
	Scene      int       `json:"scene"`
	Remark     string    `json:"remark"`
	AutoCreate int       `json:"auto_create_room"`
	BaseName   string    `json:"room_base_name"`
	BaseID     int       `json:"room_base_id"`
	Chats      []string  `json:"chat_id_list"`
	Past       []string  `json:"past,omitempty"` // chats that gave way to newer ones: who is in one comes back to it
	State      string    `json:"state"`
	MarkSource bool      `json:"mark_source"`
	Token      string    `json:"token"`
	Born       time.Time `json:"born"`
}

func (w *joinWay) code() string { return wayCode + w.Token }

// roomToken reads the token out of a group's code or a 群活码.
func roomToken(text string) (string, bool) {
	for _, prefix := range []string{roomCode, wayCode} {
		if token, ok := strings.CutPrefix(text, prefix); ok {
			return token, true
		}
	}
	return "", false
}

// wayByToken finds a 群活码. The caller holds mu.
func (s *Server) wayByToken(token string) *joinWay { return s.world.social.wayTokens[token] }

// roomByChat finds a customer group by its chat_id.
func (s *Server) roomByChat(corpID, chatID string) *room {
	if r := s.world.social.roomChats[chatID]; r != nil && r.Corp.CorpID == corpID {
		return r
	}
	return nil
}

// enterWay finds the chat a 群活码 leads somebody into now; a nil room in the answer: the next one is to be opened.
func (s *Server) enterWay(way *joinWay, who string) (*entrance, error) {
	full := s.world.social.settings.filled().JoinWayFull
	e := &entrance{scene: joinCode, state: way.State, way: way}
	for _, id := range slices.Concat(way.Chats, way.Past) {
		if r := s.roomByChat(way.CorpID, id); r != nil && !r.Dissolved && r.member(who) != nil {
			e.room = r
			return e, nil
		}
	}
	for _, id := range way.Chats {
		if r := s.roomByChat(way.CorpID, id); r != nil && !r.Dissolved && len(r.Members) < full {
			e.room, e.inviter = r, ""
			return e, nil
		}
	}
	if way.AutoCreate == 1 && s.wayOwner(way) != "" {
		return e, nil
	}
	return nil, refuse(http.StatusConflict, "room.code_full", "群聊人数已达上限，请联系工作人员", "every chat of this code is full and auto_create_room is 0")
}

// wayOwner is who owns the next chat of a 群活码: the owner of the last one.
func (s *Server) wayOwner(way *joinWay) string {
	for i := len(way.Chats) - 1; i >= 0; i-- {
		if r := s.roomByChat(way.CorpID, way.Chats[i]); r != nil {
			if st := s.member(r.Owner); st != nil && st.inRange() {
				return r.Owner
			}
		}
	}
	return ""
}

// nextRoom opens the next chat of a 群活码 (auto_create_room). The caller holds mu.
func (s *Server) nextRoom(way *joinWay) (*room, error) {
	owner := s.wayOwner(way)
	r, err := s.newRoom(owner, s.nextName(way), nil, &corpRoom{CorpID: way.CorpID, ChatID: "wr" + s.pick(30, letters+"-_")})
	if err != nil {
		return nil, err
	}
	way.BaseID++
	if way.Chats = append(way.Chats, r.Corp.ChatID); len(way.Chats) > maxWayChats {
		way.Past, way.Chats = append(way.Past, way.Chats[0]), way.Chats[1:]
	}
	s.touch("join_way", way.ConfigID)
	return r, nil
}

// nextName is what the next chat of a 群活码 will be called.
func (s *Server) nextName(way *joinWay) string {
	if way.BaseName == "" {
		return "群聊" + itoa(int64(way.BaseID))
	}
	return way.BaseName + itoa(int64(way.BaseID))
}

// readRoom is what a phone shows after it has read a group's code. The caller holds mu.
func (s *Server) readRoom(who, token string) map[string]any {
	e, err := s.enter(token, who)
	if err != nil {
		text := "二维码已过期"
		if p, ok := err.(*problem); ok {
			text = p.Message
		}
		return map[string]any{"kind": "expired", "message": text}
	}
	if e.room == nil {
		return map[string]any{"kind": "group", "token": token, "joined": false, "room": roomRow{Title: s.nextName(e.way), Avatar: "/_sim/avatars/group/new.svg", Company: s.corpName("@" + e.way.CorpID)}}
	}
	return map[string]any{"kind": "group", "token": token, "joined": e.room.member(who) != nil, "room": s.roomRow(e.room, who), "chat_id": e.room.chatID()}
}

// roomCodes adds the groups' living codes and the 群活码 to the codes on other screens.
func (s *Server) roomCodes(now time.Time, add func(codeView, time.Time)) {
	for _, r := range s.world.social.rooms {
		if r.Token != "" && !r.Dissolved && now.Before(r.TokenTill) {
			add(codeView{ID: "grp-" + r.ID, Kind: "group", Title: s.roomTitle(r), Subtitle: "群聊二维码", Text: roomCode + r.Token, Time: r.TokenTill.Add(-roomCodeLife)}, r.TokenTill)
		}
	}
	for _, w := range s.world.social.ways {
		title := s.nextName(w)
		if r := s.roomByChat(w.CorpID, w.Chats[0]); r != nil {
			title = s.roomTitle(r)
		}
		add(codeView{ID: "way-" + w.ConfigID, Kind: "group", Title: title, Subtitle: "群活码 · " + w.State, Text: w.code(), Time: w.Born}, time.Time{})
	}
}
