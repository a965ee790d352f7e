package sim

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/wxcrypt"
	"pgregory.net/rapid"
)

// The limits of attachments, of 创建企业群发 and 发送新客户欢迎语, at and behind their edges.
func TestAttachmentRules(t *testing.T) {
	g := newWorkRig(t, &Server{})
	picture := g.upload("media/upload?type=image", "a.png", smallPNG)["media_id"].(string)
	file := g.upload("media/upload?type=file", "a.txt", []byte("some words"))["media_id"].(string)
	long := func(n int) string { return strings.Repeat("x", n) }
	link := func(title, desc, address string) attachment {
		return attachment{MsgType: "link", Link: &attachLink{Title: title, Desc: desc, URL: address}}
	}
	mini := func(title, pic, app, page string) attachment {
		return attachment{MsgType: "miniprogram", MiniProgram: &attachMini{Title: title, PicMediaID: pic, AppID: app, Page: page}}
	}
	for _, c := range []struct {
		name string
		a    attachment
		code int
		kind string
	}{
		{"a picture", attachment{MsgType: "image", Image: &attachImage{MediaID: picture}}, 0, "image"},
		{"a picture by address", attachment{MsgType: "image", Image: &attachImage{PicURL: "http://127.0.0.1/a.png"}}, 0, "image"},
		{"a picture from nowhere", attachment{MsgType: "image", Image: &attachImage{PicURL: "a.png"}}, 40058, ""},
		{"a file as a picture", attachment{MsgType: "image", Image: &attachImage{MediaID: file}}, 40007, ""},
		{"a link", link(long(128), long(512), "http://127.0.0.1/"+long(2031)), 0, "link"},
		{"a long title", link(long(129), "", "http://127.0.0.1/"), 40058, ""},
		{"a long description", link("x", long(513), "http://127.0.0.1/"), 40058, ""},
		{"a long address", link("x", "", "http://127.0.0.1/"+long(2032)), 40058, ""},
		{"no title", link("", "", "http://127.0.0.1/"), 40063, ""},
		{"no address", link("x", "", "127.0.0.1"), 40058, ""},
		{"a mini-program", mini(long(64), picture, "wx1", "pages/a"), 0, "miniprogram"},
		{"its long title", mini(long(65), picture, "wx1", "pages/a"), 40058, ""},
		{"without a picture", mini("x", "", "wx1", "pages/a"), 40063, ""},
		{"without appid", mini("x", picture, "", "pages/a"), 40063, ""},
		{"without page", mini("x", picture, "wx1", ""), 40063, ""},
		{"a file", attachment{MsgType: "file", File: &attachMedia{MediaID: file}}, 0, "link"},
		{"a picture as a file", attachment{MsgType: "file", File: &attachMedia{MediaID: picture}}, 40007, ""},
		{"a video that is none", attachment{MsgType: "video", Video: &attachMedia{MediaID: file}}, 40007, ""},
		{"a type without its member", attachment{MsgType: "link"}, 41065, ""},
		{"no type", attachment{}, 41065, ""},
	} {
		g.s.mu.Lock()
		body, code, _, _ := g.s.workContent("ww0001", c.a)
		g.s.mu.Unlock()
		if code != c.code || code == 0 && body.Type != c.kind {
			t.Errorf("%s: %d %q, want %d %q", c.name, code, body.Type, c.code, c.kind)
		}
	}
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	for n, want := range map[int]int{0: 40063, maxWorkText: 0, maxWorkText + 1: 40058} {
		b := workBody{Text: &workText{long(n)}}
		if code, _, _ := b.check(g.s, "ww0001", maxWorkText); code != want || code == 0 && len(b.contents(g.s, "ww0001")) != 1 {
			t.Errorf("%d bytes: %d, want %d", n, code, want)
		}
	}
	for id, other := range map[string]string{picture: "ww0002", "": "ww0001"} {
		if g.s.workMediaOf(other, id, "image") != nil {
			t.Errorf("%s has the picture %q", other, id)
		}
	}
}

// A push is the XML that WeCom's documents show: order of members, CDATA, bare numbers, and a seal that opens with the corpid.
func TestPushIsTheDocumentedXML(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Set(time.Unix(1403610513, 0).Add(100 * 365 * 24 * time.Hour))
	s.Clock.Freeze()
	s.mu.Lock()
	x := s.openTie(s.member("an@ww0001"), "lin", wayQR, "门店]]>1", "")
	fields := s.workEvent("ww0001", "sys", append(s.contactEvent(x, "add_external_contact"), xmlField{"State", x.State}, xmlField{"WelcomeCode", "WC"})...)
	now, id := s.Clock.Now().Unix(), s.customer("ww0001", "lin").ExternalID
	s.mu.Unlock()
	want := fmt.Sprintf("<xml><ToUserName><![CDATA[ww0001]]></ToUserName>\n<FromUserName><![CDATA[sys]]></FromUserName>\n<CreateTime>%d</CreateTime>\n<MsgType><![CDATA[event]]></MsgType>\n"+
		"<Event><![CDATA[change_external_contact]]></Event>\n<ChangeType><![CDATA[add_external_contact]]></ChangeType>\n<UserID><![CDATA[an]]></UserID>\n<ExternalUserID><![CDATA[%s]]></ExternalUserID>\n"+
		"<State><![CDATA[门店]]]]><![CDATA[>1]]></State>\n<WelcomeCode><![CDATA[WC]]></WelcomeCode>\n</xml>", now, id)
	if got := string(pushXML(fields)); got != want {
		t.Errorf("plain:\n%s\nwant\n%s", got, want)
	}
	other := must(wxcrypt.NewCipher(g.app.AESKey, "ww0002"))(t)
	box := must(wxcrypt.NewCipher(g.app.AESKey, "ww0001"))(t)
	sealed := must(box.Encrypt(s.Rand, []byte(want)))(t)
	if plain, err := box.Decrypt(sealed); err != nil || string(plain) != want {
		t.Errorf("opened: %s %v", plain, err)
	}
	if _, err := other.Decrypt(sealed); err == nil {
		t.Error("another corpid opens it")
	}
}

