package conformance

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/credential"
	"github.com/silenceper/wechat/v2/util"
	"github.com/silenceper/wechat/v2/work"
	workconfig "github.com/silenceper/wechat/v2/work/config"
	"github.com/silenceper/wechat/v2/work/externalcontact"
)

// company is silenceper/wechat for WeCom: a company with two members, of whom one has Lin as a customer.
type company struct {
	*silenceper
	id       string
	token    string // of the callback
	key      string
	contact  *externalcontact.Client
	work     *work.Work
	revoked  *externalcontact.Client // holds a token that never was one
	stale    *work.Work              // the whole of revoked
	wrong    *work.Work              // holds a secret that is not the application's
	customer string                  // Lin's external_userid
	welcome  string                  // code of the event
}

func newCompany(p *silenceper) *company {
	c := &company{silenceper: p, id: "ww" + p.Account.AppID[2:]}
	var made struct {
		Apps []struct {
			Secret string `json:"secret"`
			Token  string `json:"token"`
			AESKey string `json:"aes_key"`
			Agent  int64  `json:"agentid"`
		} `json:"apps"`
	}
	p.sim.control(p.t, "POST", "/companies", map[string]any{"corpid": c.id, "name": "熟客", "apps": []map[string]any{{"agentid": 1000002, "name": "客户", "customer_contact": true, "address_book": true, "callback_url": p.Dev + "/work", "trusted_domain": strings.TrimPrefix(p.Dev, "http://")}}}, &made)
	for _, who := range []struct{ user, person string }{{"an", p.Zhou}, {"bo", p.Lin + "b"}} {
		p.sim.control(p.t, "POST", "/people", map[string]any{"id": who.person, "name": who.user}, nil)
		p.sim.control(p.t, "POST", "/companies/"+c.id+"/staff", map[string]any{"userid": who.user, "person": who.person}, nil)
	}
	app := made.Apps[0]
	c.token, c.key = app.Token, app.AESKey
	config := func(secret string) *work.Work {
		return p.sdk.GetWork(&workconfig.Config{CorpID: c.id, CorpSecret: secret, AgentID: fmt.Sprint(app.Agent), Cache: cache.NewMemory(), Token: app.Token, EncodingAESKey: app.AESKey})
	}
	c.work, c.wrong = config(app.Secret), config("0123456789abcdef0123456789abcdef0123456789a")
	c.contact = c.work.GetExternalContact()
	revoked := config(app.Secret)
	revoked.GetContext().AccessTokenHandle = credential.AccessTokenCompatibleHandle{AccessTokenHandle: fixedToken("never-was-a-token")}
	c.stale, c.revoked = revoked, revoked.GetExternalContact()
	return c
}

// befriend makes Lin a customer of "an", with the event that tells of it.
func (c *company) befriend() error {
	var made struct {
		ID string `json:"external_userid"`
	}
	err := c.sim.try("POST", "/companies/"+c.id+"/customers", map[string]any{"userid": "an", "person": c.Lin}, &made)
	c.customer = made.ID
	return err
}

// pushed is an event as the SDK verifies and decrypts it.
func (c *company) pushed() error {
	heard := make(chan error, 8)
	c.on("/work", func(w http.ResponseWriter, r *http.Request) { heard <- c.understand(r) })
	defer c.on("/work", nil)
	if err := c.befriend(); err != nil {
		return err
	}
	select {
	case err := <-heard:
		return err
	case <-time.After(5 * time.Second):
		return errors.New("no event came")
	}
}

func (c *company) understand(r *http.Request) error {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var sealed struct {
		Encrypt string `xml:"Encrypt"`
	}
	if err := xml.Unmarshal(raw, &sealed); err != nil {
		return err
	}
	q := r.URL.Query()
	if got := util.Signature(c.token, q.Get("timestamp"), q.Get("nonce"), sealed.Encrypt); got != q.Get("msg_signature") {
		return fmt.Errorf("msg_signature is %s, computed %s", q.Get("msg_signature"), got)
	}
	m, err := c.contact.GetCallbackMessage(raw)
	if err != nil {
		return err
	}
	c.welcome = m.WelcomeCode
	return check(string(m.ChangeType) == "add_external_contact" && m.UserID == "an" && m.ExternalUserID != "", "the event is %+v", m)
}

