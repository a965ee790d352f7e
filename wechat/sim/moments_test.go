package sim

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const onePixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func (g *rig) timeline(who string) []string {
	g.t.Helper()
	list := []string{}
	for _, p := range g.get("/_sim/people/" + who + "/moments")["posts"].([]any) {
		list = append(list, p.(map[string]any)["text"].(string))
	}
	return list
}

func TestMomentsAreSeenByWhomTheyAreFor(t *testing.T) {
	g := newRig(t, &Server{})
	crowd(t, g.s, 1)
	g.post("/_sim/people/lin/friends/zhou", map[string]any{"tags": []string{"家人"}})
	g.post("/_sim/people/lin/moments", map[string]any{"text": "都看"})
	g.post("/_sim/people/lin/moments", map[string]any{"text": "家人看", "see": "some", "tags": []string{"家人"}})
	g.post("/_sim/people/lin/moments", map[string]any{"text": "不给家人", "see": "except", "tags": []string{"家人"}})
	g.post("/_sim/people/lin/moments", map[string]any{"text": "自己", "see": "self"})
	for who, want := range map[string]string{"lin": "自己 不给家人 家人看 都看", "zhou": "家人看 都看", "p1": "不给家人 都看"} {
		if got := strings.Join(g.timeline(who), " "); got != want {
			t.Errorf("%s sees %q, want %q", who, got, want)
		}
	}
	g.post("/_sim/people/zhou/friends/lin", map[string]any{"hide_theirs": true})
	if got := g.timeline("zhou"); len(got) != 0 {
		t.Errorf("不看他: %v", got)
	}
	if album := g.get("/_sim/people/zhou/albums/lin")["posts"].([]any); len(album) != 2 {
		t.Errorf("the album stays open to who does not follow: %v", album)
	}
	g.post("/_sim/people/lin/friends/p1", map[string]any{"hide_mine": true})
	if got := g.timeline("p1"); len(got) != 0 {
		t.Errorf("不让他看: %v", got)
	}
	for code, body := range map[string]map[string]any{
		"moment.empty":    {"text": " "},
		"moment.see":      {"text": "x", "see": "nobody"},
		"moment.pictures": {"text": "x", "pictures": []string{"/_sim/media/none"}},
		"moment.text":     {"text": strings.Repeat("长", 2001)},
		"share.card":      {"text": "x", "link": map[string]any{"title": "x", "url": "javascript:1"}},
	} {
		g.refused("POST", "/_sim/people/lin/moments", body, code)
	}
	g.refused("POST", "/_sim/people/lin/moments", map[string]any{"text": "x", "see": "some"}, "moment.see")
}

func TestMomentsOfThreeDays(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	g.post("/_sim/people/lin/moments", map[string]any{"text": "旧"})
	g.s.Clock.Advance(100 * time.Hour)
	g.post("/_sim/people/lin/moments", map[string]any{"text": "新"})
	for days, want := range map[int]string{3: "新", 30: "新 旧", 180: "新 旧", 0: "新 旧"} {
		g.post("/_sim/people/lin/moments/settings", map[string]any{"days": days})
		if got := strings.Join(g.timeline("zhou"), " "); got != want {
			t.Errorf("%d days: %q", days, got)
		}
		if got := strings.Join(g.timeline("lin"), " "); got != "新 旧" {
			t.Errorf("the author sees %q", got)
		}
	}
	g.refused("POST", "/_sim/people/lin/moments/settings", map[string]any{"days": 7}, "moment.days")
}

