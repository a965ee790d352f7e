package official

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"math/rand"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Whatever text is replied, WeChat reads it back unchanged but for characters
// that XML cannot hold.
func TestTextReplyProperties(t *testing.T) {
	from := Message{ToUserName: "gh_1", FromUserName: "o1", MsgType: MsgText}
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.StringN(1, 200, 800).Draw(t, "content")
		body, err := marshalReply(from, TextReply{Content: content}, 1)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Content, ToUserName string }
		if err := xml.Unmarshal(body, &got); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		want := strings.ReplaceAll(strings.ReplaceAll(data(content).Text, "\r\n", "\n"), "\r", "\n")
		if got.Content != want || got.ToUserName != "o1" {
			t.Fatalf("got %q, want %q", got.Content, want)
		}
	})
}

// What a person writes arrives as written, in plain and in safe mode.
func TestPushProperties(t *testing.T) {
	a := newAccount(t, ModeSafe)
	rapid.Check(t, func(t *rapid.T) {
		content := data(rapid.String().Draw(t, "content")).Text
		content = strings.ReplaceAll(content, "\r", "")
		id := rapid.Int64Range(1, 1<<62).Draw(t, "id")
		plain, err := xml.Marshal(struct {
			XMLName                           xml.Name `xml:"xml"`
			ToUserName, FromUserName, MsgType cdata
			CreateTime, MsgId                 int64
			Content                           cdata
		}{ToUserName: data("gh_1"), FromUserName: data("o1"), MsgType: data("text"), CreateTime: 1795233600, MsgId: id, Content: data(content)})
		if err != nil {
			t.Fatal(err)
		}
		q, body := a.sealed(string(plain), "")
		p, err := a.client.ParsePush(q, []byte(body))
		if err != nil || p.Message.Content != content || p.Message.MsgID != id || !bytes.Equal(p.Message.Raw, plain) {
			t.Fatalf("got %+v, %v", p.Message, err)
		}
	})
}

// The authorisation address gives back what was put in, in the fixed order.
func TestAuthorizeURLProperties(t *testing.T) {
	c, err := New(Config{AppID: testAppID, OpenBaseURL: "http://127.0.0.1:8080/open/"})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.String().Draw(t, "path")
		state := rapid.StringMatching(`[a-zA-Z0-9]{0,128}`).Draw(t, "state")
		redirect := (&url.URL{Scheme: "https", Host: "shop.example", Path: "/" + path, RawQuery: "a=1&b=2"}).String()
		got, err := c.AuthorizeURL(redirect, ScopeUserInfo, state)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(got)
		if err != nil || u.Fragment != "wechat_redirect" || u.Path != "/open/connect/oauth2/authorize" {
			t.Fatalf("%s: %v", got, err)
		}
		q := u.Query()
		if q.Get("redirect_uri") != redirect || q.Get("state") != state || q.Get("appid") != testAppID {
			t.Fatalf("got %s", got)
		}
		last := -1
		for _, name := range []string{"?appid=", "&redirect_uri=", "&response_type=code", "&scope=", "&state="} {
			at := strings.Index(got, name)
			if at <= last {
				t.Fatalf("%s stands wrong in %s", name, got)
			}
			last = at
		}
	})
}

// Every state that is not letters and digits is refused.
func TestStateProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		plain := len(s) <= maxStateBytes
		for i := range len(s) {
			plain = plain && strings.IndexByte(randomLetters, s[i]) >= 0
		}
		if validState(s) != plain {
			t.Fatalf("%q: %t", s, !plain)
		}
	})
}

