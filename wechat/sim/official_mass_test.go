package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var onePNG = append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 64)...)

// upload sends a file to an API with a multipart form.
func (g *rig) uploadFile(path, name string, data []byte, fields map[string]string) map[string]any {
	g.t.Helper()
	var buf bytes.Buffer
	form := multipart.NewWriter(&buf)
	part := must(form.CreateFormFile("media", name))(g.t)
	part.Write(data)
	for k, v := range fields {
		form.WriteField(k, v)
	}
	form.Close()
	req := must(http.NewRequest("POST", g.s.URL()+path+"&access_token="+g.token(), &buf))(g.t)
	req.Header.Set("Content-Type", form.FormDataContentType())
	return g.do(req)
}

func (g *rig) thumb() string {
	g.t.Helper()
	return g.uploadFile("/cgi-bin/material/add_material?type=image", "a.png", onePNG, nil)["media_id"].(string)
}

// draft makes a draft of articles with these titles.
func (g *rig) draft(titles ...string) string {
	g.t.Helper()
	list := []any{}
	for _, title := range titles {
		list = append(list, map[string]any{"title": title, "content": "<p>正文</p><script>alert(1)</script><img src=\"http://evil.test/x.png\">", "thumb_media_id": g.thumb(), "author": "店主"})
	}
	out := g.api("/cgi-bin/draft/add", map[string]any{"articles": list})
	id, _ := out["media_id"].(string)
	if id == "" {
		g.t.Fatalf("draft: %v", out)
	}
	return id
}

func (g *rig) lastOf(who string) map[string]any {
	g.t.Helper()
	list := g.get("/_sim/people/" + who + "/chats/acc-wx0001/messages")["messages"].([]any)
	if len(list) == 0 {
		return map[string]any{}
	}
	return list[len(list)-1].(map[string]any)
}

func (g *rig) sendAll(extra map[string]any) map[string]any {
	g.t.Helper()
	body := map[string]any{"filter": map[string]any{"is_to_all": true}, "msgtype": "text", "text": map[string]any{"content": "上新了"}}
	for k, v := range extra {
		body[k] = v
	}
	return g.api("/cgi-bin/message/mass/sendall", body)
}

func TestMonthlyMassQuotaOfAServiceAccount(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Set(time.Date(2026, 4, 20, 12, 0, 0, 0, shanghai))
	g.s.Clock.Freeze()
	g.follow("lin")
	for i := range 4 {
		wantCode(t, g.sendAll(nil), 0)
		wantCode(t, g.sendAll(nil), 45028) // once a day
		g.s.Clock.Advance(24 * time.Hour)
		if i < 3 && g.lastOf("lin")["text"] != "上新了" {
			t.Fatalf("message %d did not arrive", i)
		}
	}
	wantCode(t, g.sendAll(nil), 45028) // four a month
	g.s.Clock.Set(time.Date(2026, 4, 30, 23, 59, 0, 0, shanghai))
	wantCode(t, g.sendAll(nil), 45028)
	g.s.Clock.Advance(time.Minute) // the first of May in Shanghai
	wantCode(t, g.sendAll(nil), 0)
}

