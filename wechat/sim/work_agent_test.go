package sim

import "testing"

func TestApplicationTellsOfItself(t *testing.T) {
	g := newWorkRig(t, &Server{})
	out := g.good("agent/get?agentid=1000002", nil)
	if out["name"] != "助手" || out["redirect_domain"] != "127.0.0.1" || out["close"] != 0.0 {
		t.Fatalf("the application is %v", out)
	}
	if parties := out["allow_partys"].(map[string]any)["partyid"].([]any); len(parties) != 1 || parties[0] != 1.0 {
		t.Fatalf("visible to %v", parties)
	}
	wantCode(t, g.work("agent/get?agentid=1000003", nil), 301002) // of another application
	wantCode(t, g.work("agent/get?agentid=7", nil), 40056)
	wantCode(t, g.work("agent/get", nil), 40056)
	list := g.good("agent/list", nil)["agentlist"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["agentid"] != 1000002.0 {
		t.Fatalf("the list is %v", list)
	}
}
