package sim

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A form whose Content-Type names no boundary is read by its first line; what is no form is not.
func TestFormWithoutBoundary(t *testing.T) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	must(w.CreateFormField("meta"))(t).Write([]byte(`{"filename":"a.png"}`))
	must(w.CreateFormFile("file", "a.png"))(t).Write([]byte("\r\n--not a boundary\r\n"))
	w.Close()
	for name, tc := range map[string]struct {
		kind, body string
		good       bool
	}{
		"as it should be":     {w.FormDataContentType(), body.String(), true},
		"no boundary":         {"multipart/form-data", body.String(), true},
		"with a charset":      {"Multipart/Form-Data; charset=utf-8", body.String(), true},
		"another boundary":    {"multipart/form-data; boundary=other", body.String(), false},
		"JSON":                {"application/json", `{"meta":1}`, false},
		"a form of nothing":   {"multipart/form-data", "", false},
		"a form of one line":  {"multipart/form-data", "--x", false},
		"a form without dash": {"multipart/form-data", "meta=1\r\nfile=2\r\n", false},
	} {
		meta, file, why := readUpload(tc.kind, []byte(tc.body))
		if (why == "") != tc.good || tc.good && (string(meta) != `{"filename":"a.png"}` || string(file) != "\r\n--not a boundary\r\n") {
			t.Errorf("%s: meta %q, file %q, %s", name, meta, file, why)
		}
	}
}

func FuzzFormReader(f *testing.F) {
	f.Add("multipart/form-data", []byte("--b\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\nx\r\n--b--\r\n"))
	f.Add("multipart/form-data; boundary=b", []byte("--b--\r\n"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		parts, err := formReader(kind, body)
		if err != nil {
			return
		}
		for range 10 {
			part, err := parts.NextPart()
			if err != nil {
				return
			}
			if n, _ := io.Copy(io.Discard, part); n > int64(len(body)) {
				t.Fatalf("a part of %d bytes in a body of %d", n, len(body))
			}
		}
	})
}

// What SDKs send otherwise than the documents say, and WeChat takes.
func TestLooseShapesOfSDKs(t *testing.T) {
	g := newRig(t, &Server{})
	// wechatpy names no tag with null.
	wantCode(t, g.api("/cgi-bin/message/mass/sendall", map[string]any{"filter": map[string]any{"tag_id": nil, "is_to_all": true}, "msgtype": "text", "text": map[string]any{"content": "群发"}}), 0)
	// wechatpy brings a video's description in the address.
	video := append([]byte("\x00\x00\x00\x18ftypmp42"), make([]byte, 64)...)
	path := "/cgi-bin/material/add_material?type=video&description=" + url.QueryEscape(`{"title":"采茶","introduction":"清晨"}`)
	made := g.uploadFile(path, "v.mp4", video, nil)
	if got := g.api("/cgi-bin/material/get_material", map[string]any{"media_id": made["media_id"]}); got["title"] != "采茶" {
		t.Fatalf("the video is %v", got)
	}
	// requests sends JSON without a Content-Type; curl says that it is a form.
	for i, kind := range []string{"", "application/x-www-form-urlencoded", "text/plain; charset=utf-8", "application/json;charset=UTF-8"} {
		req := must(http.NewRequest("POST", g.s.URL()+"/cgi-bin/tags/create?access_token="+g.token(), strings.NewReader(fmt.Sprintf(`{"tag":{"name":"茶客%d"}}`, i))))(t)
		if kind != "" {
			req.Header.Set("Content-Type", kind)
		}
		if out := g.do(req); out["tag"] == nil {
			t.Errorf("Content-Type %q: %v", kind, out)
		}
	}
	// PowerWeChat and EasyWeChat post where the documents say GET; what changes something is still no GET.
	for _, path := range []string{"/cgi-bin/ticket/getticket?type=jsapi", "/cgi-bin/template/get_all_private_template", "/cgi-bin/template/get_industry", "/cgi-bin/material/get_materialcount"} {
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		for method, refused := range map[string]bool{"GET": false, "POST": false, "PUT": true} {
			req := must(http.NewRequest(method, g.s.URL()+path+sep+"access_token="+g.token(), strings.NewReader("{}")))(t)
			if out := g.do(req); (out["errcode"] != nil && out["errcode"] != 0.0) != refused {
				t.Errorf("%s %s: %v", method, path, out)
			}
		}
	}
	wantCode(t, g.do(must(http.NewRequest("GET", g.s.URL()+"/cgi-bin/tags/create?access_token="+g.token(), nil))(t)), 43002)
}
