package sim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// silent is a started simulator without a developer: nothing is pushed anywhere.
func silent(t *testing.T, people int) (*rig, []string) {
	t.Helper()
	s := &Server{}
	start(t, s)
	g := &rig{t: t, s: s}
	g.app = must(s.AddAccount(Account{AppID: "wx0001", Name: "甲", Secret: "s"}))(t)
	names := []string{}
	for i := range people {
		id := fmt.Sprintf("p%d", i)
		must(s.AddPerson(Person{ID: id, Name: id}))(t)
		names = append(names, id)
	}
	return g, names
}

// Mass messages against a plain model: nobody gets more than four a calendar month, and every fan is counted once.
func TestMassCountsAgainstAModel(t *testing.T) {
	g, names := silent(t, 4)
	g.s.Clock.Set(time.Date(2026, 1, 1, 0, 0, 0, 0, shanghai))
	g.s.Clock.Freeze()
	rapid.Check(t, func(r *rapid.T) {
		g.s.Clock.Set(time.Date(g.s.Clock.Now().Year()+1, 1, 1, 0, 0, 0, 0, shanghai)) // a fresh month for every run
		got := map[string]int{}
		month := g.s.Clock.Now().Format("2006-01")
		for range rapid.IntRange(1, 14).Draw(r, "steps") {
			switch rapid.SampledFrom([]string{"send", "send", "follow", "unfollow", "refuse", "wait"}).Draw(r, "step") {
			case "send":
				g.s.mu.Lock()
				job := &massJob{ID: 1_000_000_000 + g.s.next(), AppID: "wx0001", Bodies: []content{{Type: "text", Text: "x"}}, Born: g.s.Clock.Now(), State: massSending}
				for _, who := range names {
					if rapid.Bool().Draw(r, "to") {
						job.People = append(job.People, who)
					}
				}
				want := massJob{}
				for _, who := range job.People {
					f := g.s.fan("wx0001", who)
					want.Total++
					if !f.Subscribed || f.Refuses {
						continue
					}
					if want.Filter++; got[who] < massPerMonth {
						got[who]++
						want.Sent++
					} else {
						want.Error++
					}
				}
				if len(job.People) > 0 {
					g.s.spreadMass(g.s.world.accounts["wx0001"], job)
					if job.Total != want.Total || job.Filter != want.Filter || job.Sent != want.Sent || job.Error != want.Error || job.Filter != job.Sent+job.Error {
						g.s.mu.Unlock()
						r.Fatalf("counts %d %d %d %d, want %d %d %d %d", job.Total, job.Filter, job.Sent, job.Error, want.Total, want.Filter, want.Sent, want.Error)
					}
				}
				g.s.mu.Unlock()
			case "follow":
				g.s.follow(rapid.SampledFrom(names).Draw(r, "who"), "wx0001", "ADD_SCENE_SEARCH", "")
			case "unfollow":
				g.post("/_sim/people/"+rapid.SampledFrom(names).Draw(r, "who")+"/accounts/wx0001/unfollow", map[string]any{})
			case "refuse":
				g.post("/_sim/people/"+rapid.SampledFrom(names).Draw(r, "who")+"/accounts/wx0001/refuse", map[string]any{"refuse": rapid.Bool().Draw(r, "on")})
			case "wait":
				g.s.Clock.Advance(time.Duration(rapid.IntRange(1, 20).Draw(r, "days")) * 24 * time.Hour)
				if now := g.s.Clock.Now().Format("2006-01"); now != month {
					month, got = now, map[string]int{}
				}
			}
		}
	})
}

