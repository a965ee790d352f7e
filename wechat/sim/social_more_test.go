package sim

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestPicturesAreSent(t *testing.T) {
	g := newRig(t, &Server{})
	crowd(t, g.s, 1)
	room := must(g.s.NewRoom("lin", "图", "zhou", "p1"))(t)
	address := g.post("/_sim/people/lin/pictures", map[string]any{"data_url": onePixel})["url"].(string)
	for _, chat := range []string{"per-zhou", "grp-" + room} {
		if m := g.post("/_sim/people/lin/chats/"+chat+"/messages", map[string]any{"image_url": address}); m["type"] != "image" || m["image_url"] != address || m["mine"] != true {
			t.Fatalf("%s: %v", chat, m)
		}
	}
	for who, chat := range map[string]string{"zhou": "per-lin", "p1": "grp-" + room} {
		if line := g.lastLine(who, chat); line["image_url"] != address || line["mine"] != false {
			t.Errorf("%s reads %v", who, line)
		}
	}
	if row := g.get("/_sim/people/p1/home")["chats"].([]any)[0].(map[string]any); row["last"].(map[string]any)["text"] != "林小满：[图片]" {
		t.Errorf("p1's row: %v", row)
	}
	resp := must(http.Get(g.s.URL() + address))(t)
	defer resp.Body.Close()
	if data, _ := io.ReadAll(resp.Body); resp.Header.Get("Content-Type") != "image/png" || len(data) < 50 {
		t.Errorf("the picture is %d bytes of %s", len(data), resp.Header.Get("Content-Type"))
	}
	g.refused("POST", "/_sim/people/lin/chats/per-zhou/messages", map[string]any{"image_url": "/_sim/media/no"}, "message.picture")
	g.refused("POST", "/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"image_url": address}, "message.picture")
	g.refused("POST", "/_sim/people/lin/pictures", map[string]any{"data_url": "data:text/plain;base64,eA=="}, "media.type")
	g.refused("POST", "/_sim/people/lin/pictures", map[string]any{"data_url": "data:image/png;base64,%%"}, "media.type")
}

func TestAlbumOfAFriend(t *testing.T) {
	g := newRig(t, &Server{})
	crowd(t, g.s, 1)
	picture := g.post("/_sim/people/lin/pictures", map[string]any{"data_url": onePixel})["url"].(string)
	g.post("/_sim/people/lin/moments", map[string]any{"text": "一", "pictures": []string{picture, picture}})
	g.post("/_sim/people/lin/moments", map[string]any{"text": "二", "pictures": []string{picture}, "see": "some", "who": []string{"zhou"}})
	g.post("/_sim/people/lin/moments/settings", map[string]any{"cover": picture})
	for who, want := range map[string]int{"zhou": 3, "p1": 2} {
		if friend := g.get("/_sim/people/" + who + "/friends/lin"); len(friend["pictures"].([]any)) != want {
			t.Errorf("%s sees %v in the profile", who, friend["pictures"])
		}
		album := g.get("/_sim/people/" + who + "/albums/lin")
		if len(album["posts"].([]any)) != want-1 || album["cover"] != picture || album["friend"] != true {
			t.Errorf("%s: %v", who, album)
		}
	}
	g.call("DELETE", "/_sim/people/lin/friends/p1", nil)
	if album := g.get("/_sim/people/p1/albums/lin"); len(album["posts"].([]any)) != 0 || album["friend"] != false {
		t.Errorf("a deleted friend's view: %v", album)
	}
	if own := g.get("/_sim/people/lin/albums/lin"); len(own["posts"].([]any)) != 2 {
		t.Errorf("the own album: %v", own)
	}
	g.refused("POST", "/_sim/people/lin/moments/settings", map[string]any{"cover": "/_sim/media/no"}, "moment.cover")
	g.refused("GET", "/_sim/people/lin/albums/nobody", nil, "missing")
}

func TestGroupPicturesAreDrawn(t *testing.T) {
	g := newRig(t, &Server{})
	ids := crowd(t, g.s, 12)
	for _, n := range []int{1, 2, 3, 4, 5, 8, 11} {
		id := must(g.s.NewRoom("lin", "", ids[:n]...))(t)
		address := g.room("lin", id)["avatar"].(string)
		resp := must(http.Get(g.s.URL() + address))(t)
		data, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "image/svg+xml") {
			t.Fatalf("%d members: %d %v", n+1, resp.StatusCode, err)
		}
		if faces := strings.Count(string(data), "<svg x="); faces != min(9, n+1) {
			t.Errorf("%d members: %d faces", n+1, faces)
		}
		for dec := xml.NewDecoder(strings.NewReader(string(data))); ; {
			if _, err := dec.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%d members: %v in %s", n+1, err, data)
			}
		}
	}
}

func TestSocialSettings(t *testing.T) {
	g := newRig(t, &Server{})
	if got := g.s.Social(); got != defaultSocial {
		t.Fatalf("defaults: %+v", got)
	}
	out := g.post("/_sim/social", map[string]any{"room_max": 30})
	if out["room_max"] != 30.0 || out["join_way_full"] != 200.0 {
		t.Fatalf("after one change: %v", out)
	}
	if out := g.post("/_sim/social", map[string]any{"strangers": true}); out["room_max"] != 30.0 || out["strangers"] != true {
		t.Fatalf("a second change forgot the first: %v", out)
	}
	if out := g.post("/_sim/social", map[string]any{"room_max": 0}); out["room_max"] != 500.0 {
		t.Fatalf("0 is the default: %v", out)
	}
	g.refused("POST", "/_sim/social", map[string]any{"room_max": 2001}, "social.settings")
	g.refused("POST", "/_sim/social", map[string]any{"room_max": -1}, "social.settings")
	g.refused("POST", "/_sim/social", map[string]any{"shoes": 1}, "body.json")
}