func TestMomentTalk(t *testing.T) {
	g := newRig(t, &Server{})
	g.post("/_sim/social", map[string]any{"strangers": true})
	crowd(t, g.s, 2)
	for _, pair := range [][2]string{{"lin", "zhou"}, {"lin", "p1"}, {"lin", "p2"}, {"zhou", "p1"}} {
		if err := g.s.Befriend(pair[0], pair[1]); err != nil {
			t.Fatal(err)
		}
	}
	id := must(g.s.Publish("lin", Post{Text: "早"}))(t)
	at := "/_sim/people/%s/moments/" + id
	g.post(fmt.Sprintf(at, "zhou")+"/like", map[string]any{"on": true})
	g.post(fmt.Sprintf(at, "p2")+"/like", map[string]any{"on": true})
	g.post(fmt.Sprintf(at, "zhou")+"/comments", map[string]any{"text": "吃了吗"})
	g.post(fmt.Sprintf(at, "lin")+"/comments", map[string]any{"text": "吃了", "reply_to": "zhou"})
	for who, want := range map[string]string{"lin": "zhou p2 | 吃了吗 吃了", "zhou": "zhou | 吃了吗 吃了", "p1": "zhou | 吃了吗 吃了", "p2": "p2 | "} {
		p := g.get(fmt.Sprintf(at, who))
		texts := []string{}
		for _, c := range p["comments"].([]any) {
			texts = append(texts, c.(map[string]any)["text"].(string))
		}
		if got := names(p["likes"]) + " | " + strings.Join(texts, " "); got != want {
			t.Errorf("%s reads %q, want %q", who, got, want)
		}
	}
	if mark := g.get("/_sim/people/lin/moments/mark"); mark["unread"] != 3.0 || mark["from"].(map[string]any)["id"] != "zhou" {
		t.Fatalf("lin's mark: %v", mark)
	}
	if mark := g.get("/_sim/people/zhou/moments/mark"); mark["unread"] != 1.0 || mark["newest"].(map[string]any)["id"] != "lin" {
		t.Fatalf("zhou's mark: %v", mark)
	}
	list := g.get("/_sim/people/lin/moments/notices")["notices"].([]any)
	if len(list) != 3 || list[0].(map[string]any)["text"] != "吃了吗" || g.get("/_sim/people/lin/moments/mark")["unread"] != 0.0 {
		t.Fatalf("lin's notices: %v", list)
	}
	g.timeline("zhou")
	if mark := g.get("/_sim/people/zhou/moments/mark"); mark["newest"] != nil {
		t.Fatalf("after looking: %v", mark)
	}
	g.refused("POST", fmt.Sprintf(at, "p2")+"/comments", map[string]any{"text": "x", "reply_to": "zhou"}, "moment.comment")
	g.refused("POST", fmt.Sprintf(at, "p2")+"/comments", map[string]any{"text": " "}, "moment.comment")
	g.refused("DELETE", fmt.Sprintf(at, "p1")+"/comments/c1", nil, "missing")
	g.call("DELETE", fmt.Sprintf(at, "lin")+"/comments/c1", nil)
	if list := g.get("/_sim/people/lin/moments/notices")["notices"].([]any); len(list) != 2 {
		t.Fatalf("a notice of a deleted comment stays: %v", list)
	}
	g.refused("DELETE", fmt.Sprintf(at, "zhou"), nil, "missing")
	g.call("DELETE", fmt.Sprintf(at, "lin"), nil)
	g.refused("GET", fmt.Sprintf(at, "zhou"), nil, "moment.gone")
	g.refused("POST", fmt.Sprintf(at, "zhou")+"/like", map[string]any{"on": true}, "moment.gone")
}

func TestMomentPages(t *testing.T) {
	g := newRig(t, &Server{})
	for i := range 25 {
		must(g.s.Publish("lin", Post{Text: fmt.Sprint(i)}))(t)
	}
	got, query := []string{}, "?limit=10"
	for range 3 {
		page := g.get("/_sim/people/zhou/moments" + query)
		for _, p := range page["posts"].([]any) {
			got = append(got, p.(map[string]any)["text"].(string))
		}
		query = fmt.Sprintf("?limit=10&before=%.0f", page["next"])
	}
	if len(got) != 25 || got[0] != "24" || got[24] != "0" || query != "?limit=10&before=0" {
		t.Fatalf("%d posts, then %s: %v", len(got), query, got)
	}
}

// momentModel is who sees what, said as plainly as possible.
type momentModel struct {
	has, blocked, hideMine, hideTheirs map[[2]string]bool
	posts                              []*modelPost
}

type modelPost struct {
	id, author, see string
	who             []string
	said            []modelSaid
}

type modelSaid struct{ id, who, to string } // an empty id is a like

func (m *momentModel) friends(a, b string) bool {
	return m.has[[2]string{a, b}] && m.has[[2]string{b, a}]
}

func (m *momentModel) sees(v string, p *modelPost) bool {
	a := p.author
	if v == a {
		return true
	}
	allowed := map[string]bool{SeeAll: true, SeeSome: slices.Contains(p.who, v), SeeExcept: !slices.Contains(p.who, v)}[p.see]
	return allowed && m.friends(v, a) && !m.blocked[[2]string{a, v}] && !m.hideMine[[2]string{a, v}]
}

// reads: A sees B's word on C's post only if A and B are friends and both are C's friends.
func (m *momentModel) reads(v, b string, p *modelPost) bool {
	if b != p.author && !m.friends(b, p.author) {
		return false
	}
	return v == b || v == p.author || b == p.author || m.friends(v, b)
}

