package sim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// quiet is a world without a socket for property tests.
func quiet(t testing.TB, people ...string) *Server {
	t.Helper()
	s := &Server{}
	if err := s.init(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for _, id := range people {
		must(s.AddPerson(Person{ID: id, Name: id}))(t)
	}
	return s
}

// texts counts the texts of a chat, and its grey lines.
func (s *Server) texts(who, chatID string) (texts, lines int) {
	c := s.world.chats[who+"|"+chatID]
	if c == nil {
		return 0, 0
	}
	for _, m := range c.msgs {
		if m.Type == "system" {
			lines++
		} else {
			texts++
		}
	}
	return texts, lines
}

// A message passes exactly when the reader has the writer and has not blocked them; the writer always keeps a copy.
func TestFriendshipProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := quiet(t, "a", "b", "c")
		strangers := rapid.Bool().Draw(rt, "strangers")
		if err := s.SetSocial(SocialSettings{Strangers: strangers}); err != nil {
			rt.Fatal(err)
		}
		has, blocked, asked := map[string]bool{}, map[string]bool{}, map[string]bool{}
		people := []string{"a", "b", "c"}
		for _, x := range people {
			for _, y := range people {
				has[x+y] = x != y && !strangers
			}
		}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			x, y := rapid.SampledFrom(people).Draw(rt, "x"), rapid.SampledFrom(people).Draw(rt, "y")
			if x == y {
				continue
			}
			call := func(method, path, body string) int {
				r := httptest.NewRequest(method, "/_sim/people/"+x+path, strings.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				r.Host = "127.0.0.1"
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				return w.Code
			}
			switch rapid.IntRange(0, 4).Draw(rt, "step") {
			case 0:
				status := call("POST", "/friends/requests", `{"to":"`+y+`"}`)
				if (status == 409) != blocked[y+x] {
					rt.Fatalf("%s asks %s: %d, blocked %v", x, y, status, blocked[y+x])
				}
				if status == 200 && has[y+x] {
					has[x+y] = true
				} else if status == 200 {
					asked[y+x] = true
				}
			case 1:
				status := call("POST", "/friends/requests/"+y+"/accept", `{}`)
				if (status == 200) != asked[x+y] && status != 404 {
					rt.Fatalf("%s accepts %s: %d", x, y, status)
				}
				s.mu.Lock()
				ask := s.world.social.requests[x+"|"+y]
				s.mu.Unlock()
				if (ask != nil) != asked[x+y] {
					rt.Fatalf("request of %s to %s: %v, want %v", y, x, ask, asked[x+y])
				}
				if status == 200 && !has[x+y] && !has[y+x] {
					has[x+y], has[y+x] = true, true
				}
			case 2:
				if status := call("DELETE", "/friends/"+y, ""); status != 204 {
					rt.Fatalf("%s deletes %s: %d", x, y, status)
				}
				has[x+y] = false
			case 3:
				on := rapid.Bool().Draw(rt, "on")
				if status := call("POST", "/friends/"+y, fmt.Sprintf(`{"blocked":%v}`, on)); status != 200 {
					rt.Fatalf("%s blocks %s: %d", x, y, status)
				}
				blocked[x+y] = on
			case 4:
				mine, grey := s.texts(x, "per-"+y)
				theirs, _ := s.texts(y, "per-"+x)
				if status := call("POST", "/chats/per-"+y+"/messages", `{"text":"hm"}`); status != 200 {
					rt.Fatalf("%s writes %s: %d", x, y, status)
				}
				passes := 0
				if has[y+x] && !blocked[y+x] {
					passes = 1
				}
				mineNow, greyNow := s.texts(x, "per-"+y)
				theirsNow, _ := s.texts(y, "per-"+x)
				if mineNow != mine+1 || theirsNow != theirs+passes || greyNow != grey+1-passes {
					rt.Fatalf("%s writes %s (has %v, blocked %v): own %d→%d, theirs %d→%d, grey %d→%d", x, y, has[y+x], blocked[y+x], mine, mineNow, theirs, theirsNow, grey, greyNow)
				}
			}
			s.mu.Lock()
			for _, p := range people {
				for _, q := range people {
					if p != q && s.has(p, q) != has[p+q] {
						if asked[p+q] || asked[q+p] { // accepting makes both sides friends again
							has[p+q] = s.has(p, q)
							continue
						}
						s.mu.Unlock()
						rt.Fatalf("%s has %s: %v, want %v", p, q, s.has(p, q), has[p+q])
					}
				}
			}
			s.mu.Unlock()
		}
	})
}

