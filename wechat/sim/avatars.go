package sim

import (
	"fmt"
	"hash/fnv"
	"html"
	"net/http"
	"net/url"
	"strings"
)

func personAvatar(id string) string { return "/_sim/avatars/person/" + url.PathEscape(id) + ".svg" }

func accountAvatar(a *account) string {
	if a.Avatar != "" {
		return a.Avatar
	}
	return "/_sim/avatars/account/" + url.PathEscape(a.AppID) + ".svg"
}

var palette = [...][2]string{
	{"#f6d5c9", "#a8452f"}, {"#d8ecd9", "#2f6b43"}, {"#d6e6f4", "#2b5c87"}, {"#f4e6c3", "#8a6114"},
	{"#e6dcf2", "#5f4390"}, {"#f4d8e4", "#943d63"}, {"#d3eeee", "#1f6a6c"}, {"#e7e3da", "#5c5446"},
}

// serveAvatar draws a calm square: one character on hills for an account, a face with hair for a person.
func (s *Server) serveAvatar(w http.ResponseWriter, r *http.Request) {
	kind, id := r.PathValue("kind"), strings.TrimSuffix(r.PathValue("file"), ".svg")
	if kind == "group" && s.collage(w, id) {
		return
	}
	s.mu.Lock()
	if st := s.member(id); kind == "person" && st != nil {
		id = st.Person // a member's WeCom shows the face of who holds it
	}
	name, _ := s.face(kind, id)
	s.mu.Unlock()
	if name == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=300")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	fmt.Fprint(w, drawAvatar(kind, id, name))
}

func drawAvatar(kind, id, name string) string {
	h := fnv.New32a()
	h.Write([]byte(kind + id))
	n := h.Sum32()
	back, ink := palette[n%8][0], palette[n%8][1]
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img" aria-label="%s"><rect width="96" height="96" fill="%s"/>`, html.EscapeString(name), back)
	switch kind {
	case "person":
		drawFace(&b, n, ink)
	case "service":
		if id == "notice" { // a bell
			b.WriteString(`<rect width="96" height="96" fill="#2f7fd6"/><path d="M48 22c-12 0-19 9-19 21v13l-6 10h50l-6-10V43c0-12-7-21-19-21z" fill="#fff"/><path d="M41 71a7 7 0 0014 0z" fill="#fff"/>`)
			break
		}
		b.WriteString(`<rect width="96" height="96" fill="#2aae67"/><path d="M24 50l16 16 33-36" fill="none" stroke="#fff" stroke-width="9" stroke-linecap="round" stroke-linejoin="round"/>`)
	default:
		fmt.Fprintf(&b, `<path d="M0 76q24-16 48-4t48-8v32H0z" fill="%s" opacity=".18"/><text x="48" y="62" font-size="42" font-weight="600" text-anchor="middle" fill="%s" font-family="PingFang SC,Microsoft YaHei,sans-serif">%s</text>`,
			ink, ink, html.EscapeString(string([]rune(name)[:1])))
	}
	b.WriteString("</svg>")
	return b.String()
}

func drawFace(b *strings.Builder, n uint32, ink string) {
	skin := [...]string{"#f5d0b0", "#eebf98", "#f8dcc2", "#e3ac83"}[n/8%4]
	fmt.Fprintf(b, `<path d="M12 96c2-22 18-30 36-30s34 8 36 30z" fill="%s"/>`, ink)
	if n/32%2 == 0 {
		b.WriteString(`<path d="M24 74V42a24 24 0 0148 0v32z" fill="#3a2e2a"/>`)
	}
	fmt.Fprintf(b, `<ellipse cx="48" cy="47" rx="19" ry="22" fill="%s"/><path d="M28 46c-2-24 12-28 20-28s24 4 20 28c-4-12-12-14-20-14s-16 2-20 14z" fill="#3a2e2a"/>`, skin)
	b.WriteString(`<circle cx="41" cy="48" r="2.2" fill="#3a2e2a"/><circle cx="55" cy="48" r="2.2" fill="#3a2e2a"/><path d="M42 57q6 5 12 0" fill="none" stroke="#3a2e2a" stroke-width="2" stroke-linecap="round"/>`)
}
