package sim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	maxAdAccounts    = 1000
	maxClicks        = 100_000
	maxConversions   = 100_000
	adSkew           = 300 * time.Second
	maxTencentBody   = 50 << 10
	maxTencentAction = 50
	maxBaiduConvert  = 100
)

// AdAccount is an advertiser's account on an ad platform: tencent, mp, baidu, ocean, so360 or kuaishou.
// mp has none: the token of the official account counts there.
type AdAccount struct {
	Platform string   `json:"platform"`
	ID       string   `json:"id"`
	Token    string   `json:"token"`          // access_token, token or App-Key; made when empty
	Secret   string   `json:"secret"`         // of so360: signs the body; made when empty
	Sets     []string `json:"sets,omitempty"` // user_action_set_id; empty: any
}

// adClick is a person's click on an ad: what the platform appends to the landing page.
type adClick struct {
	ID       string    `json:"click_id"`
	Platform string    `json:"platform"`
	Person   string    `json:"person,omitempty"`
	URL      string    `json:"url"`                // landing page with the click's id
	Callback string    `json:"callback,omitempty"` // address that reports for this click alone
	Time     time.Time `json:"time"`
}

// AdConversion is what an advertiser reported. Value is fen, -1 when not given; Click is the click it belongs to, empty when none of ours.
type AdConversion struct {
	ID        string          `json:"id"`
	Seq       int64           `json:"seq"`
	Platform  string          `json:"platform"`
	Account   string          `json:"account"`
	Set       string          `json:"set,omitempty"`
	Type      string          `json:"type"`
	OuterID   string          `json:"outer_id,omitempty"`
	Click     string          `json:"click,omitempty"`
	Person    string          `json:"person,omitempty"` // of the click
	Value     int64           `json:"value"`
	At        time.Time       `json:"at"`   // of the action
	Time      time.Time       `json:"time"` // of the report
	Duplicate bool            `json:"duplicate,omitempty"`
	Invalid   bool            `json:"invalid,omitempty"` // reported as invalid
	Raw       json.RawMessage `json:"raw,omitempty"`
}

// adsWorld is what ad platforms remember; Server.mu guards it.
type adsWorld struct {
	accounts    map[string]*AdAccount // platform|id
	clicks      map[string]*adClick   // platform|click id
	conversions map[string]*AdConversion
	sets        map[string]*adSet
	seen        map[string]string // account|set|outer id → conversion
	nonces      map[string]time.Time
}

// adSet is a user action set of MP ads.
type adSet struct {
	ID    int64  `json:"id"`
	AppID string `json:"appid"`
	Type  string `json:"type"`
	Name  string `json:"name,omitempty"`
}

func newAdsWorld() adsWorld {
	return adsWorld{accounts: map[string]*AdAccount{}, clicks: map[string]*adClick{}, conversions: map[string]*AdConversion{}, sets: map[string]*adSet{}, seen: map[string]string{}, nonces: map[string]time.Time{}}
}

func (w *adsWorld) tables() []table {
	return []table{mapTable("ad_account", w.accounts), mapTable("ad_click", w.clicks), mapTable("ad_conversion", w.conversions), mapTable("ad_set", w.sets)}
}

// adParams are what each platform appends to the landing page.
var adParams = map[string]string{"tencent": "qz_gdt", "mp": "gdt_vid", "baidu": "bd_vid", "ocean": "clickid", "so360": "qhclickid", "kuaishou": "callback"}

