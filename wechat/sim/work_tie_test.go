package sim

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// tieModel is what a plain reading of the rules says about two members and three people.
type tieModel struct {
	staffHas, buyerHas map[[2]string]bool
	order              map[string][]string // member → people, by first meeting
}

// Whatever people do to each other, lists and openness are those of the plain model.
func TestTieProperty(t *testing.T) {
	g := newWorkRig(t, &Server{})
	people, members := []string{"lin", "zhou", "qiu"}, []string{"an", "bo"}
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		corpID := fmt.Sprintf("wwround%d", round)
		must(g.s.AddCompany(Company{CorpID: corpID, Name: "r"}))(g.t)
		for _, u := range members {
			must(g.s.AddStaff(Staff{CorpID: corpID, UserID: u, Name: u}))(g.t)
		}
		g.s.mu.Lock()
		defer g.s.mu.Unlock()
		corp := g.s.world.work.companies[corpID]
		m := tieModel{map[[2]string]bool{}, map[[2]string]bool{}, map[string][]string{}}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			u, p := rapid.SampledFrom(members).Draw(t, "member"), rapid.SampledFrom(people).Draw(t, "person")
			pair := [2]string{u, p}
			switch op := rapid.SampledFrom([]string{"meet", "staff deletes", "customer deletes", "speaks"}).Draw(t, "op"); {
			case op == "meet":
				g.s.befriend(corp, g.s.member(staffKey(corpID, u)), p, arrival{way: wayQR, state: "s"})
				m.staffHas[pair], m.buyerHas[pair] = true, true
				if !slices.Contains(m.order[u], p) {
					m.order[u] = append(m.order[u], p)
				}
			case op == "staff deletes" && m.staffHas[pair]:
				g.s.staffDeletes(corp, g.s.tie(corpID, u, p), "")
				m.staffHas[pair] = false
			case op == "customer deletes" && m.buyerHas[pair]:
				g.s.customerDeletes(corp, g.s.tie(corpID, u, p))
				m.buyerHas[pair] = false
			case op == "speaks" && g.s.tie(corpID, u, p) != nil:
				if _, got := g.s.customerSays(g.s.tie(corpID, u, p), content{Type: "text", Text: "x"}); got != (m.staffHas[pair] && m.buyerHas[pair]) {
					t.Fatalf("%v: a word arrived: %v", pair, got)
				}
			}
			m.check(t, g.s, corp)
		}
	})
}