// Whom a like or a comment is told to: the author, the one answered, and who spoke there and is a friend of the speaker.
func TestMomentNoticesProperty(t *testing.T) {
	people := []string{"a", "b", "c", "d"}
	rapid.Check(t, func(rt *rapid.T) {
		s := quiet(t, people...)
		if err := s.SetSocial(SocialSettings{Strangers: true}); err != nil {
			rt.Fatal(err)
		}
		know := map[string]bool{}
		for i, x := range people {
			for _, y := range people[i+1:] {
				if x == "a" || rapid.Bool().Draw(rt, x+y) { // everybody knows the author
					know[x+y], know[y+x] = true, true
					if err := s.Befriend(x, y); err != nil {
						rt.Fatal(err)
					}
				}
			}
		}
		id, err := s.Publish("a", Post{Text: "x"})
		if err != nil {
			rt.Fatal(err)
		}
		spoke := []string{}
		want := map[string]int{}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			who := rapid.SampledFrom(people).Draw(rt, "who")
			if _, err := s.Comment(who, id, "", "y"); err != nil {
				rt.Fatal(err)
			}
			told := map[string]bool{"a": true}
			for _, other := range spoke {
				told[other] = told[other] || other == "a" || who == "a" || know[who+other]
			}
			for other := range told {
				if told[other] && other != who {
					want[other]++
				}
			}
			spoke = append(spoke, who)
		}
		for _, who := range people {
			got := 0
			if f := s.world.social.profiles[who]; f != nil {
				got = len(f.Notices)
			}
			if got != want[who] {
				rt.Fatalf("%s was told %d times, want %d; spoke %v", who, got, want[who], spoke)
			}
		}
	})
}

// The statistics of customer groups agree with counting by hand, over any days.
func TestGroupStatisticsProperty(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	start := time.Date(2027, 5, 1, 9, 0, 0, 0, shanghai)
	s.Clock.Set(start)
	g.customers("an", "lin", "zhou", "qiu")
	type deed struct {
		day       int
		room, who string
		text      bool
	}
	var deeds []deed
	rooms := map[string]int{} // room → day it was made
	members := map[string]map[string]int{}
	for day := range 4 {
		if day < 2 {
			_, id := g.customerRoom("an", "群")
			rooms[id], members[id] = day, map[string]int{"an@ww0001": day}
		}
		for i, who := range []string{"lin", "zhou", "qiu"} {
			for id := range rooms {
				r := s.world.social.rooms[id]
				if (i+day)%2 == 0 && members[id][who] == 0 && r.member(who) == nil {
					g.post("/_sim/people/an@ww0001/rooms/"+id+"/members", map[string]any{"people": []string{who}})
					members[id][who] = day
					deeds = append(deeds, deed{day, id, who, false})
				}
				if r.member(who) != nil && i != day {
					g.post("/_sim/people/"+who+"/chats/grp-"+id+"/messages", map[string]any{"text": "x"})
					deeds = append(deeds, deed{day, id, who, true})
				}
			}
		}
		s.Clock.Advance(24 * time.Hour)
	}
	for first := range 4 {
		for last := first; last < 4; last++ {
			var want groupStat
			spoke, talk := map[string]bool{}, map[string]bool{}
			for _, made := range rooms {
				if made <= last {
					want.Chats++
					want.Members++ // the owner
				}
				if made >= first && made <= last {
					want.NewChats++
					want.NewMembers++
				}
			}
			for _, d := range deeds {
				switch {
				case d.day > last:
				case d.text:
					want.Messages++
					spoke[d.room+d.who], talk[d.room] = true, true
				default:
					want.Members++
					if d.day >= first {
						want.NewMembers++
					}
				}
			}
			want.ChatsSaid, want.MembersSaid = len(talk), len(spoke)
			at := func(day int) int64 { return midnight(start).AddDate(0, 0, day).Unix() }
			out := g.good("externalcontact/groupchat/statistic", map[string]any{"day_begin_time": at(first), "day_end_time": at(last), "owner_filter": map[string]any{"userid_list": []string{"an"}}})
			if got := mustJSON(t, rows(out, "items")[0]["data"]); got != sorted(t, want) {
				t.Errorf("days %d to %d: %s, want %s", first, last, got, sorted(t, want))
			}
		}
	}
}

