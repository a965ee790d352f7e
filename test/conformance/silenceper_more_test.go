package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/officialaccount/broadcast"
	offconfig "github.com/silenceper/wechat/v2/officialaccount/config"
	"github.com/silenceper/wechat/v2/officialaccount/datacube"
	"github.com/silenceper/wechat/v2/officialaccount/draft"
	"github.com/silenceper/wechat/v2/officialaccount/material"
	"github.com/silenceper/wechat/v2/officialaccount/menu"
	"github.com/silenceper/wechat/v2/officialaccount/message"
)

// more is the rest of the official account: tags, black list, customer-service accounts, mass messages, materials, drafts,
// articles, subscription notices and statistics.
func (p *silenceper) more() []trial {
	var list []trial
	for _, part := range [][]trial{p.tags(), p.staff(), p.articles(), p.mass(), p.notices(), p.statistics()} {
		list = append(list, part...)
	}
	return list
}

func (p *silenceper) tags() []trial {
	u, no := p.app.GetUser(), p.revoked.GetUser()
	made := func() (int32, error) {
		tag, err := u.CreateTag("标签" + p.number("t"))
		if err != nil {
			return 0, err
		}
		return tag.ID, nil
	}
	with := func(f func(id int32) error) func() error {
		return func() error {
			id, err := made()
			if err != nil {
				return err
			}
			return f(id)
		}
	}
	matched := func() *menu.MatchRule { return &menu.MatchRule{ClientPlatformType: "1"} }
	buttons := []*menu.Button{new(menu.Button).SetViewButton("市集", "http://127.0.0.1/")}
	return []trial{
		{Call: "/cgi-bin/tags/create", Code: "45157", Good: func() error { return fails(made()) }, Bad: func() error {
			name := "重名" + p.number("t")
			_, err := u.CreateTag(name)
			return errors.Join(err, fails(u.CreateTag(name)))
		}},
		{Call: "/cgi-bin/tags/get", Good: func() error { return fails(u.GetTag()) }}, // of a refusal the SDK says nothing
		{Call: "/cgi-bin/tags/update", Code: "45058", Good: with(func(id int32) error { return u.UpdateTag(id, "改名"+p.number("t")) }), Bad: func() error { return u.UpdateTag(2, "星标") }},
		{Call: "/cgi-bin/tags/delete", Code: "45058", Good: with(u.DeleteTag), Bad: func() error { return u.DeleteTag(2) }},
		{Call: "/cgi-bin/tags/members/batchtagging", Code: "45159", Good: with(func(id int32) error {
			if err := u.BatchTag([]string{p.OpenID}, id); err != nil {
				return err
			}
			users, err := u.OpenIDListByTag(id)
			if err != nil {
				return err
			}
			return check(users.Count == 1 && users.Data.OpenIDs[0] == p.OpenID, "the tag holds %+v", users)
		}), Bad: func() error { return u.BatchTag([]string{p.OpenID}, 9999) }},
		{Call: "/cgi-bin/user/tag/get", Good: with(func(id int32) error { return fails(u.OpenIDListByTag(id)) })},
		{Call: "/cgi-bin/tags/members/batchuntagging", Code: "45159", Good: with(func(id int32) error {
			return errors.Join(u.BatchTag([]string{p.OpenID}, id), u.BatchUntag([]string{p.OpenID}, id))
		}), Bad: func() error { return u.BatchUntag([]string{p.OpenID}, 9999) }},
		{Call: "/cgi-bin/tags/getidlist", Code: "40003", Good: func() error { return fails(u.UserTidList(p.OpenID)) }, Bad: func() error { return fails(u.UserTidList(p.nobody)) }},
		{Call: "/cgi-bin/tags/members/batchblacklist", Code: "40003", Good: func() error { return u.BatchBlackList(p.OpenID) }, Bad: func() error { return u.BatchBlackList(p.nobody) }},
		{Call: "/cgi-bin/tags/members/getblacklist", Code: "40001", Good: func() error {
			r, err := u.GetBlackList()
			if err != nil {
				return err
			}
			return check(r.Total == 1, "the black list is %+v", r)
		}, Bad: func() error { return fails(no.GetBlackList()) }},
		{Call: "/cgi-bin/tags/members/batchunblacklist", Code: "40003", Good: func() error { return u.BatchUnBlackList(p.OpenID) }, Bad: func() error { return u.BatchUnBlackList(p.nobody) }},
		{Call: "/cgi-bin/menu/addconditional", Code: "65303", Good: func() error {
			return errors.Join(p.app.GetMenu().SetMenu(buttons), p.app.GetMenu().AddConditional(buttons, matched()))
		}, Bad: func() error {
			return errors.Join(p.app.GetMenu().DeleteMenu(), p.app.GetMenu().AddConditional(buttons, matched()))
		}},
		{Call: "/cgi-bin/menu/trymatch", Good: func() error {
			return errors.Join(p.app.GetMenu().SetMenu(buttons), fails(p.app.GetMenu().MenuTryMatch(p.OpenID)))
		}},
		{Call: "/cgi-bin/menu/delconditional", Code: "65301", Bad: func() error { return p.app.GetMenu().DeleteConditional(1) }},
	}
}