func TestMassToSomeCountsWhatEachFanGot(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Set(time.Date(2026, 4, 1, 12, 0, 0, 0, shanghai))
	g.s.Clock.Freeze()
	must(g.s.AddPerson(Person{ID: "chen", Name: "陈三"}))(t)
	for _, who := range []string{"lin", "zhou", "chen"} {
		g.follow(who)
	}
	g.post("/_sim/people/chen/accounts/wx0001/refuse", map[string]any{"refuse": true})
	send := func() map[string]any {
		return g.api("/cgi-bin/message/mass/send", map[string]any{"touser": []string{g.openID("lin"), g.openID("zhou"), g.openID("chen")}, "msgtype": "text", "text": map[string]any{"content": "满减"}})
	}
	g.pushed(3)
	for i := range 5 {
		out := send()
		wantCode(t, out, 0)
		if i == 0 {
			if got := g.api("/cgi-bin/message/mass/get", map[string]any{"msg_id": out["msg_id"]}); got["msg_status"] != "SENDING" {
				t.Fatalf("before it is sent: %v", got)
			}
		}
		g.s.Clock.Advance(time.Minute)
		if got := g.api("/cgi-bin/message/mass/get", map[string]any{"msg_id": fmt.Sprintf("%.0f", out["msg_id"])}); got["msg_status"] != "SEND_SUCCESS" {
			t.Fatalf("after: %v", got)
		}
	}
	var events []string
	for _, body := range g.pushed(3 + 5) {
		if strings.Contains(body, "MASSSENDJOBFINISH") {
			events = append(events, body)
		}
	}
	full, over := strings.Join(events, "\n"), 0
	for _, e := range events {
		if strings.Contains(e, "<SentCount>0</SentCount>") && strings.Contains(e, "<ErrorCount>2</ErrorCount>") {
			over++
		}
	}
	if strings.Count(full, "<TotalCount>3</TotalCount>") != 5 || strings.Count(full, "<FilterCount>2</FilterCount>") != 5 || strings.Count(full, "<SentCount>2</SentCount>") != 4 || over != 1 {
		t.Fatalf("counts: %s", full)
	}
}

func TestMassOfASubscriptionAccount(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Set(time.Date(2026, 4, 1, 23, 0, 0, 0, shanghai))
	g.s.Clock.Freeze()
	call := g.of(Account{AppID: "wxsub", Kind: "subscription"})
	send := func() map[string]any {
		return call("/cgi-bin/message/mass/sendall", map[string]any{"filter": map[string]any{"is_to_all": true}, "msgtype": "text", "text": map[string]any{"content": "早报"}})
	}
	wantCode(t, send(), 0)
	wantCode(t, send(), 45028)
	g.s.Clock.Advance(time.Hour)
	call = g.of(Account{AppID: "wxsub"}) // the token may have expired
	wantCode(t, send(), 0)
	wantCode(t, g.of(Account{AppID: "wxt", Test: true})("/cgi-bin/message/mass/sendall", map[string]any{"filter": map[string]any{"is_to_all": true}, "msgtype": "text", "text": map[string]any{"content": "早报"}}), 45028)
}

func TestMassClientIDs(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	id := map[string]any{"clientmsgid": "spring"}
	first := g.sendAll(id)
	wantCode(t, first, 0)
	wantCode(t, g.sendAll(id), 45066)
	g.s.Clock.Advance(2 * time.Minute)
	again := g.sendAll(id)
	wantCode(t, again, 45065)
	if again["msg_id"] != first["msg_id"] {
		t.Fatalf("%v, first %v", again, first)
	}
	wantCode(t, g.sendAll(map[string]any{"clientmsgid": strings.Repeat("x", 65)}), 45067)
}

func TestMassGuardWaitsForTheAdministrator(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Set(time.Date(2026, 4, 1, 8, 0, 0, 0, shanghai))
	g.s.Clock.Freeze()
	g.follow("lin")
	yes := true
	must(g.s.SetOfficial("wx0001", OfficialSettings{MassGuard: &yes}))(t)
	out := g.sendAll(nil)
	g.s.Clock.Advance(time.Minute)
	if len(g.get("/_sim/people/lin/chats/acc-wx0001/messages")["messages"].([]any)) != 0 {
		t.Fatal("it was sent without the administrator")
	}
	g.post(fmt.Sprintf("/_sim/accounts/wx0001/mass/%.0f/confirm", out["msg_id"]), map[string]any{"agree": true})
	if g.lastOf("lin")["text"] != "上新了" {
		t.Fatalf("%v", g.lastOf("lin"))
	}
	g.s.Clock.Advance(24 * time.Hour)
	out = g.sendAll(nil)
	wantCode(t, out, 0)
	g.s.Clock.Advance(31 * time.Minute)
	if got := g.api("/cgi-bin/message/mass/get", map[string]any{"msg_id": out["msg_id"]}); got["msg_status"] != "SEND_FAIL" {
		t.Fatalf("after half an hour: %v", got)
	}
	wantCode(t, g.sendAll(nil), 0) // a failure spends no quota
}

