package sim

import (
	"slices"
	"testing"
)

func TestEndpointsAreListedAsTheyAreOffered(t *testing.T) {
	g := newRig(t, &Server{})
	list, _ := g.get("/_sim/endpoints")["endpoints"].([]any)
	if len(list) != len(g.s.Endpoints()) || len(list) == 0 {
		t.Fatalf("%d endpoints over HTTP, %d in Go", len(list), len(g.s.Endpoints()))
	}
	seen := map[string]bool{}
	for _, e := range g.s.Endpoints() {
		if e.Title == "" || e.Host == "" || !slices.Contains([]Fidelity{Full, Partial, Recorded}, e.Fidelity) {
			t.Errorf("%s does not say what it is: %+v", e.Pattern, e)
		}
		if e.Fidelity == Partial && e.Note == "" {
			t.Errorf("%s is partial and does not say what is missing", e.Pattern)
		}
		if key := e.Host + e.Pattern; seen[key] {
			t.Errorf("%s is listed twice", e.Pattern)
		} else {
			seen[key] = true
		}
	}
	if got := g.get("/_sim/people/lin/openid?appid=wx0001")["openid"]; got != g.openID("lin") {
		t.Errorf("openid over HTTP is %v", got)
	}
	if status, _ := g.call("GET", "/_sim/people/nobody/openid?appid=wx0001", nil); status != 404 {
		t.Errorf("the openid of nobody: %d", status)
	}
}