func (c *company) greet(code string) error {
	r := &externalcontact.SendWelcomeMsgRequest{WelcomeCode: code}
	r.Text.Content = "你好，我是小安"
	return c.contact.SendWelcomeMsg(r)
}

// book is the address book, messages of the application and the JS ticket.
func (c *company) book() []trial {
	q, list, no := "qyapi.weixin.qq.com/cgi-bin/", c.work.GetAddressList(), c.stale.GetAddressList()
	return []trial{
		{Call: q + "user/get", Code: "60111", Good: func() error {
			r, err := list.UserGet("an")
			if err != nil {
				return err
			}
			return check(r.UserID == "an", "the member is %+v", r)
		}, Bad: func() error { return fails(list.UserGet("nobody")) }},
		{Call: q + "user/simplelist", Code: "60003", Good: func() error { return fails(list.UserSimpleList(1)) }, Bad: func() error { return fails(list.UserSimpleList(99)) }},
		{Call: q + "department/list", Code: "40014", Good: func() error { return fails(list.DepartmentList()) }, Bad: func() error { return fails(no.DepartmentList()) }},
		{Call: q + "department/get", Code: "60003", Good: func() error { return fails(list.DepartmentGet(1)) }, Bad: func() error { return fails(list.DepartmentGet(99)) }},
		{Call: q + "tag/list", Code: "40014", Good: func() error { return fails(list.ListTag()) }, Bad: func() error { return fails(no.ListTag()) }},
		{Call: q + "get_jsapi_ticket", Code: "40014", Good: func() error { return fails(c.work.JsSdk().GetConfig("http://127.0.0.1/")) }, Bad: func() error { return fails(c.stale.JsSdk().GetConfig("http://127.0.0.1/")) }},
	}
}