func TestArticlesFromDraftToPhone(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	g.follow("lin")
	media := g.draft("春茶上市", "制茶手记")
	got := g.api("/cgi-bin/draft/get", map[string]any{"media_id": media})["news_item"].([]any)
	if text := got[0].(map[string]any)["content"].(string); strings.Contains(text, "script") || strings.Contains(text, "evil.test") || !strings.Contains(text, "<p>正文</p>") {
		t.Fatalf("the draft keeps %s", text)
	}
	out := g.sendAll(map[string]any{"msgtype": "mpnews", "mpnews": map[string]any{"media_id": media}})
	wantCode(t, out, 0)
	if out["msg_data_id"] == nil {
		t.Fatalf("%v", out)
	}
	g.s.Clock.Advance(time.Second)
	cards := g.lastOf("lin")["articles"].([]any)
	address := cards[1].(map[string]any)["url"].(string)
	if len(cards) != 2 || !strings.HasPrefix(address, "http://mp.weixin.qq.com/s/") {
		t.Fatalf("cards: %v", cards)
	}
	resp, page := g.fetch("lin", address, nil)
	if resp.StatusCode != 200 || !strings.Contains(page, "<h1>制茶手记</h1>") || !strings.Contains(page, "阅读 1") || strings.Contains(page, "evil.test") {
		t.Fatalf("%d %s", resp.StatusCode, page)
	}
	if list := g.get("/_sim/people/lin/accounts/wx0001/articles")["articles"].([]any); len(list) != 2 {
		t.Fatalf("history: %v", list)
	}
	say := func(text string) {
		g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": text, "article": address})
	}
	say("好茶")
	if body := strings.Join(g.pushed(3), ""); !strings.Contains(body, "<Idx>2</Idx>") || !strings.Contains(body, "<MsgDataId>") {
		t.Fatalf("an answer to an article: %s", body)
	}
	wantCode(t, g.api("/cgi-bin/message/mass/delete", map[string]any{"msg_id": out["msg_id"], "article_idx": 2}), 0)
	if _, page := g.fetch("lin", address, nil); !strings.Contains(page, "该内容已被发布者删除") {
		t.Fatalf("a deleted article: %s", page)
	}
	wantCode(t, g.api("/cgi-bin/message/mass/delete", map[string]any{"msg_id": 1}), 40059)
}

func TestPublish(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	out := g.api("/cgi-bin/freepublish/submit", map[string]any{"media_id": g.draft("只发布")})
	wantCode(t, out, 0)
	state := func() map[string]any {
		return g.api("/cgi-bin/freepublish/get", map[string]any{"publish_id": fmt.Sprintf("%.0f", out["publish_id"])})
	}
	if state()["publish_status"] != 1.0 {
		t.Fatalf("at once: %v", state())
	}
	g.s.Clock.Advance(time.Second)
	done := state()
	id, _ := done["article_id"].(string)
	if done["publish_status"] != 0.0 || id == "" || done["article_detail"].(map[string]any)["count"] != 1.0 {
		t.Fatalf("after: %v", done)
	}
	if body := g.pushed(1)[0]; !strings.Contains(body, "<PublishEventInfo><publish_id>") || !strings.Contains(body, "<publish_status>0</publish_status>") || !strings.Contains(body, "<article_url><![CDATA[http://mp.weixin.qq.com/s/") {
		t.Fatalf("event: %s", body)
	}
	if n := g.api("/cgi-bin/draft/count", nil)["total_count"]; n != 0.0 {
		t.Fatalf("drafts left: %v", n)
	}
	item := g.api("/cgi-bin/freepublish/getarticle", map[string]any{"article_id": id})["news_item"].([]any)[0].(map[string]any)
	if item["title"] != "只发布" || item["is_deleted"] != false || item["author"] != "店主" {
		t.Fatalf("article: %v", item)
	}
	list := g.api("/cgi-bin/freepublish/batchget", map[string]any{"offset": 0, "count": 10, "no_content": 1})
	first := list["item"].([]any)[0].(map[string]any)["content"].(map[string]any)["news_item"].([]any)[0].(map[string]any)
	if list["total_count"] != 1.0 || first["content"] != "" {
		t.Fatalf("list: %v", list)
	}
	if l := g.get("/_sim/people/lin/accounts/wx0001/articles")["articles"].([]any); len(l) != 0 {
		t.Fatal("a publication is not in the history")
	}
	wantCode(t, g.api("/cgi-bin/message/custom/send", map[string]any{"touser": g.openID("lin"), "msgtype": "mpnewsarticle", "mpnewsarticle": map[string]any{"article_id": "x"}}), 53600)
	wantCode(t, g.api("/cgi-bin/freepublish/delete", map[string]any{"article_id": id, "index": 3}), 40114)
	wantCode(t, g.api("/cgi-bin/freepublish/delete", map[string]any{"article_id": id}), 0)
	if state()["publish_status"] != 5.0 {
		t.Fatalf("all deleted: %v", state())
	}
}