// AddAdAccount creates an advertiser's account, or updates it with what is given.
func (s *Server) AddAdAccount(a AdAccount) (AdAccount, error) {
	if err := s.init(); err != nil {
		return a, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if adParams[a.Platform] == "" || a.Platform == "mp" || a.ID == "" || len(a.ID) > 64 {
		return a, bad("ads.account", "需要 platform（tencent、baidu、ocean、so360、kuaishou）和 id", "platform (tencent, baidu, ocean, so360, kuaishou) and id are wanted")
	}
	key := a.Platform + "|" + a.ID
	old := s.world.ads.accounts[key]
	if old == nil && len(s.world.ads.accounts) >= maxAdAccounts {
		return a, refuse(http.StatusConflict, "ads.full", "账户太多", "there are too many accounts")
	}
	if old != nil {
		a.Token, a.Secret = cmp.Or(a.Token, old.Token), cmp.Or(a.Secret, old.Secret)
		if a.Sets == nil {
			a.Sets = old.Sets
		}
	}
	if a.Token == "" {
		a.Token = s.text(32)
	}
	if a.Secret == "" {
		a.Secret = s.text(32)
	}
	s.world.ads.accounts[key] = &a
	s.touch("ad_account", key)
	return a, nil
}

// adAccount finds the account of a token. The caller holds mu.
func (s *Server) adAccount(platform, token string) *AdAccount {
	for _, a := range s.world.ads.accounts {
		if a.Platform == platform && a.Token == token && token != "" {
			return a
		}
	}
	return nil
}

// AdClick lets a person click an ad: it gives the landing page's address with the click's id, and the id.
func (s *Server) AdClick(platform, landing, personID string) (address, clickID string, err error) {
	if err := s.init(); err != nil {
		return "", "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.adClick(platform, landing, personID)
	if err != nil {
		return "", "", err
	}
	return c.URL, c.ID, nil
}

func (s *Server) adClick(platform, landing, who string) (*adClick, error) {
	u, err := url.Parse(landing)
	param := adParams[platform]
	if err != nil || u.Host == "" || param == "" || len(landing) > 4096 {
		return nil, bad("ads.click", "需要 platform 和绝对网址 landing_url", "platform and an absolute landing_url are wanted")
	}
	if who != "" && s.world.people[who] == nil {
		return nil, missing("person " + who)
	}
	if len(s.world.ads.clicks) >= maxClicks {
		return nil, refuse(http.StatusConflict, "ads.full", "点击太多", "there are too many clicks")
	}
	if platform == "tencent" && who != "" {
		param = "gdt_vid" // traffic inside WeChat
	}
	c := &adClick{ID: strings.ToLower(platform[:2]) + s.text(30), Platform: platform, Person: who, Time: s.Clock.Now()}
	q := u.Query()
	q.Set(param, c.ID)
	if platform == "ocean" {
		q.Set("adid", s.digits(12))
	}
	if platform == "tencent" {
		c.Callback = "https://api.e.qq.com/v3.0/user_actions/add?cb=" + url.QueryEscape(c.ID)
	}
	u.RawQuery = q.Encode()
	c.URL = u.String()
	s.world.ads.clicks[platform+"|"+c.ID] = c
	s.touch("ad_click", platform+"|"+c.ID)
	return c, nil
}

// recordConversion keeps a report and ties it to its click. A report with an outer id that was seen is a duplicate. The caller holds mu.
func (s *Server) recordConversion(x AdConversion) AdConversion {
	w := &s.world.ads
	x.Seq = s.next()
	x.ID, x.Time = "cv"+itoa(x.Seq), s.Clock.Now()
	if c := s.clickOf(x.Platform, x.Click); c != nil {
		x.Person = c.Person
	} else {
		x.Click = ""
	}
	key := x.Platform + "|" + x.Account + "|" + x.Set + "|" + x.OuterID
	if x.OuterID != "" && w.seen[key] != "" {
		x.Duplicate = true
	} else if x.OuterID != "" {
		w.seen[key] = x.ID
	}
	if len(w.conversions) >= maxConversions {
		var oldest *AdConversion
		for _, y := range w.conversions {
			if oldest == nil || y.Seq < oldest.Seq {
				oldest = y
			}
		}
		delete(w.conversions, oldest.ID)
		s.touch("ad_conversion", oldest.ID)
	}
	w.conversions[x.ID] = &x
	s.touch("ad_conversion", x.ID)
	return x
}

// clickOf finds a click; the clicks of Tencent's ads are reported by either of its calls.
func (s *Server) clickOf(platform, id string) *adClick {
	clicks := s.world.ads.clicks
	if c := clicks[platform+"|"+id]; c != nil || platform != "mp" && platform != "tencent" {
		return c
	}
	if c := clicks["mp|"+id]; c != nil {
		return c
	}
	return clicks["tencent|"+id]
}

// link rebuilds what is not saved.
func (w *adsWorld) link() {
	for _, x := range w.conversions {
		if x.OuterID != "" && !x.Duplicate {
			w.seen[x.Platform+"|"+x.Account+"|"+x.Set+"|"+x.OuterID] = x.ID
		}
	}
}

// Conversions lists what was reported, newest first.
func (s *Server) Conversions() []AdConversion {
	if s.init() != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]AdConversion, 0, len(s.world.ads.conversions))
	for _, x := range s.world.ads.conversions {
		list = append(list, *x)
	}
	slices.SortFunc(list, func(a, b AdConversion) int { return cmp.Compare(b.Seq, a.Seq) })
	return list
}

