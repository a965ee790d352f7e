package conformance

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	wechatsdk "github.com/silenceper/wechat/v2"
	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/credential"
	"github.com/silenceper/wechat/v2/officialaccount"
	"github.com/silenceper/wechat/v2/officialaccount/basic"
	offconfig "github.com/silenceper/wechat/v2/officialaccount/config"
	"github.com/silenceper/wechat/v2/officialaccount/customerservice"
	"github.com/silenceper/wechat/v2/officialaccount/material"
	"github.com/silenceper/wechat/v2/officialaccount/menu"
	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/officialaccount/user"
	"github.com/sirupsen/logrus"
)

// silenceper is silenceper/wechat for an official account. Its HTTP client is one for the whole process.
type silenceper struct {
	*scene
	sdk     *wechatsdk.Wechat
	app     *officialaccount.OfficialAccount
	wrong   *officialaccount.OfficialAccount // holds a secret that is not the account's
	revoked *officialaccount.OfficialAccount // holds a token that never was one
	nobody  string                           // an openid of no one
}

type fixedToken string

// GetAccessToken implements credential.AccessTokenHandle.
func (t fixedToken) GetAccessToken() (string, error) { return string(t), nil }

func newSilenceper(s *scene) *silenceper {
	logrus.SetLevel(logrus.WarnLevel) // the SDK sets it to debug
	w := wechatsdk.NewWechat()
	w.SetHTTPClient(s.sim.client())
	w.SetCache(cache.NewMemory())
	p := &silenceper{scene: s, sdk: w, nobody: "oNobodyNobodyNobodyNobodyNob"}
	made := func(secret string) *officialaccount.OfficialAccount {
		return w.GetOfficialAccount(&offconfig.Config{AppID: s.Account.AppID, AppSecret: secret, Token: s.Account.Token, EncodingAESKey: s.Account.AESKey, Cache: cache.NewMemory()})
	}
	p.app, p.wrong, p.revoked = made(s.Account.Secret), made("0123456789abcdef0123456789abcdef"), made(s.Account.Secret)
	p.revoked.SetAccessTokenHandle(fixedToken("never-was-a-token"))
	return p
}

// write lets a person write to the account; what was said reaches the developer's server as a push.
func (p *silenceper) write(who, text string) error {
	return p.sim.try("POST", "/people/"+who+"/chats/acc-"+p.Account.AppID+"/messages", map[string]any{"text": text}, nil)
}

