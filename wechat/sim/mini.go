package sim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	kindMini      = "mini"
	maxMiniPages  = 200
	maxMiniVisits = 50 // mini-programs a phone remembers
)

// Mini is a mini-program: an account of kind mini with what was released of it. Account.CallbackURL is the address of
// 消息推送, Account.KFAllowance the number of customer-service messages a user's message opens.
type Mini struct {
	Account
	Pages       []MiniPage          `json:"pages,omitempty"` // of the released version, the first is the home page; none: not released
	Unreleased  []string            `json:"unreleased_pages,omitempty"`
	TestStates  []string            `json:"versions,omitempty"` // env_versions that exist besides release: trial, develop
	Subscribe   []SubscribeTemplate `json:"subscribe_templates,omitempty"`
	Managed     *bool               `json:"trade_managed,omitempty"` // 发货信息管理 is on for it; default true
	Confirm     *MiniConfirmDays    `json:"confirm_days,omitempty"`
	SettleHours int64               `json:"settle_hours,omitempty"` // from confirmation until the funds are settled; default 0: at once
	Express     []MiniExpressBound  `json:"express_accounts,omitempty"`
}

// MiniPage is a page of a mini-program. URL is what its web-view shows on the phone; {code}, {path}, {query}, {scene},
// {openid} in it are filled in. A page without URL is shown as a sheet of facts.
type MiniPage struct {
	Path  string `json:"path"` // pages/index/index
	Title string `json:"title,omitempty"`
	URL   string `json:"url,omitempty"`
}

// MiniConfirmDays are days until a shipped order counts as received; doubtful in the documents, so settings.
type MiniConfirmDays struct {
	Express int `json:"express"` // default 10
	Other   int `json:"other"`   // default 2
}

// MiniExpressBound is an account with a carrier, for 物流助手.
type MiniExpressBound struct {
	BizID      string `json:"biz_id"`
	DeliveryID string `json:"delivery_id"`
	Quota      int64  `json:"quota,omitempty"`
	Remark     string `json:"remark,omitempty"`
	Created    int64  `json:"created,omitempty"` // Unix seconds
}

// miniApp is what belongs to a mini-program besides its account.
type miniApp struct {
	AppID       string             `json:"appid"`
	Pages       []MiniPage         `json:"pages,omitempty"`
	Unreleased  []string           `json:"unreleased,omitempty"`
	Versions    []string           `json:"versions,omitempty"`
	Unmanaged   bool               `json:"unmanaged,omitempty"`
	Traded      bool               `json:"traded,omitempty"` // was paid once
	Days        MiniConfirmDays    `json:"days,omitzero"`
	SettleHours int64              `json:"settle_hours,omitempty"`
	JumpPath    string             `json:"jump_path,omitempty"`
	Express     []MiniExpressBound `json:"express,omitempty"`
	Printers    []string           `json:"printers,omitempty"` // openids
	PrinterTags map[string]string  `json:"printer_tags,omitempty"`
	Limited     int                `json:"limited,omitempty"` // codes of the kinds that are counted
	Day         string             `json:"day,omitempty"`
	DayLinks    int                `json:"day_links,omitempty"` // schemes and links made on Day
	Forever     int                `json:"forever,omitempty"`
	Minute      int64              `json:"-"`
	MinuteCodes int                `json:"-"`
}

// miniVisit is that a person used a mini-program.
type miniVisit struct {
	Person string    `json:"person"`
	AppID  string    `json:"appid"`
	Path   string    `json:"path"`
	Query  string    `json:"query,omitempty"`
	Scene  int       `json:"scene"`
	Time   time.Time `json:"time"`
	Starts int       `json:"starts"`
}

// miniWorld is what mini-programs and their users remember; Server.mu guards it.
type miniWorld struct {
	apps      map[string]*miniApp
	tickets   map[string]*miniTicket
	sessions  map[string]*miniSession // appid|person
	links     map[string]*miniLink    // by text
	visits    map[string]*miniVisit   // person|appid
	shipments map[string]*shipment    // by transaction id
	shopping  map[string]*shoppingOrder
	express   map[string]*expressOrder // appid|order
	traces    map[string]*miniTrace    // by token
}

func newMiniWorld() miniWorld {
	return miniWorld{apps: map[string]*miniApp{}, tickets: map[string]*miniTicket{}, sessions: map[string]*miniSession{}, links: map[string]*miniLink{},
		visits: map[string]*miniVisit{}, shipments: map[string]*shipment{}, shopping: map[string]*shoppingOrder{},
		express: map[string]*expressOrder{}, traces: map[string]*miniTrace{}}
}

func (w *miniWorld) tables() []table {
	return []table{mapTable("mini", w.apps), mapTable("mini_ticket", w.tickets), mapTable("mini_session", w.sessions), mapTable("mini_link", w.links),
		mapTable("mini_visit", w.visits), mapTable("shipment", w.shipments), mapTable("shopping_order", w.shopping),
		mapTable("express_order", w.express), mapTable("mini_trace", w.traces)}
}

var miniPathForm = regexp.MustCompile(`^[0-9A-Za-z_-]+(/[0-9A-Za-z_.-]+)*$`)

