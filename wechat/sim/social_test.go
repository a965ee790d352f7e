package sim

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// crowd adds people p1 … pn to a rig.
func crowd(t testing.TB, s *Server, n int) []string {
	t.Helper()
	ids := []string{}
	for i := range n {
		id := "p" + itoa(int64(i+1))
		must(s.AddPerson(Person{ID: id, Name: "人" + itoa(int64(i+1))}))(t)
		ids = append(ids, id)
	}
	return ids
}

// lastLine is the newest message of a chat, as the phone shows it.
func (g *rig) lastLine(who, chatID string) map[string]any {
	g.t.Helper()
	list := g.get("/_sim/people/" + who + "/chats/" + chatID + "/messages")["messages"].([]any)
	if len(list) == 0 {
		g.t.Fatalf("%s has nothing in %s", who, chatID)
	}
	return list[len(list)-1].(map[string]any)
}

func (g *rig) refused(method, path string, body any, code string) {
	g.t.Helper()
	status, out := g.call(method, path, body)
	if status < 400 || status > 499 || out["code"] != code {
		g.t.Fatalf("%s %s: %d %v, want %s", method, path, status, out, code)
	}
}

func names(list any) string {
	found := []string{}
	for _, x := range list.([]any) {
		found = append(found, x.(map[string]any)["id"].(string))
	}
	return strings.Join(found, " ")
}

func TestStrangersBecomeFriends(t *testing.T) {
	g := newRig(t, &Server{})
	g.post("/_sim/social", map[string]any{"strangers": true})
	if list := names(g.get("/_sim/people/lin/contacts")["people"]); list != "" {
		t.Fatalf("strangers know each other: %s", list)
	}
	g.post("/_sim/people/lin/chats/per-zhou/messages", map[string]any{"text": "在吗"})
	if line := g.lastLine("lin", "per-zhou"); line["type"] != "system" || !strings.Contains(line["text"].(string), "开启了朋友验证") {
		t.Fatalf("a stranger's message: %v", line)
	}
	if home := g.get("/_sim/people/zhou/home"); home["unread"] != 0.0 {
		t.Fatalf("the stranger's message came through: %v", home)
	}
	if out := g.post("/_sim/people/lin/friends/requests", map[string]any{"to": "zhou", "hello": "我是隔壁小林", "remark": "老周", "hide_mine": true}); out["state"] != "waiting" {
		t.Fatalf("request: %v", out)
	}
	if out := g.get("/_sim/people/zhou/contacts"); out["new_friends"] != 1.0 {
		t.Fatalf("no red mark: %v", out)
	}
	g.post("/_sim/people/zhou/friends/requests/seen", nil)
	if out := g.get("/_sim/people/zhou/contacts"); out["new_friends"] != 0.0 {
		t.Fatalf("the red mark stays: %v", out)
	}
	g.post("/_sim/people/zhou/friends/requests/lin/accept", map[string]any{"remark": "隔壁"})
	if line := g.lastLine("lin", "per-zhou"); line["text"] != "我通过了你的朋友验证请求，现在我们可以开始聊天了" || line["from"].(map[string]any)["name"] != "老周" {
		t.Fatalf("lin reads %v", line)
	}
	if line := g.lastLine("zhou", "per-lin"); line["text"] != "你已添加了隔壁，现在可以开始聊天了。" {
		t.Fatalf("zhou reads %v", line)
	}
	if chat := g.get("/_sim/people/zhou/home")["chats"].([]any)[0].(map[string]any); chat["title"] != "隔壁" {
		t.Fatalf("the remark is no title: %v", chat)
	}
	friend := g.get("/_sim/people/lin/friends/zhou")
	if friend["friend"] != true || friend["hide_mine"] != true {
		t.Fatalf("lin's tie: %v", friend)
	}
}