// What a group is told is kept once, however many members it has.
func TestAGroupsWordsAreKeptOnce(t *testing.T) {
	g := newRig(t, &Server{})
	ids := crowd(t, g.s, 30)
	id := must(g.s.NewRoom("lin", "大", ids...))(t)
	count := func() int {
		g.s.mu.Lock()
		defer g.s.mu.Unlock()
		return len(g.s.world.letters)
	}
	before := count()
	for i := range 10 {
		g.post("/_sim/people/p1/chats/grp-"+id+"/messages", map[string]any{"text": fmt.Sprint(i)})
	}
	if grown := count() - before; grown != 10 {
		t.Fatalf("10 messages to 31 members are %d letters", grown)
	}
	for _, who := range append(ids, "lin") {
		g.post("/_sim/people/"+who+"/rooms/"+id+"/quit", map[string]any{})
	}
	if left := count(); left > before {
		t.Fatalf("%d letters stay of a group nobody is in", left)
	}
}

func TestWorkTasksOnThePhone(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.customers("an", "lin", "zhou")
	msg, _ := g.template(map[string]any{"sender": "an", "attachments": []any{map[string]any{"msgtype": "link", "link": map[string]any{"title": "买", "url": "http://127.0.0.1/buy"}}}})
	moment := g.moment(map[string]any{"text": map[string]any{"content": "新茶"}, "visible_range": map[string]any{"sender_list": map[string]any{"user_list": []string{"an"}}}})
	list := g.get("/_sim/people/an@ww0001/work-tasks")
	tasks := rows(list, "tasks")
	if list["waiting"] != 2.0 || len(tasks) != 2 {
		t.Fatalf("tasks: %v", list)
	}
	for _, task := range tasks {
		if task["state"] != "waiting" || len(task["targets"].([]any)) != 2 {
			t.Errorf("task: %v", task)
		}
		if task["kind"] == "message" && (task["id"] != msg || len(task["cards"].([]any)) != 2) || task["kind"] == "moment" && task["id"] != moment {
			t.Errorf("task: %v", task)
		}
	}
	g.post("/_sim/people/an@ww0001/group-messages/"+msg+"/send", map[string]any{})
	g.post("/_sim/people/an@ww0001/moment-tasks/"+moment+"/publish", map[string]any{})
	if list := g.get("/_sim/people/an@ww0001/work-tasks"); list["waiting"] != 0.0 {
		t.Fatalf("after all is done: %v", list)
	}
	people := g.get("/_sim/people/an@ww0001/work-customers")
	if names(people["customers"]) != "lin zhou" || names(people["colleagues"]) != "bo@ww0001" {
		t.Fatalf("whom an may bring: %v", people)
	}
	made := g.post("/_sim/people/an@ww0001/rooms", map[string]any{"name": "客户群", "people": []string{"lin", "bo@ww0001"}})
	if made["company"] != "熟客" || made["count"] != 3.0 {
		t.Fatalf("the group: %v", made)
	}
	g.refused("GET", "/_sim/people/lin/work-tasks", nil, "missing")
	g.refused("POST", "/_sim/people/an@ww0001/group-messages/no/send", map[string]any{}, "missing")
	g.refused("POST", "/_sim/people/an@ww0001/moment-tasks/no/publish", map[string]any{}, "missing")
	g.refused("POST", "/_sim/people/an@ww0001/rooms", map[string]any{"people": []string{"qiu"}}, "room.friend")
}

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "YXQgMQ", "YXQgLTE", "x", "YXQg", makeCursor(500)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseCursor(text)
		if err != nil {
			return
		}
		if n < 0 {
			t.Fatalf("%q is place %d", text, n)
		}
		if again, err := parseCursor(makeCursor(n)); err != nil || again != n {
			t.Fatalf("%d comes back as %d, %v", n, again, err)
		}
	})
}

func FuzzTaggedLink(f *testing.F) {
	for _, seed := range []string{"http://a.cn/p?x=1#/y", "http://a.cn?from=timeline", "http://a.cn/#?from=groupmessage", "http://a.cn/?&&isappinstalled=0", "?", "#"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, link string) {
		once := taggedLink(link, fromGroup)
		if twice := taggedLink(once, fromGroup); twice != once {
			t.Fatalf("%q: %q, then %q", link, once, twice)
		}
		if back := taggedLink(taggedLink(link, fromTimeline), fromGroup); back != once {
			t.Fatalf("%q: %q by way of Moments", link, back)
		}
		before, err := url.Parse(link)
		if err != nil {
			return
		}
		after, err := url.Parse(once)
		if err != nil || after.Host != before.Host || after.Path != before.Path || after.EscapedFragment() != before.EscapedFragment() {
			t.Fatalf("%q became %q: %v", link, once, err)
		}
		if _, err := url.ParseQuery(before.RawQuery); err == nil && after.Query().Get("isappinstalled") != "0" {
			t.Fatalf("%q lacks its mark", once)
		}
	})
}
