package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	return string(must(json.Marshal(v))(t))
}

func (g *rig) room(who, id string) map[string]any {
	g.t.Helper()
	return g.get("/_sim/people/" + who + "/rooms/" + id)
}

func TestGroupLife(t *testing.T) {
	g := newRig(t, &Server{})
	crowd(t, g.s, 4)
	made := g.post("/_sim/people/lin/rooms", map[string]any{"people": []string{"zhou", "p1"}})
	id, chat := made["id"].(string), made["chat_id"].(string)
	if made["title"] != "林小满、周一、人1" || made["count"] != 3.0 || made["owner"] != "lin" {
		t.Fatalf("new group: %v", made)
	}
	if line := g.lastLine("zhou", chat); line["type"] != "system" || !strings.HasPrefix(line["text"].(string), `"林小满"邀请`) {
		t.Fatalf("zhou reads %v", line)
	}
	g.post("/_sim/people/zhou/rooms/"+id, map[string]any{"name": "茶友", "nick": "老周"})
	if line := g.lastLine("lin", chat); line["text"] != `"周一"修改群名为"茶友"` {
		t.Fatalf("lin reads %v", line)
	}
	g.post("/_sim/people/zhou/chats/"+chat+"/messages", map[string]any{"text": "@林小满 喝茶", "at": []string{"lin"}})
	row := g.get("/_sim/people/lin/home")["chats"].([]any)[0].(map[string]any)
	if row["called"] != true || row["members"] != 3.0 || row["last"].(map[string]any)["text"] != "老周：@林小满 喝茶" || row["title"] != "茶友" {
		t.Fatalf("lin's row: %v", row)
	}
	g.post("/_sim/people/lin/chats/"+chat+"/read", map[string]any{})
	if row := g.get("/_sim/people/lin/home")["chats"].([]any)[0].(map[string]any); row["called"] != nil {
		t.Fatalf("the call stays after reading: %v", row)
	}
	g.refused("POST", "/_sim/people/zhou/chats/"+chat+"/messages", map[string]any{"text": "@所有人", "at": []string{"all"}}, "room.owner")
	g.refused("POST", "/_sim/people/zhou/chats/"+chat+"/messages", map[string]any{"text": "x", "at": []string{"p4"}}, "room.at")
	g.refused("POST", "/_sim/people/zhou/rooms/"+id, map[string]any{"notice": "x"}, "room.owner")
	g.post("/_sim/people/lin/rooms/"+id, map[string]any{"notice": "周六见", "admins": []string{"zhou"}})
	if line := g.lastLine("p1", chat); line["text"] != "@所有人\n周六见" {
		t.Fatalf("the notice: %v", line)
	}
	g.post("/_sim/people/p1/rooms/"+id+"/members", map[string]any{"people": []string{"p2"}})
	g.refused("DELETE", "/_sim/people/p1/rooms/"+id+"/members/p2", nil, "room.owner")
	g.refused("DELETE", "/_sim/people/zhou/rooms/"+id+"/members/lin", nil, "room.owner")
	if status, out := g.call("DELETE", "/_sim/people/zhou/rooms/"+id+"/members/p2", nil); status != 200 || out["count"] != 3.0 {
		t.Fatalf("an administrator removes: %d %v", status, out)
	}
	if line := g.lastLine("p2", chat); line["text"] != `你被"周一"移出群聊` {
		t.Fatalf("p2 reads %v", line)
	}
	g.refused("POST", "/_sim/people/p2/chats/"+chat+"/messages", map[string]any{"text": "?"}, "room.member")
	g.post("/_sim/people/lin/rooms/"+id+"/quit", map[string]any{})
	if room := g.room("zhou", id); room["owner"] != "zhou" || room["count"] != 2.0 {
		t.Fatalf("the owner left: %v", room)
	}
	g.refused("GET", "/_sim/people/lin/chats/"+chat+"/messages", nil, "missing")
	g.refused("POST", "/_sim/people/p1/rooms/"+id+"/dissolve", map[string]any{}, "room.owner")
	g.post("/_sim/people/zhou/rooms/"+id+"/dissolve", map[string]any{})
	g.refused("POST", "/_sim/people/p1/chats/"+chat+"/messages", map[string]any{"text": "?"}, "room.dissolved")
}