func TestDeletedAndBlocked(t *testing.T) {
	g := newRig(t, &Server{})
	g.post("/_sim/people/lin/chats/per-zhou/messages", map[string]any{"text": "一"})
	g.call("DELETE", "/_sim/people/lin/friends/zhou", nil)
	if rows := g.get("/_sim/people/lin/home")["chats"].([]any); len(rows) != 0 {
		t.Fatalf("the chat of a deleted friend stays: %v", rows)
	}
	if list := names(g.get("/_sim/people/zhou/contacts")["people"]); list != "lin" {
		t.Fatalf("the other side lost the contact too: %s", list)
	}
	g.post("/_sim/people/zhou/chats/per-lin/messages", map[string]any{"text": "二"})
	if line := g.lastLine("zhou", "per-lin"); line["type"] != "system" {
		t.Fatalf("a deleted friend's message passed: %v", line)
	}
	if out := g.post("/_sim/people/lin/friends/requests", map[string]any{"to": "zhou"}); out["state"] != "friend" {
		t.Fatalf("who is still in the other's contacts needs no word: %v", out)
	}
	g.post("/_sim/people/lin/friends/zhou", map[string]any{"blocked": true, "tags": []string{"同事", "同事", " "}})
	g.post("/_sim/people/zhou/chats/per-lin/messages", map[string]any{"text": "三"})
	if line := g.lastLine("zhou", "per-lin"); line["text"] != "消息已发出，但被对方拒收了。" {
		t.Fatalf("a blocked one's message: %v", line)
	}
	tags := g.get("/_sim/people/lin/friend-tags")["tags"].([]any)
	if len(tags) != 1 || tags[0].(map[string]any)["name"] != "同事" {
		t.Fatalf("tags: %v", tags)
	}
	g.call("DELETE", "/_sim/people/zhou/friends/lin", nil)
	g.refused("POST", "/_sim/people/zhou/friends/requests", map[string]any{"to": "lin"}, "friend.refused")
	g.refused("POST", "/_sim/people/lin/friends/zhou", map[string]any{"remark": strings.Repeat("长", 33)}, "friend.text")
	g.refused("POST", "/_sim/people/lin/friends/lin", map[string]any{"remark": "我"}, "missing")
}

func TestRequestsExpire(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	g.post("/_sim/social", map[string]any{"strangers": true})
	g.post("/_sim/people/lin/friends/requests", map[string]any{"to": "zhou"})
	g.s.Clock.Advance(askLife + time.Second)
	g.refused("POST", "/_sim/people/zhou/friends/requests/lin/accept", map[string]any{}, "friend.expired")
	list := g.get("/_sim/people/lin/friends/requests")["requests"].([]any)
	if x := list[0].(map[string]any); x["state"] != "expired" || x["mine"] != true || x["hello"] != "我是林小满" {
		t.Fatalf("the asker sees %v", x)
	}
}

func TestSharedLinksSayWhere(t *testing.T) {
	for _, x := range []struct{ link, from, want string }{
		{"http://a.cn/p", fromSingle, "http://a.cn/p?from=singlemessage&isappinstalled=0"},
		{"http://a.cn/p?x=1#/go", fromGroup, "http://a.cn/p?x=1&from=groupmessage&isappinstalled=0#/go"},
		{"http://a.cn/p?from=singlemessage&isappinstalled=0&x=1", fromTimeline, "http://a.cn/p?x=1&from=timeline&isappinstalled=0"},
		{"http://a.cn/p?from=paris&x=%2F", fromGroup, "http://a.cn/p?from=paris&x=%2F&from=groupmessage&isappinstalled=0"},
		{"http://a.cn/?#", fromSingle, "http://a.cn/?from=singlemessage&isappinstalled=0"},
	} {
		if got := taggedLink(x.link, x.from); got != x.want {
			t.Errorf("%s from %s: %s, want %s", x.link, x.from, got, x.want)
		}
		if twice := taggedLink(taggedLink(x.link, x.from), x.from); twice != x.want {
			t.Errorf("%s marked twice: %s", x.link, twice)
		}
	}
}

