package sim

import (
	"fmt"
	"strings"
	"time"
)

// Ids of the seeded world.
const (
	seedAppID  = "wx5eed00005eed0001"
	seedMchID  = "1900005001"
	seedCorpID = "ww5eed00005eed0001"
	seedStaff  = "zhanggui"
)

const (
	maxSeedMessages = 5_000_000
	seedBatch       = 2_000 // people or messages made while the world is held
	seedBalance     = 500_00
)

// SeedOptions say how big a seeded world is. Zero values: 3 people, 12 messages.
type SeedOptions struct {
	People   int `json:"people"`
	Messages int `json:"messages"`
}

// Seeded is a world ready to work with: what a developer's configuration needs.
type Seeded struct {
	Account  Account      `json:"account"`
	Merchant Merchant     `json:"merchant"`
	Platform PlatformKeys `json:"platform"`
	Company  Company      `json:"company"`
	Staff    Staff        `json:"staff"`
	People   []Person     `json:"people"` // the first hundred
	Count    int          `json:"count"`  // of people made by this call
	Messages int          `json:"messages"`
}

// Seed fills the world: a service account, a merchant bound to it, a company with one member of staff, people who follow the account
// and have talked to it and to each other. What is there stays; people are made by number, so seeding twice with the same options adds
// messages only.
func (s *Server) Seed(o SeedOptions) (Seeded, error) {
	if err := s.init(); err != nil {
		return Seeded{}, err
	}
	if o.People == 0 {
		o.People = 3
	}
	if o.Messages == 0 {
		o.Messages = 4 * min(o.People, 3)
	}
	if o.People < 1 || o.People > maxPeople || o.Messages < 0 || o.Messages > maxSeedMessages {
		return Seeded{}, bad("seed.range", "人数或消息数超出范围", fmt.Sprintf("people is 1 to %d, messages at most %d", maxPeople, maxSeedMessages))
	}
	out, err := s.seedBusiness()
	if err != nil {
		return out, err
	}
	if err := s.seedPeople(o.People); err != nil {
		return out, err
	}
	s.seedMessages(o.People, o.Messages)
	for i := range min(o.People, 100) {
		s.mu.Lock()
		out.People = append(out.People, s.world.people[seedPerson(i)].Person)
		s.mu.Unlock()
	}
	out.Count, out.Messages = o.People, o.Messages
	if out.Staff, err = s.AddStaff(Staff{CorpID: seedCorpID, UserID: seedStaff, Name: "掌柜", Person: seedPerson(0), Position: "店长"}); err != nil {
		return out, err
	}
	if o.People > 1 {
		if _, err := s.AddCustomer(seedCorpID, seedStaff, seedPerson(1)); err != nil {
			return out, err
		}
	}
	s.durable()
	return out, nil
}

func (s *Server) seedBusiness() (out Seeded, err error) {
	if out.Account, err = s.AddAccount(Account{AppID: seedAppID, Name: "熟客市集", Subject: "熟客", Intro: "认得你的街坊小店"}); err != nil {
		return out, err
	}
	if out.Merchant, err = s.AddMerchant(Merchant{MchID: seedMchID, Name: "山野茶铺", AppIDs: []string{seedAppID}}); err != nil {
		return out, err
	}
	if out.Company, err = s.AddCompany(Company{CorpID: seedCorpID, Name: "熟客", Subject: "熟客"}); err != nil {
		return out, err
	}
	out.Platform, err = s.PlatformKeys()
	return out, err
}

var (
	seedFamilies = strings.Split("王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 林 郭 何 高 罗 郑 梁 谢 宋 唐 许 邓 冯 韩 曹", " ")
	seedGiven    = strings.Split("小满 一诺 子墨 雨桐 浩然 思远 若曦 明轩 欣怡 宇航 梓涵 俊杰 佳怡 博文 诗雨 建国 秀英 志强 桂兰 晓东 海燕 春梅 立新 文静 安然 知夏 清和 望舒 怀瑾 南乔", " ")
	seedRegions  = strings.Split("浙江 杭州,江苏 苏州,广东 深圳,四川 成都,北京 海淀,上海 徐汇,湖北 武汉,福建 厦门", ",")
	seedTexts    = strings.Split("在吗|明天有货吗|收到啦，包得很仔细|这款还有别的颜色吗|好的，谢谢|龙井什么时候到店|帮我留两斤|已经付款了，麻烦看一下|地址改成公司可以吗|味道和上次一样好", "|")
)

func seedPerson(i int) string { return "u" + fmt.Sprintf("%06d", i+1) }

// seedPeople makes the first n people, each following the account.
func (s *Server) seedPeople(n int) error {
	for from := 0; from < n; from += seedBatch {
		for i := from; i < min(from+seedBatch, n); i++ {
			name := seedFamilies[i%len(seedFamilies)] + seedGiven[i/len(seedFamilies)%len(seedGiven)]
			if round := i / (len(seedFamilies) * len(seedGiven)); round > 0 {
				name += itoa(int64(round))
			}
			if _, err := s.AddPerson(Person{ID: seedPerson(i), Name: name, Region: seedRegions[i%len(seedRegions)], Balance: seedBalance}); err != nil {
				return err
			}
		}
		s.mu.Lock()
		for i := from; i < min(from+seedBatch, n); i++ {
			f := s.fan(seedAppID, seedPerson(i))
			if !f.Subscribed {
				f.Subscribed, f.Since, f.Scene = true, s.Clock.Now(), "ADD_SCENE_SEARCH"
				s.touchFan(f)
			}
		}
		s.mu.Unlock()
	}
	return nil
}

// seedMessages spreads n messages evenly: texts to and from the account, texts between neighbours, cards of the account. They are read.
func (s *Server) seedMessages(people, n int) {
	start, account := s.Clock.Now().Add(-time.Duration(n)*time.Second), "acc-"+seedAppID
	for from := 0; from < n; from += seedBatch {
		s.mu.Lock()
		for i := from; i < min(from+seedBatch, n); i++ {
			who, friend := seedPerson(i%people), seedPerson((i+1)%people)
			chat, kind, id, body := account, "account", seedAppID, content{Type: "text", Text: seedTexts[i%len(seedTexts)] + " " + itoa(int64(i))}
			switch i / people % 5 {
			case 0:
				kind, id = "person", who
			case 1, 2:
				chat, kind, id = "per-"+friend, "person", who
			case 3:
				body = content{Type: "template", Title: "发货提醒", URL: "http://127.0.0.1:8080/orders/" + itoa(int64(i)),
					Lines: []line{{Label: "订单编号", Value: itoa(int64(2026000000 + i))}, {Label: "快递公司", Value: "顺丰速运"}}}
			}
			l := &letter{Time: start.Add(time.Duration(i) * time.Second), FromKind: kind, FromID: same(id)}
			l.write(body)
			c := s.chat(who, chat)
			c.Since, c.Unread = l.Time, -1
			s.drop(who, chat, l)
			c.Unread = 0
		}
		s.mu.Unlock()
		s.durable()
	}
}