// Every customer is given to exactly one member who has them, the one who spoke last; the others fail.
func TestGroupMessageChooserProperty(t *testing.T) {
	g := newWorkRig(t, &Server{})
	ids := crowd(t, g.s, 5)
	rapid.Check(t, func(rt *rapid.T) {
		for _, who := range ids {
			if userID := rapid.SampledFrom([]string{"an", "bo", ""}).Draw(rt, "adds "+who); userID != "" {
				if _, err := g.s.AddCustomer("ww0001", userID, who); err != nil {
					rt.Fatal(err)
				}
			}
			if userID := rapid.SampledFrom([]string{"an", "bo", ""}).Draw(rt, "writes "+who); userID != "" {
				g.call("POST", "/_sim/people/"+who+"/chats/stf-"+userID+"@ww0001/messages", map[string]any{"text": "hm"})
			}
		}
		external := []string{}
		for _, who := range ids {
			external = append(external, g.external(who))
		}
		out := g.work("externalcontact/add_msg_template", map[string]any{"external_userid": external, "text": map[string]any{"content": "x"}})
		if out["errcode"] == 41048.0 {
			return // nobody has anybody yet
		}
		failed := map[string]bool{}
		for _, id := range out["fail_list"].([]any) {
			failed[id.(string)] = true
		}
		given := map[string][]string{}
		g.s.mu.Lock()
		defer g.s.mu.Unlock()
		for _, task := range g.s.world.social.messages[out["msgid"].(string)].Tasks {
			for _, x := range task.Targets {
				given[x.Who] = append(given[x.Who], task.UserID)
			}
		}
		for i, who := range ids {
			has := []string{}
			for _, userID := range []string{"an", "bo"} {
				if tie := g.s.tie("ww0001", userID, who); tie != nil && tie.held(false) {
					has = append(has, userID)
				}
			}
			switch {
			case len(has) == 0 && !failed[external[i]], len(has) > 0 && failed[external[i]]:
				rt.Fatalf("%s is held by %v, failed %v", who, has, failed[external[i]])
			case len(has) > 0 && (len(given[who]) != 1 || !slices.Contains(has, given[who][0])):
				rt.Fatalf("%s is held by %v and given to %v", who, has, given[who])
			}
		}
	})
}

// Every list that has a cursor gives every entry once, whatever the size of its pages.
func TestWorkCursors(t *testing.T) {
	g := newWorkRig(t, &Server{})
	ids := crowd(t, g.s, 7)
	g.customers("an", ids...)
	msg, moment := "", ""
	for i := range 7 {
		g.customerRoom("an", fmt.Sprint("群", i))
		msg, _ = g.template(map[string]any{"sender": "an"})
		moment = g.moment(map[string]any{"text": map[string]any{"content": fmt.Sprint(i)}})
	}
	must(g.s.PublishMoment("ww0001", "an", moment))(t)
	now := time.Now().Unix()
	for _, x := range []struct {
		path, list, key string
		body            map[string]any
		want            int
	}{
		{"groupchat/list", "group_chat_list", "chat_id", map[string]any{}, 7},
		{"get_groupmsg_list_v2", "group_msg_list", "msgid", map[string]any{"chat_type": "single", "start_time": now - 60, "end_time": now + 60}, 7},
		{"get_groupmsg_task", "task_list", "userid", map[string]any{"msgid": msg}, 1},
		{"get_groupmsg_send_result", "send_list", "external_userid", map[string]any{"msgid": msg, "userid": "an"}, 7},
		{"get_moment_list", "moment_list", "moment_id", map[string]any{"start_time": now - 60, "end_time": now + 60}, 7},
		{"get_moment_task", "task_list", "userid", map[string]any{"moment_id": moment}, 2},
		{"get_moment_customer_list", "customer_list", "external_userid", map[string]any{"moment_id": moment, "userid": "an"}, 7},
		{"get_moment_send_result", "customer_list", "external_userid", map[string]any{"moment_id": moment, "userid": "an"}, 7},
	} {
		for _, limit := range []int{1, 2, 3, 7, 20} {
			seen, cursor := map[any]bool{}, ""
			for page := 0; page == 0 || cursor != ""; page++ {
				x.body["limit"], x.body["cursor"] = limit, cursor
				out := g.good("externalcontact/"+x.path, x.body)
				list := rows(out, x.list)
				if len(list) > limit || page > 8 {
					t.Fatalf("%s: a page of %d, limit %d, page %d", x.path, len(list), limit, page)
				}
				for _, row := range list {
					if row[x.key] == nil || seen[row[x.key]] {
						t.Fatalf("%s: %v twice or without %s", x.path, row, x.key)
					}
					seen[row[x.key]] = true
				}
				cursor, _ = out["next_cursor"].(string)
			}
			if len(seen) != x.want {
				t.Errorf("%s by %d: %d entries, want %d", x.path, limit, len(seen), x.want)
			}
		}
	}
}