func TestDraftRefusals(t *testing.T) {
	g := newRig(t, &Server{})
	thumb := g.thumb()
	for code, change := range map[float64]map[string]any{
		45003: {"title": strings.Repeat("长", 65)}, 45110: {"author": strings.Repeat("名", 17)}, 45004: {"digest": strings.Repeat("摘", 129)},
		45002: {"content": strings.Repeat("文", 20000)}, 40007: {"thumb_media_id": "x"}, 44004: {"content": ""}, 40035: {"article_type": "poem"},
	} {
		a := map[string]any{"title": "题", "content": "文", "thumb_media_id": thumb}
		for k, v := range change {
			a[k] = v
		}
		if out := g.api("/cgi-bin/draft/add", map[string]any{"articles": []any{a}}); out["errcode"] != code {
			t.Errorf("%v gives %v, want %v", change, out, code)
		}
	}
	wantCode(t, g.api("/cgi-bin/draft/add", map[string]any{"articles": []any{}}), 45008)
	id := g.draft("一")
	wantCode(t, g.api("/cgi-bin/draft/update", map[string]any{"media_id": id, "index": 4, "articles": map[string]any{}}), 40114)
	wantCode(t, g.api("/cgi-bin/draft/update", map[string]any{"media_id": id, "index": 0, "articles": map[string]any{"title": "二", "content": "文", "thumb_media_id": thumb}}), 0)
	if list := g.api("/cgi-bin/draft/batchget", map[string]any{"offset": 0, "count": 1}); !strings.Contains(fmt.Sprint(list), "二") {
		t.Fatalf("%v", list)
	}
	wantCode(t, g.api("/cgi-bin/draft/batchget", map[string]any{"offset": 0, "count": 21}), 40097)
	wantCode(t, g.api("/cgi-bin/draft/delete", map[string]any{"media_id": id}), 0)
	wantCode(t, g.api("/cgi-bin/draft/get", map[string]any{"media_id": id}), 40007)
}

func TestMaterial(t *testing.T) {
	g := newRig(t, &Server{})
	id := g.thumb()
	video := append([]byte("\x00\x00\x00\x18ftypmp42"), make([]byte, 64)...)
	wantCode(t, g.uploadFile("/cgi-bin/material/add_material?type=video", "v.mp4", video, nil), 47001)
	movie := g.uploadFile("/cgi-bin/material/add_material?type=video", "v.mp4", video, map[string]string{"description": `{"title":"采茶","introduction":"清晨"}`})
	if got := g.api("/cgi-bin/material/get_material", map[string]any{"media_id": movie["media_id"]}); got["title"] != "采茶" || got["description"] != "清晨" {
		t.Fatalf("%v", got)
	}
	if got := g.api("/cgi-bin/material/get_materialcount", nil); got["image_count"] != 1.0 || got["video_count"] != 1.0 {
		t.Fatalf("%v", got)
	}
	list := g.api("/cgi-bin/material/batchget_material", map[string]any{"type": "image", "offset": 0, "count": 20})
	if list["total_count"] != 1.0 || list["item"].([]any)[0].(map[string]any)["name"] != "a.png" {
		t.Fatalf("%v", list)
	}
	body, _ := json.Marshal(map[string]any{"media_id": id})
	resp := must(http.Post(g.s.URL()+"/cgi-bin/material/get_material?access_token="+g.token(), "application/json", bytes.NewReader(body)))(t)
	raw, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !bytes.Equal(raw, onePNG) {
		t.Fatalf("%d bytes come back", len(raw))
	}
	g.s.Clock.Advance(30 * 24 * time.Hour)
	wantCode(t, g.api("/cgi-bin/material/del_material", map[string]any{"media_id": id}), 0)
	wantCode(t, g.api("/cgi-bin/material/del_material", map[string]any{"media_id": id}), 40007)
}