// A QR request that is sent keeps WeChat's limits.
func TestQRProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := QR{
			SceneID:  rapid.SampledFrom([]uint32{0, 1, 100000, 100001, 1<<32 - 1}).Draw(t, "id"),
			SceneStr: rapid.StringN(0, 70, -1).Draw(t, "str"),
			TTL:      time.Duration(rapid.Int64Range(-10, int64(31*24*time.Hour/time.Second)).Draw(t, "ttl")) * time.Second,
		}
		r, err := q.request()
		if err != nil {
			return
		}
		scene := r.ActionInfo.Scene
		limited := strings.Contains(r.ActionName, "LIMIT")
		switch {
		case (scene.ID == 0) == (scene.Str == ""),
			strings.Contains(r.ActionName, "STR") != (scene.Str != ""),
			limited != (r.ExpireSeconds == 0),
			r.ExpireSeconds > 2592000,
			limited && scene.ID > 100000,
			utf8.RuneCountInString(scene.Str) > 64:
			t.Fatalf("sent %+v for %+v", r, q)
		}
	})
}

func TestRandomText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Int64().Draw(t, "seed")
		n := rapid.IntRange(0, 64).Draw(t, "n")
		s, err := randomText(rand.New(rand.NewSource(seed)), n)
		if err != nil || len(s) != n || !validState(s) {
			t.Fatalf("%q, %v", s, err)
		}
	})
	if _, err := randomText(strings.NewReader("short"), 16); err == nil {
		t.Error("a source that ends gave a nonce")
	}
}

// Two different pushes never share a key; one push always has the same.
func TestDedupeKeyProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) Message {
			return Message{
				FromUserName: rapid.SampledFrom([]string{"o1", "o2"}).Draw(t, name+"from"),
				CreateTime:   rapid.Int64Range(1, 3).Draw(t, name+"time"),
				Event:        rapid.SampledFrom([]Event{"", EventSubscribe, EventScan}).Draw(t, name+"event"),
				MsgID:        rapid.Int64Range(0, 2).Draw(t, name+"id"),
			}
		}
		a, b := draw("a"), draw("b")
		same := a.MsgID == b.MsgID && (a.MsgID != 0 ||
			a.FromUserName == b.FromUserName && a.CreateTime == b.CreateTime && a.Event == b.Event)
		if (a.DedupeKey() == b.DedupeKey()) != same {
			t.Fatalf("%+v %s, %+v %s", a, a.DedupeKey(), b, b.DedupeKey())
		}
	})
}

func TestCredentialLifetimes(t *testing.T) {
	for _, k := range []struct {
		value   string
		seconds int64
		good    bool
	}{{"T", 7200, true}, {"T", 1, true}, {"", 7200, false}, {"T", 0, false}, {"T", -1, false}, {"T", 1 << 40, false}} {
		c, err := newCredential("/p", k.value, k.seconds, time.Unix(0, 0))
		var h *HTTPError
		if (err == nil) != k.good || (err != nil && !errors.As(err, &h)) {
			t.Errorf("%q %d: %+v, %v", k.value, k.seconds, c, err)
		}
	}
}

// WeChat that hands out a refused token for ever has it forced once a minute.
func TestForceGap(t *testing.T) {
	s := newWechat(t)
	s.says(`{"errcode":40001,"errmsg":"never good"}`)
	s.set(func() { s.sticky = true })
	c := s.client(func(cfg *Config) { cfg.TokenStore = brokenStore{} })
	for i, want := range []int{1, 1, 1} {
		if err := send(c); !IsTokenInvalid(err) || s.count(&s.forced) != want {
			t.Errorf("call %d: %v, %d forced, want %d", i, err, s.count(&s.forced), want)
		}
	}
	s.set(func() { s.now = s.now.Add(61 * time.Second) })
	if _ = send(c); s.count(&s.forced) != 2 {
		t.Errorf("after a minute: %d forced, want 2", s.count(&s.forced))
	}
}

func BenchmarkParsePush(b *testing.B) {
	for _, mode := range []Mode{ModePlain, ModeSafe} {
		b.Run(string(mode), func(b *testing.B) {
			a := newAccount(b, mode)
			q, body := a.query(), textXML
			if mode == ModeSafe {
				q, body = a.sealed(fmt.Sprintf(eventXML, "SCAN", "<EventKey>1</EventKey>"), "")
			}
			for b.Loop() {
				if _, err := a.client.ParsePush(q, []byte(body)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
