package sim

import "testing"

// A member's openid is the one page authorisation gives a stranger of that company, and leads back to the member.
func TestMembersOpenID(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.good("user/create", map[string]any{"userid": "cai", "name": "采薇", "mobile": "13900000000", "department": []int{1}})
	of := func(userID string) map[string]any {
		return g.work("user/convert_to_openid", map[string]any{"userid": userID})
	}
	an, bo := of("an")["openid"], of("bo")["openid"]
	if an == nil || an == bo {
		t.Fatalf("openids %v and %v", an, bo)
	}
	g.s.mu.Lock()
	paying := g.s.world.derive("openid", "ww0001", "an")
	g.s.mu.Unlock()
	if an != paying {
		t.Errorf("openid %v is not the person's at the company, %s", an, paying)
	}
	if back := g.good("user/convert_to_userid", map[string]any{"openid": an})["userid"]; back != "an" {
		t.Errorf("the openid leads back to %v", back)
	}
	wantCode(t, of("nobody"), 60111)
	wantCode(t, of("cai"), 43004)
	wantCode(t, g.work("user/convert_to_userid", map[string]any{"openid": "ono"}), 40073)
	if err := g.s.Resign("ww0001", "an"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, of("an"), 60111)
	wantCode(t, g.work("user/convert_to_userid", map[string]any{"openid": an}), 40073)
}
