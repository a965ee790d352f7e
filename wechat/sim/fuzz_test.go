package sim

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzUpload reads multipart bodies: what is let through is a file of a type and size that its kind allows.
func FuzzUpload(f *testing.F) {
	const boundary = "fuzz"
	var good bytes.Buffer
	w := multipart.NewWriter(&good)
	if err := w.SetBoundary(boundary); err != nil {
		f.Fatal(err)
	}
	part, err := w.CreateFormFile("media", "a.png")
	if err != nil {
		f.Fatal(err)
	}
	part.Write([]byte("\x89PNG\r\n\x1a\n0000"))
	w.Close()
	f.Add("image", good.String())
	f.Add("thumb", strings.Replace(good.String(), "\x89PNG\r\n\x1a\n", "\xff\xd8\xff", 1))
	f.Add("video", "--fuzz\r\n\r\n--fuzz--\r\n")
	f.Add("voice", strings.ReplaceAll(good.String(), "media", "file"))
	s := &Server{}
	if err := s.init(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := httptest.NewRequest("POST", "/cgi-bin/media/upload", nil)
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
		c := &call{s: s, r: r, body: []byte(body), entry: &entry{}, header: http.Header{}}
		data, detected := c.file(kind)
		if data == nil {
			var said apiError
			if json.Unmarshal(c.out, &said) != nil || said.Code == 0 {
				t.Fatalf("refused with %q", c.out)
			}
			return
		}
		if len(data) == 0 || len(data) > len(body) || detected == "" {
			t.Fatalf("let through %d bytes as %s", len(data), detected)
		}
	})
}

// FuzzControl sends bodies to the control API: nothing breaks the world, and a refusal says why in both languages.
func FuzzControl(f *testing.F) {
	paths := []string{"/accounts", "/merchants", "/people", "/clock", "/faults", "/pay", "/codes", "/people/lin/scan", "/people/lin/webview", "/people/lin/addresses", "/people/lin/location"}
	f.Add(0, `{"appid":"wx0001","name":"熟客"}`)
	f.Add(1, `{"mchid":"19","name":"x"}`)
	f.Add(2, `{"id":"lin","name":"林小满","balance":-1}`)
	f.Add(3, `{"set":"2026-02-30T00:00:00Z","speed":1e300}`)
	f.Add(4, `{"target":"call","kind":"delay","delay_ms":-1,"count":9999999999}`)
	f.Add(5, `{"prepay_id":"","password":null}`)
	f.Add(7, `{"text":"http://weixin.qq.com/q/x"}`)
	f.Add(8, `{"url":"http://127.0.0.1:99999/"}`)
	f.Add(9, `[{}]`)
	f.Add(10, `{"latitude":1e999}`)
	s := &Server{}
	handler, err := s.Handler()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	if _, err := s.AddPerson(Person{ID: "lin", Name: "林小满"}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, which int, body string) {
		if which < 0 || strings.Contains(body, "advance") || strings.Contains(body, "callback_url") || strings.Contains(body, "delay") {
			return // the clock would run through years; nothing is called or held up
		}
		path := paths[which%len(paths)]
		r := httptest.NewRequest("POST", "http://127.0.0.1/_sim"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("POST %s %q: %d %s", path, body, w.Code, w.Body)
		}
		var said problem
		if w.Code >= 400 && (json.Unmarshal(w.Body.Bytes(), &said) != nil || said.Code == "" || said.Message == "" || said.MessageEN == "") {
			t.Fatalf("POST %s refuses with %s", path, w.Body)
		}
	})
}