// Tags against a plain model of sets.
func TestTagsAgainstAModel(t *testing.T) {
	g, names := silent(t, 3)
	for _, who := range names {
		must(g.s.follow(who, "wx0001", "ADD_SCENE_SEARCH", ""))(t)
	}
	model := map[int]map[string]bool{}
	rapid.Check(t, func(r *rapid.T) {
		ids := []int{}
		for id := range model {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		step := "create"
		if len(ids) > 0 {
			step = rapid.SampledFrom([]string{"create", "batchtagging", "batchtagging", "batchuntagging", "delete"}).Draw(r, "step")
		}
		switch step {
		case "create":
			if len(ids) >= 15 {
				return
			}
			out := g.api("/cgi-bin/tags/create", map[string]any{"tag": map[string]any{"name": fmt.Sprint("t", g.s.text(8))}})
			model[int(out["tag"].(map[string]any)["id"].(float64))] = map[string]bool{}
		case "delete":
			id := rapid.SampledFrom(ids).Draw(r, "id")
			wantCode(t, g.api("/cgi-bin/tags/delete", map[string]any{"tag": map[string]any{"id": id}}), 0)
			delete(model, id)
		default:
			id, who := rapid.SampledFrom(ids).Draw(r, "id"), rapid.SampledFrom(names).Draw(r, "who")
			wantCode(t, g.api("/cgi-bin/tags/members/"+step, map[string]any{"openid_list": []string{g.openID(who)}, "tagid": id}), 0)
			if model[id][who] = true; step == "batchuntagging" {
				delete(model[id], who)
			}
		}
		for _, row := range g.api("/cgi-bin/tags/get", nil)["tags"].([]any) {
			tag := row.(map[string]any)
			if id := int(tag["id"].(float64)); id != starTag && int(tag["count"].(float64)) != len(model[id]) {
				r.Fatalf("tag %d counts %v, want %d", id, tag["count"], len(model[id]))
			}
		}
	})
}

func TestArticlesAreCleaned(t *testing.T) {
	s := start(t, &Server{})
	own := s.URL() + "/_sim/media/abc"
	for in, want := range map[string]string{
		`<p onclick="x()">a</p>`:                           `<p>a</p>`,
		`<script>alert(1)</script>b`:                       `b`,
		`<a href="javascript:x()">c</a>`:                   `c`,
		`<iframe src="http://a/"></iframe>d`:               `d`,
		`<img src="http://evil.test/p.png">e`:              `e`,
		`<img src="` + own + `" alt="">f`:                  `<img src="` + own + `" alt="">f`,
		`<img src="` + s.URL() + `/_sim/world">g`:          `g`,
		`<section style="color: red">h</section>`:          `<section style="color: red">h</section>`,
		`<p style="background: url(http://evil/)">i</p>`:   `<p>i</p>`,
		`<form action="/"><input name="x"></form>j`:        `j`,
		`<svg><script>alert(1)</script></svg>k`:            `k`,
		`<img src="x" onerror="alert(1)">l`:                `l`,
		`<style>p{position:fixed}</style><b>m</b>`:         `<b>m</b>`,
		`<a href="http://shop.test/?a=1&amp;b=2">阅读原文</a>`: `<a href="http://shop.test/?a=1&amp;b=2" rel="nofollow">阅读原文</a>`,
	} {
		if got := s.cleanArticle(in); got != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
	}
}

func FuzzCleanArticle(f *testing.F) {
	s := &Server{}
	if err := s.init(); err != nil {
		f.Fatal(err)
	}
	f.Add(`<p>a</p><script>x</script>`)
	f.Add(`<img src=x onerror=y><svg/onload=z>`)
	f.Fuzz(func(t *testing.T, text string) {
		clean := strings.ToLower(s.cleanArticle(text))
		for _, bad := range []string{"<script", "<iframe", "<svg", "onerror=\"", "<form", "<style"} {
			if strings.Contains(clean, bad) {
				t.Fatalf("%q keeps %s: %q", text, bad, clean)
			}
		}
	})
}

func TestPermanentFilesAreNeverForgotten(t *testing.T) {
	s := start(t, &Server{})
	must(s.AddAccount(Account{AppID: "wx0001", Name: "甲"}))(t)
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.storeMedia("wx0001", "image", "image/png", []byte("x"), zeroTime)
	first.Kept = true
	second := s.storeMedia("wx0001", "image", "image/png", []byte("x"), s.Clock.Now().Add(mediaLife))
	for range maxMedia {
		s.storeMedia("wx0001", "image", "image/png", []byte("x"), s.Clock.Now().Add(mediaLife))
	}
	if s.world.media[first.ID] == nil || s.world.media[second.ID] != nil {
		t.Fatal("room is made by the oldest file that is not permanent")
	}
	if n := len(s.world.media); n > maxMedia+1 {
		t.Fatalf("%d files are kept", n)
	}
}

func (g *rig) answerStatus(status int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = func(*http.Request, string) (int, string) { return status, "" }
}

func TestRetriesCarryTheSameMessageID(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	n := len(g.pushed(1))
	g.answerStatus(500)
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "听得见吗"})
	bodies := g.pushed(n + 3)[n:]
	id := func(body string) string {
		_, rest, _ := strings.Cut(body, "<MsgId>")
		text, _, _ := strings.Cut(rest, "</MsgId>")
		return text
	}
	if id(bodies[0]) == "" || id(bodies[0]) != id(bodies[1]) || id(bodies[1]) != id(bodies[2]) {
		t.Fatalf("ids %q %q %q", id(bodies[0]), id(bodies[1]), id(bodies[2]))
	}
	eventually(t, "the grey line in the chat", func() bool { return g.lastOf("lin")["text"] == faultText })
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.bodies) != n+3 {
		t.Fatalf("%d pushes, want three tries", len(g.bodies)-n)
	}
}