func (c *company) trials() []trial {
	q, x := "qyapi.weixin.qq.com/cgi-bin/", c.contact
	e := q + "externalcontact/"
	way := func(user string) (*externalcontact.AddContactWayResponse, error) {
		return x.AddContactWay(&externalcontact.AddContactWayRequest{Type: 1, Scene: 2, State: "shop1", User: []string{user}, SkipVerify: true})
	}
	with := func(f func(id string) error) func() error {
		return func() error {
			made, err := way("an")
			if err != nil {
				return err
			}
			return f(made.ConfigID)
		}
	}
	group := func() (*externalcontact.TagGroup, error) {
		return x.AddCropTag(externalcontact.AddCropTagRequest{GroupName: "等级" + c.number("g"), Tag: []externalcontact.AddCropTagItem{{Name: "金"}, {Name: "银"}}})
	}
	token := func(w *work.Work) error { return fails(w.GetContext().GetAccessToken()) }
	return append([]trial{
		{Call: q + "gettoken", Code: "40001", Good: func() error { return token(c.work) }, Bad: func() error { return token(c.wrong) }},
		{Call: "→ add_external_contact (WeCom)", Good: c.pushed},
		{Call: e + "send_welcome_msg", Code: "40058", Good: func() error { return c.greet(c.welcome) }, Bad: func() error { return c.greet("never") }},
		{Call: e + "list", Code: "40014", Good: func() error {
			list, err := x.GetExternalUserList("an")
			if err != nil {
				return err
			}
			return check(len(list) == 1 && list[0] == c.customer, "the customers are %v", list)
		}, Bad: func() error { return fails(c.revoked.GetExternalUserList("an")) }},
		{Call: e + "get", Code: "40096", Good: func() error {
			r, err := x.GetExternalUserDetail(c.customer)
			if err != nil {
				return err
			}
			return check(r.ExternalContact.ExternalUserID == c.customer && r.FollowUser[0].UserID == "an", "the customer is %+v", r)
		}, Bad: func() error { return fails(x.GetExternalUserDetail("wmnobody")) }},
		{Call: e + "batch/get_by_user", Code: "40014", Good: func() error {
			return fails(x.BatchGetExternalUserDetails(externalcontact.BatchGetExternalUserDetailsRequest{UserIDList: []string{"an"}, Limit: 50}))
		}, Bad: func() error {
			return fails(c.revoked.BatchGetExternalUserDetails(externalcontact.BatchGetExternalUserDetailsRequest{UserIDList: []string{"an"}, Limit: 50}))
		}},
		{Call: e + "remark", Code: "40096", Good: func() error {
			return x.UpdateUserRemark(externalcontact.UpdateUserRemarkRequest{UserID: "an", ExternalUserID: c.customer, Remark: "老客"})
		},
			Bad: func() error {
				return x.UpdateUserRemark(externalcontact.UpdateUserRemarkRequest{UserID: "an", ExternalUserID: "wmnobody", Remark: "老客"})
			}},
		{Call: e + "add_contact_way", Code: "60111", Good: func() error { return fails(way("an")) }, Bad: func() error { return fails(way("nobody")) }},
		{Call: e + "get_contact_way", Code: "40058", Good: with(func(id string) error {
			r, err := x.GetContactWay(&externalcontact.GetContactWayRequest{ConfigID: id})
			if err != nil {
				return err
			}
			return check(r.ContactWay.State == "shop1" && r.ContactWay.User[0] == "an", "the way is %+v", r)
		}), Bad: func() error { return fails(x.GetContactWay(&externalcontact.GetContactWayRequest{ConfigID: "never"})) }},
		{Call: e + "list_contact_way", Code: "40014", Good: func() error { return fails(x.ListContactWay(&externalcontact.ListContactWayRequest{Limit: 100})) }, Bad: func() error {
			return fails(c.revoked.ListContactWay(&externalcontact.ListContactWayRequest{Limit: 100}))
		}},
		{Call: e + "update_contact_way", Code: "40058", Good: with(func(id string) error {
			return fails(x.UpdateContactWay(&externalcontact.UpdateContactWayRequest{ConfigID: id, State: "shop2", User: []string{"bo"}}))
		}), Bad: func() error {
			return fails(x.UpdateContactWay(&externalcontact.UpdateContactWayRequest{ConfigID: "never", State: "x"}))
		}},
		{Call: e + "del_contact_way", Code: "40058", Good: with(func(id string) error {
			return fails(x.DelContactWay(&externalcontact.DelContactWayRequest{ConfigID: id}))
		}), Bad: func() error { return fails(x.DelContactWay(&externalcontact.DelContactWayRequest{ConfigID: "never"})) }},
		{Call: e + "add_corp_tag", Code: "40063", Good: func() error { return fails(group()) }, Bad: func() error { return fails(x.AddCropTag(externalcontact.AddCropTagRequest{GroupName: "空"})) }},
		{Call: e + "get_corp_tag_list", Code: "40014", Good: func() error { return fails(x.GetCropTagList(externalcontact.GetCropTagRequest{})) }, Bad: func() error { return fails(c.revoked.GetCropTagList(externalcontact.GetCropTagRequest{})) }},
		{Call: e + "mark_tag", Code: "40096", Good: func() error {
			g, err := group()
			if err != nil {
				return err
			}
			return x.MarkTag(externalcontact.MarkTagRequest{UserID: "an", ExternalUserID: c.customer, AddTag: []string{g.Tag[0].ID}})
		}, Bad: func() error {
			return x.MarkTag(externalcontact.MarkTagRequest{UserID: "an", ExternalUserID: "wmnobody", AddTag: []string{"never"}})
		}},
		{Call: e + "del_corp_tag", Code: "40068", Good: func() error {
			g, err := group()
			if err != nil {
				return err
			}
			return x.DeleteCropTag(externalcontact.DeleteCropTagRequest{GroupID: []string{g.GroupID}})
		}, Bad: func() error { return x.DeleteCropTag(externalcontact.DeleteCropTagRequest{TagID: []string{"never"}}) }},
		{Call: e + "get_follow_user_list", Code: "40014", Good: func() error { return fails(x.GetFollowUserList()) }, Bad: func() error { return fails(c.revoked.GetFollowUserList()) }},
		{Call: e + "groupchat/list", Code: "40014", Good: func() error { return fails(x.GetGroupChatList(&externalcontact.GroupChatListRequest{Limit: 100})) }, Bad: func() error {
			return fails(c.revoked.GetGroupChatList(&externalcontact.GroupChatListRequest{Limit: 100}))
		}},
	}, slices.Concat(c.book(), c.changes(), c.further())...)
}