func (m tieModel) check(t *rapid.T, s *Server, corp *company) {
	for _, dropLost := range []bool{false, true} {
		corp.Settings.DropLost = dropLost
		for u, order := range m.order {
			var want, got []string
			for _, p := range order {
				if pair := [2]string{u, p}; m.staffHas[pair] && (!dropLost || m.buyerHas[pair]) {
					want = append(want, p)
				}
			}
			for _, tie := range s.ties(corp, u) {
				got = append(got, tie.Person)
				if s.tieOf(corp, u, s.customer(corp.CorpID, tie.Person).ExternalID) != tie {
					t.Fatalf("%s and %s are not found by external_userid", u, tie.Person)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("customers of %s (drop lost %v): %v, want %v", u, dropLost, got, want)
			}
		}
	}
}

// A line about the member's WeCom comes on the person's own stream.
func TestWorkEventsComeOnThePersonsStream(t *testing.T) {
	g := newWorkRig(t, &Server{})
	must(g.s.AddCustomer("ww0001", "an", "lin"))(t)
	resp := must(http.Get(g.s.URL() + "/_sim/people/an/events"))(t)
	defer resp.Body.Close()
	lines := make(chan string, 100)
	go func() {
		in := bufio.NewScanner(resp.Body)
		for in.Scan() {
			lines <- in.Text()
		}
	}()
	next := func(prefix string) string {
		for end := time.After(8 * time.Second); ; {
			select {
			case text := <-lines:
				if rest, ok := strings.CutPrefix(text, prefix); ok {
					return rest
				}
			case <-end:
				t.Fatal("no line " + prefix)
			}
		}
	}
	next("event: hello")
	g.post("/_sim/people/lin/chats/stf-an@ww0001/messages", map[string]any{"text": "有货吗"})
	next("event: work")
	var event struct {
		ID    string `json:"id"`
		Event string `json:"event"`
		Data  struct {
			Message struct {
				Text string `json:"text"`
				Mine bool   `json:"mine"`
			} `json:"message"`
			Unread int `json:"unread"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(next("data: ")), &event); err != nil || event.ID != "an@ww0001" || event.Event != "message" || event.Data.Message.Text != "有货吗" || event.Data.Message.Mine || event.Data.Unread != 2 {
		t.Fatalf("%v %+v", err, event)
	}
}

// What was answered survives a process that dies without a word: its file is copied while it still runs.
func TestWorkSurvivesAKill(t *testing.T) {
	dir := t.TempDir()
	s := &Server{DataFile: filepath.Join(dir, "a.sim"), Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	g.post("/_sim/companies/ww0001/customers", map[string]any{"userid": "an", "person": "lin"})
	g.post("/_sim/people/an@ww0001/chats/per-lin/messages", map[string]any{"text": "你好"})
	token := g.token("secret-contact")
	s.durable()
	raw := must(os.ReadFile(filepath.Join(dir, "a.sim")))(t)
	if err := os.WriteFile(filepath.Join(dir, "b.sim"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	again := start(t, &Server{DataFile: filepath.Join(dir, "b.sim"), Clock: &Clock{}})
	g.s = again
	if g.token("secret-contact") != token {
		t.Error("the token was lost")
	}
	if home := g.get("/_sim/people/an@ww0001/home"); home["chats"].([]any)[0].(map[string]any)["last"].(map[string]any)["text"] != "你好" {
		t.Errorf("the chat was lost: %v", home)
	}
	again.mu.Lock()
	defer again.mu.Unlock()
	if d := again.workDay(again.member("an@ww0001")); d.Messages != 1 || d.NewContacts != 1 || !d.Chats["lin"] {
		t.Errorf("the day was lost: %+v", d)
	}
	if len(again.world.work.welcomes) != 1 || again.tie("ww0001", "an", "lin").AddWay != 13 {
		t.Error("the welcome code or the tie was lost")
	}
}

func TestFaultsOfWork(t *testing.T) {
	g := newWorkRig(t, &Server{})
	token := g.token("secret-contact")
	for kind, code := range map[string]float64{"system_error": -1, "rate_limit": 45009, "parallel": 45033} {
		must(g.s.Faults.Add(Fault{Target: "call", Path: "/cgi-bin/get_api_domain_ip", Kind: kind}))(t)
		out := g.work("get_api_domain_ip", nil)
		wantCode(t, out, code)
		if !strings.Contains(out["errmsg"].(string), "devtool/query?e="+itoa(int64(code))) {
			t.Errorf("%s: %v", kind, out)
		}
		g.good("get_api_domain_ip", nil)
	}
	must(g.s.Faults.Add(Fault{Target: "call", Path: "/cgi-bin/get_api_domain_ip", Kind: "drop"}))(t)
	once := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // a client repeats a GET on a reused connection by itself
	resp, err := once.Get(g.s.URL() + "/qyapi/cgi-bin/get_api_domain_ip?access_token=" + token)
	if err == nil {
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		t.Fatalf("a dropped call was answered: %d %s", resp.StatusCode, body)
	}
}

// Nothing of WeCom's is offered in silence: an unknown path is refused in WeCom's shape, and the inspector says why.
func TestUnknownWorkPath(t *testing.T) {
	g := newWorkRig(t, &Server{})
	status, out := g.call("POST", "/qyapi/cgi-bin/living/create?access_token="+g.token("secret-contact"), map[string]any{})
	if status != 404 || out["errcode"] != 40066.0 {
		t.Fatalf("%d %v", status, out)
	}
	found := g.get("/_sim/log?q=living&kind=work")["entries"].([]any)
	if len(found) != 1 || !strings.Contains(found[0].(map[string]any)["reason"].(string), "does not offer") {
		t.Fatalf("the inspector: %v", found)
	}
}

// The right of an application and the address of its caller are looked at with every call, not only when it takes its token.
func TestRightsAreCheckedWithEveryCall(t *testing.T) {
	g := newWorkRig(t, &Server{})
	contact := g.s.withCorp(http.MethodPost, rightContact, func(c *call) { c.ok(apiOK) })
	book := g.s.withCorp(http.MethodGet, rightAddressBook, func(c *call) { c.ok(apiOK) })
	try := func(f func(*call), method, secret string) int {
		t.Helper()
		r := must(http.NewRequest(method, "/x?access_token="+g.token(secret), nil))(t)
		r.RemoteAddr = "127.0.0.1:9"
		c := &call{s: g.s, r: r, entry: &entry{Kind: "work"}, header: http.Header{}}
		f(c)
		var out apiError
		if err := json.Unmarshal(c.out, &out); err != nil {
			t.Fatal(err)
		}
		return out.Code
	}
	for _, c := range []struct {
		f              func(*call)
		method, secret string
		code           int
	}{
		{contact, "POST", "secret-contact", 0}, {contact, "POST", "secret-plain", 48002}, {contact, "GET", "secret-contact", 43002},
		{book, "GET", "secret-contact", 0}, {book, "GET", "secret-plain", 60011}, {book, "POST", "secret-contact", 43001},
	} {
		if got := try(c.f, c.method, c.secret); got != c.code {
			t.Errorf("%s as %s: %d, want %d", c.method, c.secret, got, c.code)
		}
	}
	g.token("secret-plain")
	s := g.s
	s.mu.Lock()
	s.world.work.companies["ww0001"].Apps[1].TrustedIPs = []string{"10.1.1.1"}
	token := s.world.work.companies["ww0001"].AppState[1000003].Access.Value
	s.mu.Unlock()
	wantCode(t, g.get("/qyapi/cgi-bin/getcallbackip?access_token="+token), 60020)
}