func (p *silenceper) staff() []trial {
	k, no := p.app.GetCustomerServiceManager(), p.revoked.GetCustomerServiceManager()
	name, nobody := "kf1@"+p.Account.OriginalID, "nobody@"+p.Account.OriginalID
	return []trial{
		{Call: "/customservice/kfaccount/add", Code: "65", Good: func() error { return k.Add(name, "小客服") }, Bad: func() error { return k.Add("没有后缀", "小客服") }},
		{Call: "/customservice/kfaccount/update", Code: "65", Good: func() error { return k.Update(name, "大客服") }, Bad: func() error { return k.Update(nobody, "大客服") }},
		{Call: "/cgi-bin/customservice/getkflist", Code: "40001", Good: func() error {
			r, err := k.List()
			if err != nil {
				return err
			}
			return check(len(r) == 1 && r[0].KfNick == "大客服", "the staff is %v", r)
		}, Bad: func() error { return fails(no.List()) }},
		{Call: "/cgi-bin/customservice/getonlinekflist", Code: "40001", Good: func() error { return fails(k.OnlineList()) }, Bad: func() error { return fails(no.OnlineList()) }},
		{Call: "/customservice/kfaccount/inviteworker", Code: "65", Bad: func() error { return k.InviteBind(nobody, "lin") }},
		{Call: "/customservice/kfaccount/uploadheadimg", Code: "65", Bad: func() error { return k.UploadHeadImg(nobody, p.file("a.jpg", picture())) }},
		{Call: "/customservice/kfaccount/del", Code: "65", Good: func() error { return k.Delete(name) }, Bad: func() error { return k.Delete(nobody) }},
	}
}

// thumb is a permanent picture.
func (p *silenceper) thumb() (string, error) {
	id, _, err := p.app.GetMaterial().AddMaterialFromReader(material.MediaTypeImage, "a.png", bytes.NewReader(picture()))
	return id, err
}

// draftOf is a draft of one article.
func (p *silenceper) draftOf(title string) (string, error) {
	thumb, err := p.thumb()
	if err != nil {
		return "", err
	}
	return p.app.GetDraft().AddDraft([]*draft.Article{{Title: title, Author: "熟客", Content: "<p>明前龙井上市</p>", ThumbMediaID: thumb}})
}