func TestShareToSeveral(t *testing.T) {
	g := newRig(t, &Server{})
	crowd(t, g.s, 2)
	room := must(g.s.NewRoom("lin", "拼单群", "zhou", "p1"))(t)
	card := map[string]any{"title": "龙井", "description": "明前", "url": g.open("lin", g.dev.URL+"/goods/1"), "pic_url": ""}
	g.post("/_sim/people/lin/share", map[string]any{"card": card, "chats": []string{"per-p2", "grp-" + room}, "words": "快来"})
	if m := g.get("/_sim/people/p1/chats/grp-" + room + "/messages")["messages"].([]any); m[1].(map[string]any)["url"] != g.dev.URL+"/goods/1?from=groupmessage&isappinstalled=0" || m[2].(map[string]any)["text"] != "快来" {
		t.Fatalf("the group got %v", m)
	}
	if m := g.get("/_sim/people/p2/chats/per-lin/messages")["messages"].([]any); m[0].(map[string]any)["url"] != g.dev.URL+"/goods/1?from=singlemessage&isappinstalled=0" {
		t.Fatalf("the friend got %v", m)
	}
	post := g.post("/_sim/people/lin/moments", map[string]any{"text": "好茶", "link": map[string]any{"title": "龙井", "url": g.open("lin", g.dev.URL+"/goods/1")}})
	if link := post["link"].(map[string]any); link["url"] != g.dev.URL+"/goods/1?from=timeline&isappinstalled=0" {
		t.Fatalf("Moments got %v", link)
	}
	kept := g.post("/_sim/people/lin/favourites", card)
	if list := g.get("/_sim/people/lin/favourites")["favourites"].([]any); len(list) != 1 || list[0].(map[string]any)["url"] != g.dev.URL+"/goods/1" {
		t.Fatalf("favourites %v", list)
	}
	g.refused("DELETE", "/_sim/people/zhou/favourites/"+kept["id"].(string), nil, "missing")
	g.call("DELETE", "/_sim/people/lin/favourites/"+kept["id"].(string), nil)
	g.refused("POST", "/_sim/people/p2/share", map[string]any{"card": card, "chats": []string{"grp-" + room}}, "missing")
	g.refused("POST", "/_sim/people/lin/share", map[string]any{"card": card, "chats": []string{"svc-pay"}}, "share.chat")
	g.refused("POST", "/_sim/people/lin/share", map[string]any{"card": card, "chats": []string{}}, "share.chats")
	g.refused("POST", "/_sim/people/lin/share", map[string]any{"card": map[string]any{"title": "x", "url": "ftp://x"}, "chats": []string{"per-zhou"}}, "share.card")
}

// Everything of the social part comes back after a kill.
func TestSocialComesBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world")
	g := newRig(t, &Server{DataFile: file})
	crowd(t, g.s, 1)
	room := must(g.s.NewRoom("lin", "群", "zhou", "p1"))(t)
	g.post("/_sim/people/zhou/chats/grp-"+room+"/messages", map[string]any{"text": "@林小满 在吗", "at": []string{"lin"}})
	g.post("/_sim/people/lin/chats/per-p1/messages", map[string]any{"text": "要忘掉的"})
	g.call("DELETE", "/_sim/people/lin/friends/p1", nil)
	picture := g.post("/_sim/people/lin/pictures", map[string]any{"data_url": onePixel})["url"].(string)
	post := must(g.s.Publish("lin", Post{Text: "早", Pictures: []string{picture}, See: SeeSome, Who: []string{"zhou"}}))(t)
	must(g.s.Comment("zhou", post, "", "早呀"))(t)
	g.post("/_sim/people/lin/friends/requests", map[string]any{"to": "p1"})
	paths := []string{"/_sim/people/lin/home", "/_sim/people/zhou/moments", "/_sim/people/lin/moments", "/_sim/people/lin/contacts", "/_sim/people/lin/moments/mark",
		"/_sim/people/zhou/rooms/" + room, "/_sim/people/lin/chats/grp-" + room + "/messages", "/_sim/people/p1/home", "/_sim/people/lin/rooms/" + room + "/qr"}
	before := map[string]string{}
	for _, path := range paths {
		before[path] = mustJSON(t, g.get(path))
	}
	g.s.durable()
	g.s.stop()
	g.s.journal.lock.Close() // as the system does for a dead process
	again := start(t, &Server{DataFile: file})
	g.s = again
	for _, path := range paths {
		if now := mustJSON(t, g.get(path)); now != before[path] {
			t.Errorf("%s before\n%s\nnow\n%s", path, before[path], now)
		}
	}
}