// AddMini creates a mini-program and gives it back with its secrets. An appid that exists is updated with what is given.
func (s *Server) AddMini(m Mini) (Mini, error) {
	if err := checkMini(m); err != nil {
		return m, err
	}
	m.Kind = kindMini
	made, err := s.AddAccount(m.Account)
	if err != nil {
		return m, err
	}
	if made.Kind != kindMini {
		return m, refuse(http.StatusConflict, "mini.kind", "这个 appid 已是公众号", "this appid is an official account")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	app := s.world.mini.apps[made.AppID]
	if app == nil {
		app = &miniApp{AppID: made.AppID, Days: MiniConfirmDays{Express: 10, Other: 2}}
		s.world.mini.apps[made.AppID] = app
	}
	app.merge(m)
	if m.Subscribe != nil {
		s.subscribeBook(app.AppID).Templates = m.Subscribe
		s.touch("subscribe_book", app.AppID)
	}
	s.touch("mini", app.AppID)
	return s.miniView(app), nil
}

func (app *miniApp) merge(m Mini) {
	if m.Pages != nil {
		app.Pages = m.Pages
	}
	if m.Unreleased != nil {
		app.Unreleased = m.Unreleased
	}
	if m.TestStates != nil {
		app.Versions = m.TestStates
	}
	if m.Managed != nil {
		app.Unmanaged = !*m.Managed
	}
	if m.Confirm != nil {
		app.Days = *m.Confirm
	}
	if m.SettleHours != 0 {
		app.SettleHours = m.SettleHours
	}
	if m.Express != nil {
		app.Express = slices.Clone(m.Express)
	}
}

func checkMini(m Mini) error {
	if len(m.Pages) > maxMiniPages || len(m.Unreleased) > maxMiniPages || len(m.Subscribe) > maxTemplates*2 || len(m.Express) > 100 {
		return bad("mini.size", "页面、模板或快递账号太多", "there are too many pages, templates or express accounts")
	}
	for _, p := range m.Pages {
		if !miniPathForm.MatchString(p.Path) || len(p.Path) > 1024 {
			return bad("mini.page", "页面路径形如 pages/index/index，不以 / 开头", "a page's path is like pages/index/index, without a slash in front")
		}
	}
	for _, t := range m.Subscribe {
		if t.ID == "" || len(placeholders(t.Content)) == 0 {
			return bad("mini.template", "订阅消息模板需要 template_id 和占位符", "a template needs template_id and placeholders")
		}
	}
	if c := m.Confirm; c != nil && (c.Express < 1 || c.Other < 1 || c.Express > 365 || c.Other > 365) {
		return bad("mini.confirm_days", "自动确认收货需在 1 到 365 天之间", "confirm_days must be 1 to 365")
	}
	for _, b := range m.Express {
		if _, known := deliveryOf(b.DeliveryID); !known || b.BizID == "" || len(b.BizID) > 128 || b.Quota < 0 {
			return bad("mini.express", "快递账号需要 biz_id 和已知的 delivery_id", "an express account needs biz_id, a delivery_id of get_delivery_list and a quota that is not negative")
		}
	}
	if m.SettleHours < 0 || m.SettleHours > 24*365 {
		return bad("mini.settle_hours", "结算等待时间超出范围", "settle_hours is out of range")
	}
	return nil
}

// miniView gives a mini-program as AddMini does. The caller holds mu.
func (s *Server) miniView(app *miniApp) Mini {
	managed, days := !app.Unmanaged, app.Days
	return Mini{Account: s.world.accounts[app.AppID].Account, Pages: app.Pages, Unreleased: app.Unreleased, TestStates: app.Versions, Subscribe: s.subscribeBook(app.AppID).Templates,
		Managed: &managed, Confirm: &days, SettleHours: app.SettleHours, Express: slices.Clone(app.Express)}
}

// Minis lists all mini-programs by appid.
func (s *Server) Minis() []Mini {
	if s.init() != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Mini{}
	for _, app := range s.world.mini.apps {
		list = append(list, s.miniView(app))
	}
	slices.SortFunc(list, func(a, b Mini) int { return strings.Compare(a.AppID, b.AppID) })
	return list
}

// page finds a released page; an empty path is the home page.
func (app *miniApp) page(path string) (MiniPage, bool) {
	path = strings.TrimPrefix(strings.TrimSuffix(path, ".html"), "/")
	if path == "" && len(app.Pages) > 0 {
		return app.Pages[0], true
	}
	for _, p := range app.Pages {
		if p.Path == path {
			return p, true
		}
	}
	return MiniPage{Path: path}, false
}

// home is the path of the first page.
func (app *miniApp) home() string {
	if len(app.Pages) == 0 {
		return ""
	}
	return app.Pages[0].Path
}

// withMini checks the access token of a call only mini-programs may make.
func (s *Server) withMini(f func(c *call, app *miniApp)) func(*call) {
	return s.withToken(http.MethodPost, false, s.onlyMini(f))
}

// withMiniGet is withMini for calls by GET.
func (s *Server) withMiniGet(f func(c *call, app *miniApp)) func(*call) {
	return s.withToken(http.MethodGet, false, s.onlyMini(f))
}

func (s *Server) onlyMini(f func(c *call, app *miniApp)) func(*call) {
	return func(c *call) {
		s.mu.Lock()
		app := s.world.mini.apps[c.app.AppID]
		s.mu.Unlock()
		if app == nil {
			c.deny(48001, "api unauthorized", "%s is not a mini-program; create it with POST /_sim/minis", c.app.AppID)
			return
		}
		f(c, app)
	}
}