// What the phones show agrees with the plain model, whatever people do.
func TestMomentsProperty(t *testing.T) {
	people := []string{"a", "b", "c", "d"}
	rapid.Check(t, func(rt *rapid.T) {
		s := &Server{}
		if err := s.init(); err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		for _, id := range people {
			must(s.AddPerson(Person{ID: id, Name: id}))(t)
		}
		if err := s.SetSocial(SocialSettings{Strangers: true}); err != nil {
			rt.Fatal(err)
		}
		m := &momentModel{map[[2]string]bool{}, map[[2]string]bool{}, map[[2]string]bool{}, map[[2]string]bool{}, nil}
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			m.step(rt, s, people)
		}
		for _, v := range people {
			m.compare(rt, s, v)
		}
	})
}

func (m *momentModel) step(rt *rapid.T, s *Server, people []string) {
	a, b := rapid.SampledFrom(people).Draw(rt, "a"), rapid.SampledFrom(people).Draw(rt, "b")
	yes := rapid.Bool().Draw(rt, "yes")
	step := rapid.IntRange(0, 9).Draw(rt, "step")
	if a == b && step < 6 {
		return
	}
	s.mu.Lock()
	bond := func() *bond { return s.makeBond(a, b) }
	switch step {
	case 0, 1, 2:
		s.become(a, b)
		m.has[[2]string{a, b}], m.has[[2]string{b, a}] = true, true
	case 3:
		bond().State = "deleted"
		m.has[[2]string{a, b}] = false
	case 4:
		bond().Blocked = yes
		m.blocked[[2]string{a, b}] = yes
	case 5:
		bond().HideMine, bond().HideTheirs = yes, !yes
		m.hideMine[[2]string{a, b}], m.hideTheirs[[2]string{a, b}] = yes, !yes
	}
	s.mu.Unlock()
	if step < 6 {
		return
	}
	if step < 8 || len(m.posts) == 0 {
		see := rapid.SampledFrom([]string{SeeAll, SeeAll, SeeSome, SeeExcept, SeeSelf}).Draw(rt, "see")
		id, err := s.Publish(a, Post{Text: "x", See: see, Who: []string{b}})
		if err != nil {
			rt.Fatal(err)
		}
		m.posts = append(m.posts, &modelPost{id: id, author: a, see: see, who: []string{b}})
		return
	}
	p := rapid.SampledFrom(m.posts).Draw(rt, "post")
	if yes {
		if err := s.Like(a, p.id, true); (err == nil) != m.sees(a, p) {
			rt.Fatalf("%s likes %s's: %v, sees %v", a, p.author, err, m.sees(a, p))
		} else if err == nil && !slices.Contains(p.said, modelSaid{who: a}) {
			p.said = append(p.said, modelSaid{who: a})
		}
		return
	}
	to := ""
	if len(p.said) > 0 && m.sees(a, p) {
		if x := rapid.SampledFrom(p.said).Draw(rt, "reply"); x.id != "" && x.who != a && m.readsSaid(a, x, p) {
			to = x.who
		}
	}
	id, err := s.Comment(a, p.id, to, "y")
	if (err == nil) != m.sees(a, p) {
		rt.Fatalf("%s comments on %s's: %v, sees %v", a, p.author, err, m.sees(a, p))
	}
	if err == nil {
		p.said = append(p.said, modelSaid{id, a, to})
	}
}

func (m *momentModel) readsSaid(v string, x modelSaid, p *modelPost) bool {
	return m.reads(v, x.who, p) && (x.to == "" || m.reads(v, x.to, p))
}

func (m *momentModel) compare(rt *rapid.T, s *Server, v string) {
	answer, err := s.apiMoments(httptest.NewRequest("GET", "/?limit=50", nil), s.world.people[v])
	if err != nil {
		rt.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range answer.(map[string]any)["posts"].([]postView) {
		said := []string{}
		for _, l := range p.Likes {
			said = append(said, "like "+l.ID)
		}
		for _, c := range p.Comments {
			said = append(said, c.ID)
		}
		got[p.ID] = strings.Join(said, " ")
	}
	want := map[string]string{}
	for _, p := range m.posts {
		if !m.sees(v, p) || m.hideTheirs[[2]string{v, p.author}] || m.blocked[[2]string{v, p.author}] {
			continue
		}
		likes, comments := []string{}, []string{}
		for _, x := range p.said {
			if x.id == "" && m.reads(v, x.who, p) {
				likes = append(likes, "like "+x.who)
			} else if x.id != "" && m.readsSaid(v, x, p) {
				comments = append(comments, x.id)
			}
		}
		want[p.id] = strings.Join(append(likes, comments...), " ")
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		rt.Fatalf("%s sees %v, want %v", v, got, want)
	}
}