func TestCompatibleModeCarriesBoth(t *testing.T) {
	g := newRig(t, &Server{})
	must(g.s.AddAccount(Account{AppID: "wx0001", Mode: ModeCompatible}))(t)
	g.follow("lin")
	body := g.pushed(1)[0]
	g.mu.Lock()
	query := g.pushes[0].URL.Query()
	g.mu.Unlock()
	if !strings.Contains(body, "<Event><![CDATA[subscribe]]>") || !strings.Contains(body, "<Encrypt><![CDATA[") || query.Get("encrypt_type") != "aes" || query.Get("msg_signature") == "" || query.Get("openid") != g.openID("lin") {
		t.Fatalf("%s %v", body, query)
	}
}

func TestPreviewOfAMassMessage(t *testing.T) {
	g := newRig(t, &Server{})
	preview := func(change map[string]any) map[string]any {
		body := map[string]any{"touser": g.openID("lin"), "msgtype": "text", "text": map[string]any{"content": "先看看"}}
		for k, v := range change {
			body[k] = v
		}
		return g.api("/cgi-bin/message/mass/preview", body)
	}
	wantCode(t, preview(nil), 43004)
	g.follow("lin")
	g.follow("zhou")
	wantCode(t, preview(nil), 0)
	wantCode(t, preview(map[string]any{"towxname": "zhou"}), 0) // comes before touser
	if g.lastOf("lin")["text"] != "先看看" || g.lastOf("zhou")["text"] != "先看看" {
		t.Fatalf("%v, %v", g.lastOf("lin"), g.lastOf("zhou"))
	}
	wantCode(t, preview(map[string]any{"towxname": "nobody"}), 40132)
	wantCode(t, preview(map[string]any{"touser": "x"}), 40003)
	wantCode(t, preview(map[string]any{"msgtype": "wxcard"}), 48001)
	wantCode(t, preview(map[string]any{"msgtype": "dance"}), 40008)
	wantCode(t, preview(map[string]any{"text": map[string]any{"content": strings.Repeat("长", 700)}}), 45002)
	id := g.uploadFile("/cgi-bin/media/upload?type=image", "a.png", onePNG, nil)["media_id"]
	wantCode(t, preview(map[string]any{"msgtype": "image", "image": map[string]any{"media_id": id}}), 0)
	wantCode(t, preview(map[string]any{"msgtype": "voice", "voice": map[string]any{"media_id": id}}), 40007)
	if g.lastOf("lin")["type"] != "image" {
		t.Fatalf("%v", g.lastOf("lin"))
	}
	wantCode(t, g.sendAll(nil), 0) // a preview spends nothing of the day
	wantCode(t, g.api("/cgi-bin/message/mass/speed/set", map[string]any{"speed": 5}), 45083)
	wantCode(t, g.api("/cgi-bin/message/mass/speed/set", map[string]any{"speed": 2}), 0)
	if got := g.api("/cgi-bin/message/mass/speed/get", map[string]any{}); got["speed"] != 2.0 || got["realspeed"] != 45.0 {
		t.Fatalf("%v", got)
	}
}

func TestPicturesAndVideosToMany(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	g.follow("lin")
	picture := g.uploadFile("/cgi-bin/media/upload?type=image", "a.png", onePNG, nil)["media_id"]
	video := g.uploadFile("/cgi-bin/media/upload?type=video", "v.mp4", append([]byte("\x00\x00\x00\x18ftypmp42"), make([]byte, 64)...), nil)["media_id"]
	send := func(kind string, body map[string]any) map[string]any {
		return g.api("/cgi-bin/message/mass/send", map[string]any{"touser": []string{g.openID("lin"), g.openID("zhou")}, "msgtype": kind, kind: body})
	}
	wantCode(t, send("images", map[string]any{"media_ids": []any{picture, picture}, "recommend": "两张"}), 0)
	g.s.Clock.Advance(time.Second)
	list := g.get("/_sim/people/lin/chats/acc-wx0001/messages")["messages"].([]any)
	kinds := []string{}
	for _, m := range list {
		kinds = append(kinds, m.(map[string]any)["type"].(string))
	}
	if fmt.Sprint(kinds) != "[text image image]" {
		t.Fatalf("%v", kinds)
	}
	wantCode(t, send("mpvideo", map[string]any{"media_id": video, "title": "采茶"}), 0)
	g.s.Clock.Advance(time.Second)
	if last := g.lastOf("lin"); last["type"] != "video" || last["title"] != "采茶" {
		t.Fatalf("%v", last)
	}
	wantCode(t, send("mpvideo", map[string]any{"media_id": picture}), 40007)
	wantCode(t, send("mpnews", map[string]any{"media_id": picture}), 40007)
	wantCode(t, g.sendAll(map[string]any{"filter": map[string]any{"is_to_all": false, "tag_id": 4711}}), 45159)
	_, out := g.call("POST", "/cgi-bin/message/mass/send?access_token="+g.token(), map[string]any{"touser": []string{g.openID("lin"), "x"}, "msgtype": "text"})
	wantCode(t, out, 40003)
}