// The limits count by API, by caller's address, by the minute and by the hour, and shut out for as long.
func TestRatesByHourAndAddress(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Set(time.Date(2027, 1, 1, 8, 0, 0, 0, shanghai))
	s.Clock.Freeze()
	must(s.AddCompany(Company{CorpID: "ww0001", Settings: WorkSettings{CallsPerMinute: -1, CallsPerHour: 2}}))(t)
	g.good("getcallbackip", nil)
	g.good("getcallbackip", nil)
	wantCode(t, g.work("getcallbackip", nil), 45009)
	s.Clock.Advance(59 * time.Minute)
	wantCode(t, g.work("getcallbackip", nil), 45009)
	s.Clock.Advance(time.Minute)
	g.good("getcallbackip", nil)
	s.Clock.Advance(2 * time.Hour)
	must(s.AddCompany(Company{CorpID: "ww0001", Settings: WorkSettings{IPPerMinute: 2, CallsPerMinute: -1}}))(t)
	g.good("getcallbackip", nil)
	g.good("get_api_domain_ip", nil)
	wantCode(t, g.work("department/list", nil), 45009)
	s.Clock.Advance(time.Minute)
	g.good("department/list", nil)
	must(s.AddCompany(Company{CorpID: "ww0001", Settings: WorkSettings{Parallel: 1}}))(t)
	s.mu.Lock()
	s.world.work.companies["ww0001"].rate.parallel = 1
	s.mu.Unlock()
	wantCode(t, g.work("getcallbackip", nil), 45033)
}

// Settings, calls and pushes of one company at the same time: for the race detector, and nothing is lost.
func TestCompanyChangesUnderLoad(t *testing.T) {
	g := newWorkRig(t, &Server{})
	token := g.token("secret-contact")
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 10 {
				name := fmt.Sprintf("标签%d-%d", i, n)
				_, out := g.call("POST", "/qyapi/cgi-bin/externalcontact/add_corp_tag?access_token="+token, map[string]any{"group_name": "并发", "tag": []any{map[string]any{"name": name}}})
				if out["errcode"] != 0.0 {
					t.Errorf("%s: %v", name, out)
				}
				if _, err := g.s.AddCompany(Company{CorpID: "ww0001", Apps: []CorpApp{{AgentID: 1000003, Name: name}}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	groups := g.good("externalcontact/get_corp_tag_list", map[string]any{})["tag_group"].([]any)
	if len(groups) != 1 || len(groups[0].(map[string]any)["tag"].([]any)) != 40 {
		t.Fatalf("%d groups", len(groups))
	}
}

// The statistic of a day is what a plain count of the words says.
func TestBehaviourProperty(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	newWorkRig(t, s)
	s.Clock.Set(time.Date(2027, 5, 1, 9, 0, 0, 0, shanghai))
	s.Clock.Freeze()
	for _, who := range []string{"lin", "zhou", "qiu"} {
		must(s.AddCustomer("ww0001", "an", who))(t)
	}
	rapid.Check(t, func(t *rapid.T) {
		s.Clock.Set(dayOf(s.Clock.Now()).Add(33 * time.Hour)) // nine o'clock of the next day
		spoken, asked, answered := map[string]bool{}, map[string]time.Time{}, map[string]bool{}
		messages, waited := 0, time.Duration(0)
		for range rapid.IntRange(0, 15).Draw(t, "words") {
			who := rapid.SampledFrom([]string{"lin", "zhou", "qiu"}).Draw(t, "who")
			s.mu.Lock()
			tie := s.tie("ww0001", "an", who)
			if rapid.Bool().Draw(t, "member") {
				s.staffSays(tie, content{Type: "text", Text: "答"})
				if at, ok := asked[who]; ok && !answered[who] {
					waited += s.Clock.Now().Sub(at)
					answered[who] = true
				}
				messages++
				spoken[who] = true
			} else {
				s.customerSays(tie, content{Type: "text", Text: "问"})
				if _, ok := asked[who]; !ok && !spoken[who] {
					asked[who] = s.Clock.Now()
				}
			}
			s.mu.Unlock()
			s.Clock.Advance(time.Duration(rapid.IntRange(0, 600).Draw(t, "pause")) * time.Second)
		}
		s.mu.Lock()
		got := s.behaviourOf("ww0001", []string{"an"}, dayOf(s.Clock.Now()))
		s.mu.Unlock()
		want := behaviourRow{Time: got.Time, Chats: len(spoken), Messages: messages}
		if len(asked) > 0 {
			want.Replied = math.Round(float64(len(answered))*10000/float64(len(asked))) / 100
		}
		if len(answered) > 0 {
			want.ReplyTime = (int64(waited/time.Second)/int64(len(answered)) + 59) / 60
		}
		if got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}