func TestGroupInvitations(t *testing.T) {
	g := newRig(t, &Server{})
	ids := crowd(t, g.s, 6)
	if err := g.s.SetSocial(SocialSettings{InviteConfirmAbove: 3, RoomQRFull: 4, RoomMax: 5, RoomCreateMax: 4}); err != nil {
		t.Fatal(err)
	}
	id := must(g.s.NewRoom("lin", "群", "zhou"))(t)
	at := "/_sim/people/%s/rooms/" + id
	g.refused("POST", "/_sim/people/lin/rooms", map[string]any{"people": ids}, "room.members")
	if out := g.post(fmt.Sprintf(at, "zhou")+"/members", map[string]any{"people": []string{"p1"}}); mustJSON(t, out["joined"]) != `["p1"]` {
		t.Fatalf("two members: %v", out)
	}
	if out := g.post(fmt.Sprintf(at, "zhou")+"/members", map[string]any{"people": []string{"p2"}}); mustJSON(t, out["invited"]) != `["p2"]` {
		t.Fatalf("three members: %v", out)
	}
	card := g.lastLine("p2", "per-zhou")
	if card["type"] != "group_invite" || g.room("lin", id)["count"] != 3.0 {
		t.Fatalf("the card: %v", card)
	}
	g.refused("POST", "/_sim/people/p3/rooms/enter", map[string]any{"token": card["ref"]}, "room.invite")
	g.post("/_sim/people/p2/rooms/enter", map[string]any{"token": card["ref"]})
	g.refused("POST", "/_sim/people/p3/rooms/enter", map[string]any{"token": card["ref"]}, "room.invite")

	qr := g.get(fmt.Sprintf(at, "zhou") + "/qr")
	read := g.post("/_sim/people/p3/scan", map[string]any{"text": qr["text"]})
	if read["kind"] != "group" || read["joined"] != false {
		t.Fatalf("the code reads %v", read)
	}
	g.refused("POST", "/_sim/people/p3/rooms/enter", map[string]any{"token": read["token"]}, "room.code_full")
	g.call("DELETE", fmt.Sprintf(at, "lin")+"/members/p2", nil)
	g.post("/_sim/people/p3/rooms/enter", map[string]any{"token": read["token"]})
	if line := g.lastLine("lin", "grp-"+id); line["text"] != `"人3"通过扫描"周一"分享的二维码加入群聊` {
		t.Fatalf("lin reads %v", line)
	}
	g.s.Clock.Advance(roomCodeLife + time.Minute)
	if out := g.post("/_sim/people/p4/scan", map[string]any{"text": qr["text"]}); out["kind"] != "expired" {
		t.Fatalf("an old code reads %v", out)
	}

	g.post(fmt.Sprintf(at, "lin"), map[string]any{"confirm": true})
	g.call("DELETE", fmt.Sprintf(at, "lin")+"/members/p3", nil)
	fresh := g.get(fmt.Sprintf(at, "lin") + "/qr")["text"].(string)
	g.refused("POST", "/_sim/people/p4/rooms/enter", map[string]any{"token": strings.TrimPrefix(fresh, roomCode)}, "room.confirm")
	if out := g.post(fmt.Sprintf(at, "zhou")+"/members", map[string]any{"people": []string{"p4"}}); mustJSON(t, out["waiting"]) != `["p4"]` {
		t.Fatalf("with confirmation: %v", out)
	}
	wait := g.room("lin", id)["invites"].([]any)[0].(map[string]any)
	g.refused("POST", fmt.Sprintf(at, "zhou")+"/decide", map[string]any{"token": wait["token"], "yes": true}, "room.owner")
	if out := g.post(fmt.Sprintf(at, "lin")+"/decide", map[string]any{"token": wait["token"], "yes": true}); out["count"] != 4.0 || len(out["invites"].([]any)) != 0 {
		t.Fatalf("decided: %v", out)
	}
	g.post("/_sim/people/lin/friends/p5", map[string]any{"blocked": false})
	g.call("DELETE", "/_sim/people/p5/friends/lin", nil)
	g.refused("POST", fmt.Sprintf(at, "lin")+"/members", map[string]any{"people": []string{"p5"}}, "room.friend")
	g.refused("POST", fmt.Sprintf(at, "lin")+"/members", map[string]any{"people": []string{"p2", "p6"}}, "room.full")
}