// file is a picture on disk.
func (p *silenceper) file(name string, body []byte) string {
	path := filepath.Join(p.t.TempDir(), name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

func picture() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		img.Set(i%64, i/64, color.RGBA{R: uint8(i), G: 120, B: 60, A: 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// fails gives only the error of a call that also gives a value.
func fails[T any](_ T, err error) error { return err }

func silenceperTrials(s *scene) []trial {
	p := newSilenceper(s)
	list := append(p.basics(), p.users()...)
	list = append(list, p.messages()...)
	list = append(list, p.medias()...)
	list = append(list, p.pushes()...)
	list = append(list, p.more()...)
	list = append(list, newCompany(p).trials()...)
	return append(list, newMini(p).trials()...)
}

func (p *silenceper) basics() []trial {
	stable := func(secret string) error {
		handle := credential.NewStableAccessToken(p.Account.AppID, secret, "stable", cache.NewMemory()).(*credential.StableAccessToken)
		return fails(handle.GetAccessTokenDirectly(context.Background(), false))
	}
	button := func(names ...string) []*menu.Button {
		list := []*menu.Button{}
		for _, n := range names {
			list = append(list, new(menu.Button).SetViewButton(n, "http://127.0.0.1/"+n))
		}
		return list
	}
	code := func(scene any) error {
		ticket, err := p.app.GetBasic().GetQRTicket(basic.NewTmpQrRequest(10*time.Minute, scene))
		if err != nil {
			return err
		}
		return check(ticket.Ticket != "" && ticket.ExpireSeconds == 600 && strings.HasPrefix(ticket.URL, "http://weixin.qq.com/q/"), "the code is %+v", ticket)
	}
	return []trial{
		{Call: "/cgi-bin/token", Code: "40125", Good: func() error { return fails(p.app.GetAccessToken()) }, Bad: func() error { return fails(p.wrong.GetAccessToken()) }},
		{Call: "/cgi-bin/stable_token", Code: "40125", Good: func() error { return stable(p.Account.Secret) }, Bad: func() error { return stable("0123456789abcdef0123456789abcdef") }},
		{Call: "/cgi-bin/ticket/getticket", Code: "40001", Good: func() error { return fails(p.app.GetJs().GetConfig("http://127.0.0.1/")) }, Bad: func() error { return fails(p.revoked.GetJs().GetConfig("http://127.0.0.1/")) }},
		{Call: "/cgi-bin/getcallbackip", Code: "40001", Good: func() error { return fails(p.app.GetBasic().GetCallbackIP()) }, Bad: func() error { return fails(p.revoked.GetBasic().GetCallbackIP()) }},
		{Call: "/cgi-bin/get_api_domain_ip", Code: "40001", Good: func() error { return fails(p.app.GetBasic().GetAPIDomainIP()) }, Bad: func() error { return fails(p.revoked.GetBasic().GetAPIDomainIP()) }},
		{Call: "/cgi-bin/clear_quota", Code: "40001", Good: func() error { return p.app.GetBasic().ClearQuota() }, Bad: func() error { return p.revoked.GetBasic().ClearQuota() }},
		{Call: "/cgi-bin/menu/create", Code: "40016", Good: func() error { return p.app.GetMenu().SetMenu(button("市集", "我的")) }, Bad: func() error { return p.app.GetMenu().SetMenu(button("1", "2", "3", "4")) }},
		{Call: "/cgi-bin/menu/get", Code: "46003", Good: func() error {
			m, err := p.app.GetMenu().GetMenu()
			if err != nil {
				return err
			}
			return check(len(m.Menu.Button) == 2 && m.Menu.Button[0].Name == "市集", "the menu is %+v", m)
		}, Bad: func() error {
			if err := p.app.GetMenu().DeleteMenu(); err != nil {
				return err
			}
			return fails(p.app.GetMenu().GetMenu())
		}},
		{Call: "/cgi-bin/get_current_selfmenu_info", Code: "40001", Good: func() error { return fails(p.app.GetMenu().GetCurrentSelfMenuInfo()) }, Bad: func() error { return fails(p.revoked.GetMenu().GetCurrentSelfMenuInfo()) }},
		{Call: "/cgi-bin/menu/delete", Code: "40001", Good: func() error { return p.app.GetMenu().DeleteMenu() }, Bad: func() error { return p.revoked.GetMenu().DeleteMenu() }},
		{Call: "/cgi-bin/qrcode/create", Code: "40035", Good: func() error { return code("门店1") }, Bad: func() error { return code(strings.Repeat("长", 65)) }},
	}
}

func (p *silenceper) users() []trial {
	u, no := p.app.GetUser(), p.revoked.GetUser()
	oauth := p.app.GetOauth()
	token := func(scope string) (openid, access, refresh string, err error) {
		code, err := p.oauthCode(p.Lin, scope)
		if err != nil {
			return "", "", "", err
		}
		r, err := oauth.GetUserAccessToken(code)
		return r.OpenID, r.AccessToken, r.RefreshToken, err
	}
	return []trial{
		{Call: "/cgi-bin/user/info", Code: "40003", Good: func() error {
			r, err := u.GetUserInfo(p.OpenID)
			if err != nil {
				return err
			}
			return check(r.Subscribe == 1 && r.OpenID == p.OpenID, "the user is %+v", r)
		}, Bad: func() error { return fails(u.GetUserInfo(p.nobody)) }},
		{Call: "/cgi-bin/user/info/batchget", Code: "40003", Good: func() error {
			r, err := u.BatchGetUserInfo(user.BatchGetUserInfoParams{UserList: []user.BatchGetUserListItem{{OpenID: p.OpenID, Lang: "zh_CN"}}})
			if err != nil {
				return err
			}
			return check(len(r.UserInfoList) == 1 && r.UserInfoList[0].OpenID == p.OpenID, "the users are %+v", r)
		}, Bad: func() error {
			return fails(u.BatchGetUserInfo(user.BatchGetUserInfoParams{UserList: []user.BatchGetUserListItem{{OpenID: p.nobody}}}))
		}},
		{Call: "/cgi-bin/user/info/updateremark", Code: "40003", Good: func() error { return u.UpdateRemark(p.OpenID, "老客") }, Bad: func() error { return u.UpdateRemark(p.nobody, "老客") }},
		{Call: "/cgi-bin/user/get", Code: "40001", Good: func() error {
			r, err := u.ListUserOpenIDs()
			if err != nil {
				return err
			}
			return check(r.Total == 1 && r.Data.OpenIDs[0] == p.OpenID, "the fans are %+v", r)
		}, Bad: func() error { return fails(no.ListUserOpenIDs()) }},
		{Call: "/sns/oauth2/access_token", Code: "40029", Good: func() error {
			openid, _, _, err := token("snsapi_base")
			if err != nil {
				return err
			}
			return check(openid == p.OpenID, "the openid is %s", openid)
		}, Bad: func() error { return fails(oauth.GetUserAccessToken("never-a-code")) }},
		{Call: "/sns/oauth2/access_token", Code: "40163", Bad: func() error {
			code, err := p.oauthCode(p.Lin, "snsapi_base")
			if err != nil {
				return err
			}
			if _, err := oauth.GetUserAccessToken(code); err != nil {
				return err
			}
			return fails(oauth.GetUserAccessToken(code))
		}},
		{Call: "/sns/oauth2/refresh_token", Code: "40030", Good: func() error {
			_, _, refresh, err := token("snsapi_base")
			if err != nil {
				return err
			}
			return fails(oauth.RefreshAccessToken(refresh))
		}, Bad: func() error { return fails(oauth.RefreshAccessToken("never-a-token")) }},
		{Call: "/sns/userinfo", Code: "48001", Good: func() error {
			openid, access, _, err := token("snsapi_userinfo")
			if err != nil {
				return err
			}
			r, err := oauth.GetUserInfo(access, openid, "zh_CN")
			if err != nil {
				return err
			}
			return check(r.Nickname == "林小满" && r.OpenID == p.OpenID, "the user is %+v", r)
		}, Bad: func() error {
			openid, access, _, err := token("snsapi_base")
			if err != nil {
				return err
			}
			return fails(oauth.GetUserInfo(access, openid, ""))
		}},
		{Call: "/sns/auth", Code: "40003", Good: func() error {
			openid, access, _, err := token("snsapi_base")
			if err != nil {
				return err
			}
			ok, err := oauth.CheckAccessToken(access, openid)
			if err != nil {
				return err
			}
			return check(ok, "the token is said to be bad")
		}, Bad: func() error {
			_, access, _, err := token("snsapi_base")
			if err != nil {
				return err
			}
			ok, err := oauth.CheckAccessToken(access, p.nobody)
			if err == nil && !ok {
				err = fmt.Errorf("40003 is swallowed by the SDK, which says no") // it gives false without the code
			}
			return err
		}},
	}
}

func (p *silenceper) messages() []trial {
	kf, tpl := p.app.GetCustomerMessageManager(), p.app.GetTemplate()
	template := func(id string) *message.TemplateMessage {
		return &message.TemplateMessage{ToUser: p.OpenID, TemplateID: id, URL: "http://127.0.0.1/", Data: map[string]*message.TemplateDataItem{"character_string1": {Value: "1001"}, "amount2": {Value: "88.00元"}}}
	}
	return []trial{
		{Call: "/cgi-bin/message/custom/send", Code: "45015", Good: func() error {
			if err := p.write(p.Lin, "在吗"); err != nil {
				return err
			}
			return kf.Send(message.NewCustomerTextMessage(p.OpenID, "在的"))
		}, Bad: func() error { return kf.Send(message.NewCustomerTextMessage(p.openID(p.Zhou), "你好")) }},
		{Call: "/cgi-bin/message/custom/typing", Code: "45080", Good: func() error {
			return p.app.GetCustomerServiceManager().SendTypingStatus(p.OpenID, customerservice.Typing)
		}, Bad: func() error {
			return p.app.GetCustomerServiceManager().SendTypingStatus(p.openID(p.Zhou), customerservice.Typing)
		}},
		{Call: "/cgi-bin/message/template/send", Code: "40037", Good: func() error {
			id, err := tpl.Send(template("tpl-paid"))
			if err != nil {
				return err
			}
			return check(id > 0, "the msgid is %d", id)
		}, Bad: func() error { return fails(tpl.Send(template("no-such-template"))) }},
		{Call: "/cgi-bin/template/get_all_private_template", Code: "40001", Good: func() error {
			list, err := tpl.List()
			if err != nil {
				return err
			}
			return check(len(list) > 0 && list[0].TemplateID == "tpl-paid", "the templates are %v", list)
		}, Bad: func() error { return fails(p.revoked.GetTemplate().List()) }},
		{Call: "/cgi-bin/template/del_private_template", Code: "40037", Good: func() error { return tpl.Delete("tpl-paid") }, Bad: func() error { return tpl.Delete("no-such-template") }},
	}
}

func (p *silenceper) medias() []trial {
	m := p.app.GetMaterial()
	upload := func(name string, body []byte) (material.Media, error) {
		return m.MediaUploadFromReader(material.MediaTypeImage, name, bytes.NewReader(body))
	}
	fetch := func(id string) ([]byte, error) {
		address, err := m.GetMediaURL(id)
		if err != nil {
			return nil, err
		}
		resp, err := p.sim.client().Get(address)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		return io.ReadAll(resp.Body)
	}
	return []trial{
		{Call: "/cgi-bin/media/upload", Code: "40005", Good: func() error {
			r, err := upload("a.png", picture())
			if err != nil {
				return err
			}
			return check(r.MediaID != "" && r.Type == material.MediaTypeImage, "the media is %+v", r)
		}, Bad: func() error { return fails(upload("a.exe", []byte("MZ, no picture"))) }},
		{Call: "/cgi-bin/media/get", Code: "40007", Good: func() error {
			r, err := upload("a.png", picture())
			if err != nil {
				return err
			}
			back, err := fetch(r.MediaID)
			if err != nil {
				return err
			}
			return check(bytes.Equal(back, picture()), "%d bytes came back", len(back))
		}, Bad: func() error {
			body, err := fetch("never-uploaded")
			if err != nil {
				return err
			}
			return fmt.Errorf("%s", body) // the SDK only builds the address
		}},
		{Call: "/cgi-bin/media/uploadimg", Code: "40005", Good: func() error { return fails(m.ImageUpload(p.file("a.png", picture()))) },
			Bad: func() error { return fails(m.ImageUpload(p.file("a.txt", []byte("no picture")))) }},
	}
}

// talk lets Lin write in a push mode; the SDK's server verifies, decrypts and answers; the answer has to reach her phone.
func (p *silenceper) talk(mode, text string) error {
	if err := p.sim.try("POST", "/accounts", map[string]any{"appid": p.Account.AppID, "name": "熟客市集", "mode": mode}, nil); err != nil {
		return err
	}
	failed := make(chan error, 10)
	p.on("/push", func(w http.ResponseWriter, r *http.Request) {
		server := p.app.GetServer(r, w)
		server.SetMessageHandler(func(m *message.MixMessage) *message.Reply {
			return &message.Reply{MsgType: message.MsgTypeText, MsgData: message.NewText("回声 " + m.Content)}
		})
		if err := server.Serve(); err != nil {
			failed <- err
			return
		}
		if err := server.Send(); err != nil {
			failed <- err
		}
	})
	defer p.on("/push", nil)
	if err := p.write(p.Lin, text); err != nil {
		return err
	}
	err := eventually("the answer on the phone", func() bool { return p.heard("回声 " + text) })
	select {
	case said := <-failed:
		return said
	default:
		return err
	}
}

func (p *silenceper) heard(text string) bool {
	var page struct {
		Messages []struct {
			Text string `json:"text"`
		} `json:"messages"`
	}
	if p.sim.try("GET", "/people/"+p.Lin+"/chats/acc-"+p.Account.AppID+"/messages", nil, &page) != nil {
		return false
	}
	for _, m := range page.Messages {
		if m.Text == text {
			return true
		}
	}
	return false
}

func (p *silenceper) pushes() []trial {
	return []trial{
		{Call: "→ text, plain mode", Good: func() error { return p.talk("plain", "明文") }},
		{Call: "→ text, compatible mode", Good: func() error { return p.talk("compatible", "兼容") }},
		{Call: "→ text, safe mode", Good: func() error { return p.talk("safe", "安全") }},
	}
}