func TestDatacubeCountsWhatHappened(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Set(time.Date(2026, 4, 1, 9, 0, 0, 0, shanghai))
	g.s.Clock.Freeze()
	g.follow("lin")
	g.post("/_sim/people/zhou/accounts/wx0001/follow", map[string]any{"scene": "card"})
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "你好"})
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "在吗"})
	g.sendAll(map[string]any{"msgtype": "mpnews", "mpnews": map[string]any{"media_id": g.draft("数一数")}})
	g.s.Clock.Advance(time.Second)
	g.fetch("lin", g.lastOf("lin")["articles"].([]any)[0].(map[string]any)["url"].(string), nil)
	g.s.Clock.Advance(24 * time.Hour)
	g.post("/_sim/people/zhou/accounts/wx0001/unfollow", map[string]any{})
	day := map[string]any{"begin_date": "2026-04-01", "end_date": "2026-04-01"}
	wantCode(t, g.api("/datacube/getusersummary", map[string]any{"begin_date": "2026-04-01", "end_date": "2026-04-02"}), 61501)
	wantCode(t, g.api("/datacube/getusersummary", map[string]any{"begin_date": "1.4.2026", "end_date": "2026-04-02"}), 61500)
	for path, want := range map[string]string{
		"getusersummary":    "cancel_user:0 new_user:1 ref_date:2026-04-01 user_source:17",
		"getusercumulate":   "cumulate_user:2",
		"getupstreammsg":    "msg_count:2 msg_type:1 msg_user:1",
		"getarticlesummary": "int_page_read_count:1 int_page_read_user:1",
	} {
		if out := g.api("/datacube/"+path, day); !strings.Contains(fmt.Sprint(out), want) {
			t.Errorf("%s: %v, want %s", path, out, want)
		}
	}
	g.s.Clock.Advance(24 * time.Hour)
	out := g.api("/datacube/getusercumulate", map[string]any{"begin_date": "2026-04-01", "end_date": "2026-04-02"})["list"].([]any)
	if len(out) != 2 || out[1].(map[string]any)["cumulate_user"] != 1.0 {
		t.Fatalf("%v", out)
	}
}

func TestOfficialWorldSurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "w.sim")
	g := newRig(t, &Server{DataFile: file})
	g.s.Clock.Freeze()
	g.follow("lin")
	g.api("/cgi-bin/tags/create", map[string]any{"tag": map[string]any{"name": "老客"}})
	out := g.sendAll(map[string]any{"msgtype": "mpnews", "mpnews": map[string]any{"media_id": g.draft("留存")}})
	wantCode(t, out, 0)
	g.s.Close()
	g.s = start(t, &Server{DataFile: file})
	if got := g.api("/cgi-bin/message/mass/get", map[string]any{"msg_id": out["msg_id"]}); got["msg_status"] != "SENDING" {
		t.Fatalf("after the restart: %v", got)
	}
	g.s.Clock.Advance(time.Second)
	address := g.lastOf("lin")["articles"].([]any)[0].(map[string]any)["url"].(string)
	if _, page := g.fetch("lin", address, nil); !strings.Contains(page, "<h1>留存</h1>") {
		t.Fatalf("%s", page)
	}
	if tags := fmt.Sprint(g.api("/cgi-bin/tags/get", nil)); !strings.Contains(tags, "老客") {
		t.Fatalf("%s", tags)
	}
	wantCode(t, g.sendAll(nil), 45028)
}