func (p *silenceper) articles() []trial {
	m, d, f := p.app.GetMaterial(), p.app.GetDraft(), p.app.GetFreePublish()
	nm, nd, nf := p.revoked.GetMaterial(), p.revoked.GetDraft(), p.revoked.GetFreePublish()
	with := func(do func(media string) error) func() error {
		return func() error {
			media, err := p.draftOf("春茶")
			if err != nil {
				return err
			}
			return do(media)
		}
	}
	published := ""
	publish := with(func(media string) error {
		id, err := f.Publish(media)
		if err != nil {
			return err
		}
		if err := p.advance("1m"); err != nil {
			return err
		}
		return eventually("the publication", func() bool {
			r, err := f.SelectStatus(id)
			published = r.ArticleID
			return err == nil && r.PublishStatus == 0
		})
	})
	return []trial{
		{Call: "/cgi-bin/material/add_material", Code: "40005", Good: func() error { return fails(p.thumb()) }, Bad: func() error {
			return fails2(m.AddMaterialFromReader(material.MediaTypeImage, "a.exe", bytes.NewReader([]byte("MZ"))))
		}},
		{Call: "/cgi-bin/material/get_materialcount", Code: "40001", Good: func() error {
			r, err := m.GetMaterialCount()
			if err != nil {
				return err
			}
			return check(r.ImageCount >= 1, "the count is %+v", r)
		}, Bad: func() error { return fails(nm.GetMaterialCount()) }},
		{Call: "/cgi-bin/material/batchget_material", Code: "40001", Good: func() error { return fails(m.BatchGetMaterial(material.PermanentMaterialTypeImage, 0, 20)) }, Bad: func() error { return fails(nm.BatchGetMaterial(material.PermanentMaterialTypeImage, 0, 20)) }},
		{Call: "/cgi-bin/material/del_material", Code: "40007", Good: func() error {
			id, err := p.thumb()
			return errors.Join(err, m.DeleteMaterial(id))
		}, Bad: func() error { return m.DeleteMaterial("never-uploaded") }},
		{Call: "/cgi-bin/draft/add", Code: "40007", Good: with(func(string) error { return nil }), Bad: func() error {
			return fails(d.AddDraft([]*draft.Article{{Title: "无图", Content: "<p>x</p>", ThumbMediaID: "never-uploaded"}}))
		}},
		{Call: "/cgi-bin/draft/get", Code: "40007", Good: with(func(media string) error {
			r, err := d.GetDraft(media)
			if err != nil {
				return err
			}
			return check(len(r) == 1 && r[0].Title == "春茶", "the draft is %v", r)
		}), Bad: func() error { return fails(d.GetDraft("never-drafted")) }},
		{Call: "/cgi-bin/draft/update", Code: "40007", Good: with(func(media string) error {
			thumb, err := p.thumb()
			return errors.Join(err, d.UpdateDraft(&draft.Article{Title: "夏茶", Content: "<p>y</p>", ThumbMediaID: thumb}, media, 0))
		}), Bad: func() error {
			return d.UpdateDraft(&draft.Article{Title: "夏茶", Content: "<p>y</p>"}, "never-drafted", 0)
		}},
		{Call: "/cgi-bin/draft/count", Code: "40001", Good: func() error { return fails(d.CountDraft()) }, Bad: func() error { return fails(nd.CountDraft()) }},
		{Call: "/cgi-bin/draft/batchget", Code: "40001", Good: func() error { return fails(d.PaginateDraft(0, 20, true)) }, Bad: func() error { return fails(nd.PaginateDraft(0, 20, true)) }},
		{Call: "/cgi-bin/draft/delete", Code: "40007", Good: with(d.DeleteDraft), Bad: func() error { return d.DeleteDraft("never-drafted") }},
		{Call: "/cgi-bin/freepublish/submit", Code: "40007", Good: publish, Bad: func() error { return fails(f.Publish("never-drafted")) }},
		{Call: "/cgi-bin/freepublish/get", Code: "40001", Good: publish, Bad: func() error { return fails(nf.SelectStatus(1)) }},
		{Call: "/cgi-bin/freepublish/getarticle", Code: "53600", Good: func() error {
			r, err := f.First(published)
			if err != nil {
				return err
			}
			return check(len(r) == 1 && r[0].Title == "春茶", "the article is %v", r)
		}, Bad: func() error { return fails(f.First("never-published")) }},
		{Call: "/cgi-bin/freepublish/batchget", Code: "40001", Good: func() error { return fails(f.Paginate(0, 20, true)) }, Bad: func() error { return fails(nf.Paginate(0, 20, true)) }},
		{Call: "/cgi-bin/freepublish/delete", Code: "53600", Good: func() error { return f.Delete(published, 0) }, Bad: func() error { return f.Delete("never-published", 0) }},
	}
}

