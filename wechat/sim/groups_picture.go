package sim

import (
	"fmt"
	"hash/fnv"
	"html"
	"net/http"
	"strings"
)

// apiSendPicture sends an uploaded picture into a chat of a person or a group.
func (s *Server) apiSendPicture(r *http.Request, p *person, address string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.mediaOf(address)
	if m == nil || m.Type != "image" {
		return nil, bad("message.picture", "图片不存在，请重新选择", "image_url has not been uploaded here")
	}
	c, err := s.chatOf(p, r.PathValue("chat"))
	if err != nil {
		return nil, err
	}
	body := content{Type: "image", ImageURL: address}
	kind, other := chatParts(c.ID)
	if m, err := s.workSend(p.ID, kind, other, body); m != nil || err != nil {
		return s.sentView(c, m, err)
	}
	switch kind {
	case "person":
		return s.messageView(c, s.sendTo(p.ID, other, body)), nil
	case "group":
		m, err := s.speak(p.ID, other, body)
		return s.sentView(c, m, err)
	}
	return nil, bad("message.picture", "这里不能发送图片", "pictures go to people and groups")
}

// drawCollage puts up to nine members' faces into one square, as a group's picture.
func (s *Server) drawCollage(r *room) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img" aria-label="%s"><rect width="96" height="96" fill="#dcdddc"/>`, html.EscapeString(s.roomTitle(r)))
	shown := r.Members[:min(9, len(r.Members))]
	side, columns := 42, 2
	if len(shown) > 4 {
		side, columns = 27, 3
	}
	if len(shown) == 1 {
		side, columns = 60, 1
	}
	gap := 4
	rows := (len(shown) + columns - 1) / columns
	top := (96 - rows*side - (rows-1)*gap) / 2
	first := len(shown) - (rows-1)*columns // the top row may be short
	for i, m := range shown {
		row, col, in := 0, i, first
		if i >= first {
			row, col, in = 1+(i-first)/columns, (i-first)%columns, columns
		}
		left := (96 - in*side - (in-1)*gap) / 2
		fmt.Fprintf(&b, `<svg x="%d" y="%d" width="%d" height="%d" viewBox="0 0 96 96">`, left+col*(side+gap), top+row*(side+gap), side, side)
		s.drawMember(&b, m.Who)
		b.WriteString("</svg>")
	}
	b.WriteString("</svg>")
	return b.String()
}

// drawMember draws the face of a person, or of the person behind a member of staff, without its frame.
func (s *Server) drawMember(b *strings.Builder, who string) {
	id := who
	if st := s.member(who); st != nil && st.Person != "" {
		id = st.Person
	}
	h := fnv.New32a()
	h.Write([]byte("person" + id))
	n := h.Sum32()
	fmt.Fprintf(b, `<rect width="96" height="96" fill="%s"/>`, palette[n%8][0])
	drawFace(b, n, palette[n%8][1])
}

// collage answers the picture of a group; false: there is none such. The caller does not hold mu.
func (s *Server) collage(w http.ResponseWriter, id string) bool {
	s.mu.Lock()
	r := s.world.social.rooms[id]
	picture := ""
	if r != nil {
		picture = s.drawCollage(r)
	} else if id == "new" {
		picture = s.drawCollage(&room{Name: "群聊"})
	}
	s.mu.Unlock()
	if picture == "" {
		return false
	}
	w.Header().Set("Content-Type", "image/svg+xml; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=300")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	fmt.Fprint(w, picture)
	return true
}