func (s *Server) adsRoutes(mux *http.ServeMux) {
	s.handle(mux, "POST /ads/accounts", func(r *http.Request) (any, error) {
		var in AdAccount
		if err := readControl(r, &in); err != nil {
			return nil, err
		}
		a, err := s.AddAdAccount(in)
		s.durable()
		return a, err
	})
	s.handle(mux, "POST /ads/click", func(r *http.Request) (any, error) {
		var in struct {
			Platform string `json:"platform"`
			Landing  string `json:"landing_url"`
			Person   string `json:"person"`
		}
		if err := readControl(r, &in); err != nil {
			return nil, err
		}
		s.mu.Lock()
		c, err := s.adClick(in.Platform, in.Landing, in.Person)
		s.unlockDurably()
		if err != nil {
			return nil, err
		}
		return c, nil
	})
	s.handle(mux, "GET /ads/conversions", func(r *http.Request) (any, error) {
		list, q := []AdConversion{}, r.URL.Query()
		for _, x := range s.Conversions() {
			if (q.Get("platform") == "" || q.Get("platform") == x.Platform) && (q.Get("click") == "" || q.Get("click") == x.Click) && len(list) < limitOf(q.Get("limit"), 1000) {
				list = append(list, x)
			}
		}
		return map[string]any{"conversions": list}, nil
	})
}

// adsEndpoints is what ad platforms take reports with.
func (s *Server) adsEndpoints() []endpoint {
	const note = "检查字段、上限、时间与令牌并记录；错误码与文案未逐一核对；不做归因"
	list := []endpoint{
		{Pattern: "/ocpcapi/api/uploadConvertData", Title: "百度 OCPC 回传转化数据", Fidelity: Recorded, Note: note, serve: s.baiduConvert(false)},
		{Pattern: "/ocpcapi/api/uploadInvalidConvertData", Title: "百度 OCPC 回传无效转化", Fidelity: Recorded, Note: note, serve: s.baiduConvert(true)},
		{Pattern: "/ocpcapi/cb/actionCb", Title: "百度 应用转化回传", Fidelity: Recorded, Note: note, serve: s.baiduAction},
		{Pattern: "/api/v2/conversion", Title: "巨量引擎 转化回传", Fidelity: Recorded, Note: note, serve: s.oceanConvert},
		{Pattern: "/uploadWebConvert", Title: "360 点睛 转化回传", Fidelity: Recorded, Note: note, serve: s.so360Convert},
		{Pattern: "/track/activate", Title: "快手 转化回传", Fidelity: Recorded, Note: note, serve: s.kuaishouConvert},
		{Pattern: "/marketing/user_action_sets/add", Title: "公众号广告 创建用户行为数据源", Fidelity: Recorded, Note: note, serve: s.withToken(http.MethodPost, false, s.mpActionSet)},
		{Pattern: "/marketing/user_actions/add", Title: "公众号广告 回传数据", Fidelity: Recorded, Note: note, serve: s.withToken(http.MethodPost, false, s.mpActions)},
	}
	for _, version := range []string{"v1.1", "v1.3", "v3.0"} {
		list = append(list, endpoint{Pattern: "/" + version + "/user_actions/add", Title: "腾讯广告 上传用户行为数据 " + version, Fidelity: Recorded, Note: note, serve: s.tencentActions})
	}
	return list
}

// adsFault answers a call that fails on purpose.
func (c *call) adsFault(rateLimit bool) {
	code, text := 50000, "system error"
	if rateLimit {
		code, text = 11021, "too many requests"
	}
	c.out, _ = encode(map[string]any{"code": code, "message": text, "status": 4, "header": map[string]any{"status": 4, "desc": text}, "errcode": -1, "errmsg": text})
}