func (p *silenceper) mass() []trial {
	b, no := p.app.GetBroadcast(), p.revoked.GetBroadcast()
	two := func() *broadcast.User { return &broadcast.User{OpenID: []string{p.OpenID, p.openID(p.Zhou)}} }
	sent := ""
	return []trial{
		{Call: "/cgi-bin/message/mass/sendall", Code: "45028", Good: func() error {
			r, err := b.SendText(nil, "春茶上市"+p.number("m"))
			if err != nil {
				return err
			}
			return check(r.MsgID > 0, "the answer is %+v", r)
		}, Bad: func() error { return fails(b.SendText(nil, "春茶上市"+p.number("m"))) }},
		{Call: "/cgi-bin/message/mass/send", Code: "40130", Good: func() error {
			r, err := b.SendText(two(), "老客专享"+p.number("m"))
			if err != nil {
				return err
			}
			sent = fmt.Sprint(r.MsgID)
			return nil
		}, Bad: func() error {
			return fails(b.SendText(&broadcast.User{OpenID: []string{p.OpenID}}, "一个人"+p.number("m")))
		}},
		{Call: "/cgi-bin/message/mass/preview", Code: "40003", Good: func() error {
			return fails(p.app.GetBroadcast().Preview().SendText(&broadcast.User{OpenID: []string{p.OpenID}}, "预览"))
		}, Bad: func() error {
			return fails(p.app.GetBroadcast().Preview().SendText(&broadcast.User{OpenID: []string{p.nobody}}, "预览"))
		}},
		{Call: "/cgi-bin/message/mass/get", Code: "40059", Good: func() error {
			r, err := b.GetMassStatus(sent)
			if err != nil {
				return err
			}
			return check(fmt.Sprint(r.MsgID) == sent && strings.HasPrefix(r.MsgStatus, "SEND"), "the status is %+v", r)
		}, Bad: func() error { return fails(b.GetMassStatus("1")) }},
		{Call: "/cgi-bin/message/mass/speed/get", Code: "40001", Good: func() error { return fails(b.GetSpeed()) }, Bad: func() error { return fails(no.GetSpeed()) }},
		{Call: "/cgi-bin/message/mass/speed/set", Code: "45083", Good: func() error { return fails(b.SetSpeed(1)) }, Bad: func() error { return fails(b.SetSpeed(9)) }},
		{Call: "/cgi-bin/message/mass/delete", Code: "40001", Bad: func() error { return no.Delete(1, 1) }},
	}
}

func (p *silenceper) notices() []trial {
	s, tpl := p.app.GetSubscribe(), p.app.GetTemplate()
	return []trial{
		{Call: "/cgi-bin/message/subscribe/bizsend", Code: "47003", Bad: func() error {
			list, err := s.List()
			if err != nil {
				return err
			}
			if len(list) == 0 {
				category, err := s.GetCategory()
				if err != nil {
					return err
				}
				_, titles, err := s.GetPublicTemplateTitleList(fmt.Sprint(category[0].ID), 0, 30)
				if err != nil {
					return err
				}
				if err := check(len(titles) > 0, "no public templates in %v", category); err != nil {
					return err
				}
				words, err := s.GetPubTplKeyWordsByID(fmt.Sprint(titles[0].TitleID))
				if err != nil {
					return err
				}
				if _, err := s.Add(fmt.Sprint(titles[0].TitleID), []int{words[0].KeyWordsID, words[1].KeyWordsID}, "通知"); err != nil {
					return err
				}
				if list, err = s.List(); err != nil {
					return err
				}
			}
			return s.Send(&message.SubscribeMessage{ToUser: p.OpenID, TemplateID: list[0].PriTmplID, Data: map[string]*message.SubscribeDataItem{"thing1": {Value: "x"}}})
		}},
		{Call: "/cgi-bin/template/api_add_template", Code: "40036", Good: func() error { return fails(tpl.Add("43216", nil)) }, Bad: func() error { return fails(tpl.Add("TM99999", nil)) }},
	}
}

func (p *silenceper) statistics() []trial {
	// A day has gone by for the simulator, not for the SDK: a new one asks for a new token.
	fresh := func() *datacube.DataCube {
		return p.sdk.GetOfficialAccount(&offconfig.Config{AppID: p.Account.AppID, AppSecret: p.Account.Secret, Cache: cache.NewMemory()}).GetDataCube()
	}
	day := func() string { return p.sim.now(p.t).AddDate(0, 0, -1).Format(time.DateOnly) }
	today := func() string { return p.sim.now(p.t).Format(time.DateOnly) }
	return []trial{
		{Late: true, Call: "/datacube/getusersummary", Code: "61501", Good: func() error { return fails(fresh().GetUserSummary(day(), day())) }, Bad: func() error { return fails(fresh().GetUserSummary(today(), today())) }},
		{Late: true, Call: "/datacube/getusercumulate", Code: "61501", Good: func() error { return fails(fresh().GetUserAccumulate(day(), day())) }, Bad: func() error { return fails(fresh().GetUserAccumulate(today(), today())) }},
		{Late: true, Call: "/datacube/getarticlesummary", Code: "61501", Good: func() error { return fails(fresh().GetArticleSummary(day(), day())) }, Bad: func() error { return fails(fresh().GetArticleSummary(today(), today())) }},
		{Late: true, Call: "/datacube/getupstreammsg", Code: "61501", Good: func() error { return fails(fresh().GetUpstreamMsg(day(), day())) }, Bad: func() error { return fails(fresh().GetUpstreamMsg(today(), today())) }},
	}
}