// Many who scan at once never make a group larger than its limit, and every member has exactly one place.
func TestGroupRace(t *testing.T) {
	g := newRig(t, &Server{})
	if err := g.s.SetSocial(SocialSettings{RoomMax: 20, RoomQRFull: 20}); err != nil {
		t.Fatal(err)
	}
	ids := crowd(t, g.s, 40)
	id := must(g.s.NewRoom("lin", "抢", "zhou"))(t)
	token := strings.TrimPrefix(g.get("/_sim/people/lin/rooms/" + id + "/qr")["text"].(string), roomCode)
	var all sync.WaitGroup
	for _, who := range ids {
		all.Go(func() {
			for range 2 {
				resp, err := http.Post(g.s.URL()+"/_sim/people/"+who+"/rooms/enter", "application/json", strings.NewReader(`{"token":"`+token+`"}`))
				if err == nil {
					resp.Body.Close()
				}
			}
		})
	}
	all.Wait()
	room := g.room("lin", id)
	seen := map[string]bool{}
	for _, m := range room["members"].([]any) {
		who := m.(map[string]any)["id"].(string)
		if seen[who] {
			t.Fatalf("%s stands twice", who)
		}
		seen[who] = true
	}
	if room["count"] != 20.0 || len(seen) != 20 {
		t.Fatalf("%v members, want 20", room["count"])
	}
}

// Whatever is done to a group, what its members read agrees with who is in it.
func TestGroupProperty(t *testing.T) {
	g := newRig(t, &Server{})
	ids := crowd(t, g.s, 5)
	rapid.Check(t, func(rt *rapid.T) {
		id := must(g.s.NewRoom("p1", "", "p2"))(t)
		in := map[string]bool{"p1": true, "p2": true}
		owner := "p1"
		got := map[string]int{}
		for _, who := range ids {
			got[who] = 0
		}
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			who, other := rapid.SampledFrom(ids).Draw(rt, "who"), rapid.SampledFrom(ids).Draw(rt, "other")
			g.s.mu.Lock()
			r := g.s.world.social.rooms[id]
			switch rapid.IntRange(0, 3).Draw(rt, "step") {
			case 0:
				if in[who] && !r.Dissolved && who != other {
					if err := g.s.admit(r, []string{other}, joinInvited, who, ""); err != nil {
						rt.Fatal(err)
					}
					in[other] = true
				}
			case 1:
				if in[who] && !r.Dissolved {
					g.s.dismissMember(r, who, "")
					delete(in, who)
					got[who] = 0
				}
			case 2:
				if in[who] && who == owner && in[other] && other != owner && !r.Dissolved {
					g.s.dismissMember(r, other, who)
					delete(in, other)
				}
			case 3:
				_, err := g.s.speak(who, id, content{Type: "text", Text: "x"})
				if (err == nil) != (in[who] && !r.Dissolved) {
					rt.Fatalf("%s speaks: %v, member %v", who, err, in[who])
				}
				if err == nil {
					for m := range in {
						got[m]++
					}
				}
			}
			if len(r.Members) != len(in) || r.Dissolved != (len(in) == 0) {
				rt.Fatalf("%d members, want %d; dissolved %v", len(r.Members), len(in), r.Dissolved)
			}
			if len(in) > 0 && !in[r.Owner] {
				rt.Fatalf("owner %s is not in the group", r.Owner)
			}
			owner = r.Owner
			for _, m := range ids {
				n := 0
				if c := g.s.world.chats[m+"|grp-"+id]; c != nil {
					for _, x := range c.msgs {
						if x.Type == "text" {
							n++
						}
					}
				}
				if n != got[m] {
					rt.Fatalf("%s has %d texts, want %d", m, n, got[m])
				}
			}
			g.s.mu.Unlock()
		}
		if len(in) > 0 {
			g.s.mu.Lock()
			g.s.dissolve(g.s.world.social.rooms[id])
			g.s.mu.Unlock()
		}
	})
}
