package official

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

var ctx = context.Background()

func wantCall(t *testing.T, s *wechat, want string) {
	t.Helper()
	seen := s.seen()
	if len(seen) == 0 || seen[len(seen)-1] != want {
		t.Errorf("called  %q\nwant    %q", seen[len(seen)-1], want)
	}
}

func TestAuthorizeURL(t *testing.T) {
	c, err := New(Config{AppID: "wx520c15f417810387"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.AuthorizeURL("https://chong.qq.com/php/index.php?d=&c=wx&m=1", ScopeBase, "123")
	want := "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx520c15f417810387" +
		"&redirect_uri=https%3A%2F%2Fchong.qq.com%2Fphp%2Findex.php%3Fd%3D%26c%3Dwx%26m%3D1" +
		"&response_type=code&scope=snsapi_base&state=123#wechat_redirect"
	if err != nil || got != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
	for name, f := range map[string]func() (string, error){
		"relative": func() (string, error) { return c.AuthorizeURL("/back", ScopeBase, "") },
		"scope":    func() (string, error) { return c.AuthorizeURL("https://a.example/", "snsapi_login", "") },
		"state":    func() (string, error) { return c.AuthorizeURL("https://a.example/", ScopeBase, "a&b") },
		"long state": func() (string, error) {
			return c.AuthorizeURL("https://a.example/", ScopeBase, strings.Repeat("a", 129))
		},
	} {
		if got, err := f(); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestOAuth(t *testing.T) {
	s := newWechat(t)
	c := s.client()
	s.says(`{"access_token":"A","expires_in":7200,"refresh_token":"R","openid":"o1","scope":"snsapi_userinfo","unionid":"u1","is_snapshotuser":1}`)
	token, err := c.ExchangeCode(ctx, "the code")
	if err != nil || token.OpenID != "o1" || token.UnionID != "u1" || !token.Snapshot || !token.ExpiresAt.Equal(s.clock().Add(2*time.Hour)) {
		t.Fatalf("got %+v, %v", token, err)
	}
	wantCall(t, s, "GET /sns/oauth2/access_token?appid=wx0123456789abcdef&code=the+code&grant_type=authorization_code&secret="+testSecret)

	s.says(`{"openid":"o1","nickname":"小 & 明","headimgurl":"https://h","sex":0,"privilege":[],"unionid":"u1"}`)
	user, err := c.OAuthUserInfo(ctx, token, "")
	if err != nil || user.Nickname != "小 & 明" || !user.Snapshot {
		t.Fatalf("got %+v, %v", user, err)
	}
	wantCall(t, s, "GET /sns/userinfo?lang=zh_CN&openid=o1") // its own token was taken out by the test's server

	s.says(`{"access_token":"A2","expires_in":7200,"refresh_token":"R","openid":"o1","scope":"snsapi_base"}`)
	if token, err := c.RefreshOAuth(ctx, "R"); err != nil || token.AccessToken != "A2" || token.Snapshot {
		t.Fatalf("got %+v, %v", token, err)
	}
	s.says(ok)
	if err := c.CheckOAuth(ctx, token); err != nil {
		t.Error(err)
	}
	for _, code := range []string{"40029", "40163", "42003"} {
		s.says(`{"errcode":` + code + `,"errmsg":"invalid code"}`)
		before := len(s.seen())
		if _, err := c.ExchangeCode(ctx, "x"); !IsOAuthCodeInvalid(err) || len(s.seen()) != before+1 {
			t.Errorf("%s: %v", code, err)
		}
	}
	s.says(`{"access_token":"A","expires_in":7200}`)
	if _, err := c.ExchangeCode(ctx, "x"); err == nil {
		t.Error("an answer without openid was believed")
	}
}

func TestMenu(t *testing.T) {
	s := newWechat(t)
	c := s.client()
	s.says(ok)
	buttons := []Button{
		{Name: "商城", Type: ButtonView, URL: "https://shop.example/?a=1&b=2"},
		{Name: "我的", Sub: []Button{{Name: "订单", Type: ButtonView, URL: "https://shop.example/o"}, {Name: "客服", Type: ButtonClick, Key: "service"}}},
	}
	if err := c.CreateMenu(ctx, buttons); err != nil {
		t.Fatal(err)
	}
	wantCall(t, s, `POST /cgi-bin/menu/create? {"button":[{"name":"商城","type":"view","url":"https://shop.example/?a=1&b=2"},`+
		`{"name":"我的","sub_button":[{"name":"订单","type":"view","url":"https://shop.example/o"},{"name":"客服","type":"click","key":"service"}]}]}`)
	body, _ := json.Marshal(map[string]any{"menu": map[string]any{"button": buttons}})
	s.says(string(body))
	if got, err := c.Menu(ctx); err != nil || len(got) != 2 || got[1].Sub[1].Key != "service" {
		t.Errorf("got %+v, %v", got, err)
	}
	s.says(`{"errcode":46003,"errmsg":"menu no exist rid: 1"}`)
	if _, err := c.Menu(ctx); Code(err) != CodeNoMenu {
		t.Errorf("got %v", err)
	}
	s.says(ok)
	if err := c.DeleteMenu(ctx); err != nil {
		t.Error(err)
	}
	wantCall(t, s, "GET /cgi-bin/menu/delete?")
	calls := len(s.seen())
	for name, bad := range map[string][]Button{
		"none": nil, "four": make([]Button, 4), "no name": {{Type: ButtonClick}}, "no type": {{Name: "a"}},
		"long name": {{Name: "七个汉字太长了", Type: ButtonClick}},
		"six":       {{Name: "a", Sub: make([]Button, 6)}},
		"deep":      {{Name: "a", Sub: []Button{{Name: "b", Sub: []Button{{Name: "c"}}}}}},
	} {
		if err := c.CreateMenu(ctx, bad); err == nil {
			t.Errorf("%s: sent", name)
		}
	}
	if len(s.seen()) != calls {
		t.Error("a bad menu reached the network")
	}
}

func TestQR(t *testing.T) {
	s := newWechat(t)
	c := s.client()
	s.says(`{"ticket":"gQH4+/==","expire_seconds":604800,"url":"http://weixin.qq.com/q/kZgfwMTm72WWPkovabbI"}`)
	for _, k := range []struct {
		qr   QR
		want string
	}{
		{QR{SceneID: 123, TTL: 7 * 24 * time.Hour}, `{"expire_seconds":604800,"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":123}}}`},
		{QR{SceneStr: "shop=1", TTL: time.Minute}, `{"expire_seconds":60,"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"shop=1"}}}`},
		{QR{SceneID: 100000}, `{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":100000}}}`},
		{QR{SceneStr: "店"}, `{"action_name":"QR_LIMIT_STR_SCENE","action_info":{"scene":{"scene_str":"店"}}}`},
	} {
		got, err := c.CreateQR(ctx, k.qr)
		if err != nil || got.Ticket != "gQH4+/==" || got.ExpiresAt.IsZero() != (k.qr.TTL == 0) {
			t.Errorf("got %+v, %v", got, err)
		}
		wantCall(t, s, "POST /cgi-bin/qrcode/create? "+k.want)
	}
	for _, bad := range []QR{{}, {SceneID: 1, SceneStr: "a"}, {SceneID: 100001}, {SceneStr: strings.Repeat("a", 65)},
		{SceneID: 1, TTL: 31 * 24 * time.Hour}, {SceneID: 1, TTL: -1}, {SceneID: 1, TTL: time.Millisecond}} {
		if _, err := c.CreateQR(ctx, bad); err == nil {
			t.Errorf("%+v: created", bad)
		}
	}
	if got := c.QRImageURL("gQH4+/=="); got != "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQH4%2B%2F%3D%3D" {
		t.Error(got)
	}
}

func TestCustomMessages(t *testing.T) {
	s := newWechat(t)
	c := s.client()
	s.says(ok)
	for _, k := range []struct {
		message CustomMessage
		account string
		want    string
	}{
		{TextMessage{"<a href=\"https://a\">去看看</a>"}, "", `{"msgtype":"text","text":{"content":"<a href=\"https://a\">去看看</a>"},"touser":"o1"}`},
		{ImageMessage{"M"}, "kf1@test", `{"customservice":{"kf_account":"kf1@test"},"image":{"media_id":"M"},"msgtype":"image","touser":"o1"}`},
		{NewsMessage{"t", "d", "https://u", "https://p"}, "", `{"msgtype":"news","news":{"articles":[{"title":"t","description":"d","url":"https://u","picurl":"https://p"}]},"touser":"o1"}`},
		{MenuMessage{"满意吗", []MenuItem{{"1", "满意"}}, "谢谢"}, "", `{"msgmenu":{"head_content":"满意吗","list":[{"id":"1","content":"满意"}],"tail_content":"谢谢"},"msgtype":"msgmenu","touser":"o1"}`},
		{MiniProgramMessage{"t", "wxa", "p/i", "T"}, "", `{"miniprogrampage":{"title":"t","appid":"wxa","pagepath":"p/i","thumb_media_id":"T"},"msgtype":"miniprogrampage","touser":"o1"}`},
	} {
		if err := c.SendCustom(ctx, "o1", k.message, k.account); err != nil {
			t.Error(err)
		}
		wantCall(t, s, "POST /cgi-bin/message/custom/send? "+k.want)
	}
	if err := c.Typing(ctx, "o1", true); err != nil {
		t.Error(err)
	}
	wantCall(t, s, `POST /cgi-bin/message/custom/typing? {"command":"Typing","touser":"o1"}`)
	for _, code := range []string{"45015", "45047", "43004", "48002", "43101", "43019"} {
		s.says(`{"errcode":` + code + `,"errmsg":"x"}`)
		if err := send(c); !IsUnreachable(err) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestTemplateAndUser(t *testing.T) {
	s := newWechat(t)
	c := s.client()
	s.says(`{"errcode":0,"errmsg":"ok","msgid":200228332}`)
	id, err := c.SendTemplate(ctx, TemplateMessage{OpenID: "o1", TemplateID: "T", URL: "https://a/?x=1&y=2",
		Data: map[string]TemplateValue{"thing1": {Value: "龙井"}}})
	if err != nil || id != 200228332 {
		t.Fatalf("got %d, %v", id, err)
	}
	wantCall(t, s, `POST /cgi-bin/message/template/send? {"touser":"o1","template_id":"T","url":"https://a/?x=1&y=2","data":{"thing1":{"value":"龙井"}}}`)
	s.says(`{"subscribe":1,"openid":"o1","unionid":"u1","subscribe_time":1434093047,"tagid_list":[128,2],"subscribe_scene":"ADD_SCENE_QR_CODE","qr_scene":98765,"qr_scene_str":""}`)
	u, err := c.UserInfo(ctx, "o1", "en")
	if err != nil || !u.Subscribed || u.QRScene != 98765 || len(u.TagIDs) != 2 || u.Scene != "ADD_SCENE_QR_CODE" {
		t.Fatalf("got %+v, %v", u, err)
	}
	wantCall(t, s, "GET /cgi-bin/user/info?lang=en&openid=o1")
	s.says(`{"subscribe":0,"openid":"o1"}`)
	if u, err := c.UserInfo(ctx, "o1", ""); err != nil || u.Subscribed {
		t.Errorf("got %+v, %v", u, err)
	}
}

func TestMedia(t *testing.T) {
	s := newWechat(t)
	c := s.client()
	picture := append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 100)...)
	s.set(func() {
		s.answer = func(w http.ResponseWriter, r *http.Request, body string) {
			r.Body = io.NopCloser(strings.NewReader(body))
			f, head, err := r.FormFile("media")
			if err != nil || head.Filename != "图.png" || head.Header.Get("Content-Type") != "image/png" || r.URL.Query().Get("type") != "image" {
				t.Errorf("upload: %v %+v", err, head)
				return
			}
			if got, _ := io.ReadAll(f); !bytes.Equal(got, picture) {
				t.Error("other bytes arrived")
			}
			_, _ = io.WriteString(w, `{"type":"image","media_id":"M1","created_at":1795233600}`)
		}
	})
	s.set(func() { s.refused = true }) // the upload is repeated whole with a fresh token
	m, err := c.UploadMedia(ctx, MediaImage, "图.png", bytes.NewReader(picture))
	if err != nil || m.ID != "M1" || m.CreatedAt.Unix() != 1795233600 {
		t.Fatalf("got %+v, %v", m, err)
	}
	s.set(func() {
		s.answer = func(w http.ResponseWriter, _ *http.Request, _ string) {
			w.Header().Set("Content-Type", "image/png")
			w.Header().Set("Content-Disposition", `attachment; filename="M1.png"`)
			_, _ = w.Write(picture)
		}
	})
	if got, err := c.GetMedia(ctx, "M1"); err != nil || !bytes.Equal(got.Body, picture) || got.Filename != "M1.png" {
		t.Errorf("got %q, %v", got.Filename, err)
	}
	s.says(`{"video_url":"https://v"}`)
	if got, err := c.GetMedia(ctx, "M2"); err != nil || got.VideoURL != "https://v" || got.Body != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	s.says(`{"errcode":40007,"errmsg":"invalid media_id"}`)
	if _, err := c.GetMedia(ctx, "M3"); Code(err) != 40007 {
		t.Errorf("got %v", err)
	}
	if _, err := c.UploadMedia(ctx, MediaThumb, "a.jpg", bytes.NewReader(make([]byte, 64<<10+1))); err == nil {
		t.Error("a thumb above 64 KB was sent")
	}
	if _, err := c.UploadMedia(ctx, "music", "a", bytes.NewReader(nil)); err == nil {
		t.Error("an unknown kind was sent")
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	s := newWechat(t)
	c := s.client()
	var h *HTTPError
	s.says("<html>")
	if err := send(c); !errors.As(err, &h) {
		t.Errorf("HTML: %v", err)
	}
	s.says(ok + strings.Repeat(" ", maxJSONAnswer))
	if err := send(c); !errors.As(err, &h) || !strings.Contains(h.Reason, "longer") {
		t.Errorf("long: %v", err)
	}
	s.set(func() {
		s.answer = func(w http.ResponseWriter, _ *http.Request, _ string) { w.WriteHeader(http.StatusBadGateway) }
	})
	if err := send(c); !errors.As(err, &h) || h.Status != 502 || !IsRetryable(err) {
		t.Errorf("502: %v", err)
	}
	s.says(`{"errcode":48001,"errmsg":"api unauthorized rid: 68d49773-32044106-7794eb1b"}`)
	var e *APIError
	if err := send(c); !IsUnauthorised(err) || !errors.As(err, &e) || e.RID != "68d49773-32044106-7794eb1b" || e.Path != "/cgi-bin/message/custom/send" {
		t.Errorf("48001: %v", err)
	}
}

func TestConfigRefused(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no appid":        {},
		"unknown mode":    {AppID: "wx", Mode: "secret"},
		"safe, no key":    {AppID: "wx", Mode: ModeSafe},
		"bad key":         {AppID: "wx", EncodingAESKey: "short"},
		"base no scheme":  {AppID: "wx", BaseURL: "api.weixin.qq.com"},
		"open with query": {AppID: "wx", OpenBaseURL: "https://open.example/?a=1"},
	} {
		if _, err := New(cfg); err == nil || !strings.HasPrefix(err.Error(), "official: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := New(Config{AppID: "wx"})
	if err != nil || c.cfg.BaseURL != "https://api.weixin.qq.com" || c.cfg.MPBaseURL != "https://mp.weixin.qq.com" {
		t.Errorf("defaults: %v", err)
	}
}