// Files of the company go into messages, greetings and Moments; those of others and old ones do not.
func TestWorkFiles(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	g.customers("an", "lin")
	keep := func(corpID, kind string) string {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.storeMedia(corpID, kind, "image/png", []byte("\x89PNG\r\n\x1a\n"), s.Clock.Now().Add(mediaLife)).ID
	}
	own, video, file, foreign := keep("ww0001", "image"), keep("ww0001", "video"), keep("ww0001", "file"), keep("ww0002", "image")
	attachments := []any{
		map[string]any{"msgtype": "image", "image": map[string]any{"media_id": own}},
		map[string]any{"msgtype": "miniprogram", "miniprogram": map[string]any{"title": "买茶", "pic_media_id": own, "appid": "wx1", "page": "pages/index"}},
		map[string]any{"msgtype": "video", "video": map[string]any{"media_id": video}},
		map[string]any{"msgtype": "file", "file": map[string]any{"media_id": file}},
	}
	msg, _ := g.template(map[string]any{"sender": "an", "attachments": attachments})
	if err := s.SendGroupMessage("ww0001", "an", msg); err != nil {
		t.Fatal(err)
	}
	kinds := []string{}
	for _, m := range g.get("/_sim/people/lin/chats/stf-an@ww0001/messages")["messages"].([]any) {
		kinds = append(kinds, m.(map[string]any)["type"].(string))
	}
	if got := strings.Join(kinds, " "); got != "system text image miniprogram video link" {
		t.Fatalf("lin got %s", got)
	}
	moment := g.moment(map[string]any{"attachments": []any{attachments[0], attachments[0]}})
	post := must(s.PublishMoment("ww0001", "an", moment))(t)
	if seen := g.get("/_sim/people/lin/moments/" + post); len(seen["pictures"].([]any)) != 2 {
		t.Fatalf("lin sees %v", seen)
	}
	film := g.moment(map[string]any{"attachments": []any{attachments[2]}})
	if seen := g.get("/_sim/people/lin/moments/" + must(s.PublishMoment("ww0001", "an", film))(t)); seen["video"] != "/_sim/media/"+video {
		t.Fatalf("lin sees %v", seen)
	}
	wrong := map[string]any{"attachments": []any{map[string]any{"msgtype": "image", "image": map[string]any{"media_id": foreign}}}, "sender": "an"}
	wantCode(t, g.work("externalcontact/add_msg_template", wrong), 40007)
	wantCode(t, g.work("externalcontact/add_moment_task", map[string]any{"attachments": []any{attachments[0], attachments[2]}}), 40058)
	ten := slices.Repeat([]any{attachments[0]}, 10)
	wantCode(t, g.work("externalcontact/add_moment_task", map[string]any{"attachments": ten}), 40058)
	wantCode(t, g.work("externalcontact/add_msg_template", map[string]any{"attachments": ten, "sender": "an"}), 40058)
	s.Clock.Advance(mediaLife)
	wantCode(t, g.work("externalcontact/add_msg_template", map[string]any{"attachments": attachments[:1], "sender": "an"}), 40007)
}

// Nothing anybody posts to the social part of the control API breaks it.
func FuzzSocialBodies(f *testing.F) {
	g := newRig(f, &Server{})
	room := must(g.s.NewRoom("lin", "群", "zhou"))(f)
	post := must(g.s.Publish("lin", Post{Text: "x"}))(f)
	paths := []string{"rooms", "rooms/" + room, "rooms/" + room + "/members", "rooms/" + room + "/decide", "rooms/enter", "moments", "moments/settings", "moments/" + post + "/like",
		"moments/" + post + "/comments", "friends/requests", "friends/zhou", "friends/requests/zhou/accept", "share", "favourites", "pictures", "chats/grp-" + room + "/messages"}
	for i := range paths {
		for _, body := range []string{`{}`, `null`, `{"people":["zhou","zhou",""]}`, `{"text":"x","see":"some","who":[""],"tags":["a"]}`, `{"name":"\u0000","owner":"nobody","admins":[]}`, `{"to":"lin"}`,
			`{"card":{"title":"x","url":"http://%zz"},"chats":["grp-","per-"]}`, `{"text":"x","at":["all"]}`, `{"token":"","yes":true}`, `{"data_url":"data:,"}`, `{"tags":["x"],"remark":"\ud800"}`} {
			f.Add(uint8(i), body)
		}
	}
	f.Fuzz(func(t *testing.T, at uint8, body string) {
		resp, err := http.Post(g.s.URL()+"/_sim/people/lin/"+paths[int(at)%len(paths)], "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode >= 500 {
			t.Fatalf("%s %s: %d", paths[int(at)%len(paths)], body, resp.StatusCode)
		}
	})
}
