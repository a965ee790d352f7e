package sim

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
)

var smallPNG = func() []byte {
	raw, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	if err != nil {
		panic(err)
	}
	return raw
}()

// upload sends a file as the multipart form SDKs send.
func (g *workRig) upload(path, name string, data []byte) map[string]any {
	g.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part := must(form.CreateFormFile("media", name))(g.t)
	part.Write(data)
	form.Close()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	req := must(http.NewRequest("POST", g.s.URL()+"/qyapi/cgi-bin/"+path+sep+"access_token="+g.token("secret-contact"), &body))(g.t)
	req.Header.Set("Content-Type", form.FormDataContentType())
	return g.do(req)
}

func TestWorkMedia(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	out := g.upload("media/upload?type=file", "价目表.txt", []byte("龙井 88"))
	wantCode(t, out, 0)
	if _, ok := out["created_at"].(string); !ok || out["type"] != "file" {
		t.Fatalf("upload answers created_at as text: %v", out)
	}
	get := func() (*http.Response, string) {
		resp := must(http.Get(g.s.URL() + "/qyapi/cgi-bin/media/get?media_id=" + out["media_id"].(string) + "&access_token=" + g.token("secret-contact")))(t)
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp, string(body)
	}
	if resp, body := get(); body != "龙井 88" || !strings.Contains(resp.Header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("got %q %v", body, resp.Header)
	}
	if out := g.upload("media/uploadimg", "a.png", smallPNG); out["errcode"] != 0.0 || !strings.HasPrefix(out["url"].(string), g.s.URL()) {
		t.Fatalf("uploadimg: %v", out)
	}
	if out := g.upload("media/upload_attachment?media_type=image&attachment_type=1", "a.png", smallPNG); out["errcode"] != 0.0 || out["created_at"].(float64) <= 0 {
		t.Fatalf("upload_attachment: %v", out)
	}
	for path, c := range map[string]struct {
		data []byte
		code float64
	}{
		"media/upload?type=poem":  {smallPNG, 40004},
		"media/upload?type=image": {[]byte("no picture at all"), 40005},
		"media/upload?type=voice": {[]byte("no voice at all"), 40005},
		"media/upload?type=file":  {[]byte("12345"), 44001},
		"media/uploadimg":         {append(bytes.Clone(smallPNG), make([]byte, 2<<20)...), 45001},
		"media/upload_attachment?media_type=voice&attachment_type=1": {smallPNG, 40004},
		"media/upload_attachment?media_type=image&attachment_type=3": {smallPNG, 40058},
	} {
		if out := g.upload(path, "x", c.data); out["errcode"] != c.code {
			t.Errorf("%s: %v, want %v", path, out, c.code)
		}
	}
	wantCode(t, g.upload("media/upload?type=voice", "a.amr", []byte("#!AMR\nhello")), 0)
	s.Clock.Advance(72 * time.Hour)
	if _, body := get(); !strings.Contains(body, "40007") {
		t.Fatalf("after three days: %q", body)
	}
}
