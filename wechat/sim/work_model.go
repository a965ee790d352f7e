package sim

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Limits of the world of WeCom.
const (
	maxCompanies   = 1000
	maxCorpApps    = 50
	maxDepartments = 10_000
	maxStaff       = 200_000
)

// Company is a company that uses WeCom (企业微信). What is left empty is generated or takes the documented default.
type Company struct {
	CorpID      string       `json:"corpid"`              // ww…
	Name        string       `json:"name"`                // short name, shown to customers as @name
	FullName    string       `json:"full_name,omitempty"` // of the verified subject
	Subject     string       `json:"subject,omitempty"`   // of the open platform it is bound to: accounts of one subject share unionids
	Apps        []CorpApp    `json:"apps"`
	Departments []Department `json:"departments"`
	Settings    WorkSettings `json:"settings,omitzero"`
}

// CorpApp is one self-built application of a company and its settings in the console.
type CorpApp struct {
	AgentID         int64    `json:"agentid"`
	Name            string   `json:"name"`
	Secret          string   `json:"secret"`
	Token           string   `json:"token"`
	AESKey          string   `json:"aes_key"` // EncodingAESKey, 43 characters
	CallbackURL     string   `json:"callback_url,omitempty"`
	TrustedIPs      []string `json:"trusted_ips,omitempty"`    // 企业可信IP; empty: all
	TrustedDomain   string   `json:"trusted_domain,omitempty"` // 可信域名 of OAuth and JS-SDK, comma-separated
	CustomerContact bool     `json:"customer_contact"`         // stands in 客户联系-可调用接口的应用
	AddressBook     bool     `json:"address_book"`             // may change staff and departments (通讯录同步)
}

// Department is a node of a company's tree; the root has id 1.
type Department struct {
	ID       int64    `json:"id"`
	Name     string   `json:"name"`
	NameEN   string   `json:"name_en,omitempty"`
	ParentID int64    `json:"parentid"`
	Order    int64    `json:"order,omitempty"`
	Leaders  []string `json:"department_leader,omitempty"`
}

// WorkSettings are the doubtful and adjustable points of a company; 0 takes the documented default.
type WorkSettings struct {
	CallsPerMinute  int  `json:"calls_per_minute,omitempty"` // per API, default 10 000; negative: unlimited
	CallsPerHour    int  `json:"calls_per_hour,omitempty"`   // per API, default 150 000
	IPPerMinute     int  `json:"ip_per_minute,omitempty"`    // per caller's address, default 20 000
	IPPerHour       int  `json:"ip_per_hour,omitempty"`      // default 600 000
	Parallel        int  `json:"parallel,omitempty"`         // calls at once before 45033; 0: unlimited
	WelcomeSeconds  int  `json:"welcome_seconds,omitempty"`  // life of a welcome code, default 20
	MaxContactWays  int  `json:"max_contact_ways,omitempty"` // shared with join ways, default 500 000
	MaxWayUsers     int  `json:"max_way_users,omitempty"`    // of one contact way, default 100
	MaxTags         int  `json:"max_tags,omitempty"`         // default 10 000
	MaxCustomers    int  `json:"max_customers,omitempty"`    // of one member of the staff, default 20 000
	DropLost        bool `json:"drop_lost,omitempty"`        // a customer who deleted the staff member leaves the lists at once
	ConsoleWelcome  bool `json:"console_welcome,omitempty"`  // the console has a welcome text: no welcome codes
	AcquisitionLeft int  `json:"acquisition_left,omitempty"` // quota of 获客助手, default 10 000; negative: none
}

// or gives the value of a setting or its default.
func or(value, usual int) int { return cmp.Or(value, usual) }

// Staff is a member of a company's staff and the person who holds the phone with WeCom on it.
type Staff struct {
	CorpID      string  `json:"corpid"`
	UserID      string  `json:"userid"`
	Person      string  `json:"person,omitempty"` // id of a person of this world; empty: nobody uses WeCom under this name
	Name        string  `json:"name"`             // default: the person's
	Alias       string  `json:"alias,omitempty"`
	Position    string  `json:"position,omitempty"`
	Mobile      string  `json:"mobile,omitempty"`
	Email       string  `json:"email,omitempty"`
	Gender      int     `json:"gender,omitempty"`     // 0 unknown, 1 male, 2 female
	Departments []int64 `json:"department"`           // default: the root
	Leads       []int64 `json:"leads,omitempty"`      // departments they lead
	NoContact   bool    `json:"no_contact,omitempty"` // out of the range of 客户联系
	Open        bool    `json:"open,omitempty"`       // 免验证: people who use the member's own code need no confirmation
}

type company struct {
	Company
	Born     time.Time        `json:"born"`
	AppState map[int64]*agent `json:"app_state"`
	LastTag  int64            `json:"last_tag,omitempty"` // id of the newest address-book tag
	Ways     int              `json:"ways,omitempty"`     // contact ways and join ways there are
	TempDay  string           `json:"temp_day,omitempty"`
	Temps    int              `json:"temps,omitempty"`     // temporary contact ways made on TempDay
	LinkUsed int              `json:"link_used,omitempty"` // customers that acquisition links brought

	rate corpRate
}

// agent is what changes about an application.
type agent struct {
	Access     *apiToken `json:"access,omitempty"`
	CorpTicket *apiToken `json:"corp_ticket,omitempty"`
	AppTicket  *apiToken `json:"app_ticket,omitempty"`
	Day        string    `json:"day,omitempty"`
	Sent       int       `json:"sent,omitempty"` // person-times of Day

	Menu json.RawMessage `json:"menu,omitempty"`
}

type staff struct {
	Staff
	Born time.Time `json:"born"`
	Left time.Time `json:"left,omitzero"` // resigned
}

// key is the name of a staff member's WeCom, in places where a person's id names their phone: it can be no person's id.
func (st *staff) key() string { return staffKey(st.CorpID, st.UserID) }

func staffKey(corpID, userID string) string { return userID + "@" + corpID }

// customer is a person as a company knows them.
type customer struct {
	CorpID     string    `json:"corpid"`
	Person     string    `json:"person"`
	ExternalID string    `json:"external_userid"` // wm…
	Born       time.Time `json:"born"`

	Moves []time.Time `json:"moves,omitempty"` // times they were handed from one member to another
}

// tie is what one member of the staff and one customer know of each other.
type tie struct {
	CorpID string    `json:"corpid"`
	UserID string    `json:"userid"`
	Person string    `json:"person"`
	Since  time.Time `json:"since"`

	AddWay      int      `json:"add_way"`
	OperUserID  string   `json:"oper_userid,omitempty"` // who made the tie: a userid or an external_userid
	State       string   `json:"state,omitempty"`
	Remark      string   `json:"remark,omitempty"`
	Description string   `json:"description,omitempty"`
	RemarkCorp  string   `json:"remark_corp,omitempty"`
	Mobiles     []string `json:"mobiles,omitempty"`
	Picture     string   `json:"picture,omitempty"` // media id of a remark picture
	Tags        []string `json:"tags,omitempty"`    // ids of corp tags

	Gone    time.Time `json:"gone,omitzero"` // the staff member deleted the customer
	Lost    time.Time `json:"lost,omitzero"` // the customer deleted the staff member
	Talked  bool      `json:"talked,omitempty"`
	Greeted bool      `json:"greeted,omitempty"` // welcome words came
	Temp    time.Time `json:"temp,omitzero"`     // end of a temporary conversation

	Ending *workConclusion `json:"ending,omitempty"` // last words of a temporary conversation
	Link   string          `json:"link,omitempty"`   // acquisition link they came by
	Half   bool            `json:"half,omitempty"`   // the member lets people in and has not confirmed this one
}

func (t *tie) key() string { return t.CorpID + "|" + t.UserID + "|" + t.Person }

// held tells whether the company's lists still show the customer under this member.
func (t *tie) held(dropLost bool) bool { return t.Gone.IsZero() && (!dropLost || t.Lost.IsZero()) }

// open tells whether both can write to each other.
func (t *tie) open() bool { return t.Gone.IsZero() && t.Lost.IsZero() }

// workWorld is what WeCom remembers; Server.mu guards it.
type workWorld struct {
	companies map[string]*company
	staff     map[string]*staff    // userid@corpid
	customers map[string]*customer // corpid|person
	ties      map[string]*tie      // corpid|userid|person
	welcomes  map[string]*welcome  // by code
	days      map[string]*workDay  // corpid|userid|day
	ways      map[string]*contactWay
	asks      map[string]*addAsk // by id
	tagGroups map[string]*corpTagGroup
	links     map[string]*acquireLink
	moves     map[string]*handover // by corpid|from|person
	appMsgs   map[string]*appMessage
	robots    map[string]*robot
	bookTags  map[string]*bookTag // corpid|id

	tokens     map[string]corpAgent // access token → who holds it
	externals  map[string]*customer // by corpid|external_userid
	tagIn      map[string]string    // tag id → group id
	personJobs map[string][]*staff  // person → where they work
	corpStaff  map[string][]*staff  // corpid → by birth
	staffTies  map[string][]*tie    // userid@corpid → by birth
	buyerTies  map[string][]*tie    // corpid|person → by birth
}

// corpAgent names an application.
type corpAgent struct {
	corp  *company
	agent int64
}

func newWorkWorld() workWorld {
	return workWorld{companies: map[string]*company{}, staff: map[string]*staff{}, customers: map[string]*customer{}, ties: map[string]*tie{},
		welcomes: map[string]*welcome{}, days: map[string]*workDay{}, ways: map[string]*contactWay{},
		asks: map[string]*addAsk{}, tagGroups: map[string]*corpTagGroup{}, links: map[string]*acquireLink{},
		moves: map[string]*handover{}, appMsgs: map[string]*appMessage{}, robots: map[string]*robot{}, bookTags: map[string]*bookTag{},
		tokens: map[string]corpAgent{}, tagIn: map[string]string{}, externals: map[string]*customer{}, personJobs: map[string][]*staff{}, corpStaff: map[string][]*staff{},
		staffTies: map[string][]*tie{}, buyerTies: map[string][]*tie{}}
}

func (w *workWorld) tables() []table {
	return []table{
		mapTable("company", w.companies),
		mapTable("staff", w.staff),
		mapTable("customer", w.customers),
		mapTable("tie", w.ties),
		mapTable("welcome", w.welcomes),
		mapTable("work_day", w.days),
		mapTable("contact_way", w.ways),
		mapTable("add_ask", w.asks),
		mapTable("corp_tag_group", w.tagGroups),
		mapTable("acquire_link", w.links),
		mapTable("handover", w.moves),
		mapTable("app_message", w.appMsgs),
		mapTable("robot", w.robots),
		mapTable("book_tag", w.bookTags),
	}
}

// link rebuilds the indexes after loading.
func (w *workWorld) link() {
	for _, c := range w.companies {
		for id, a := range c.AppState {
			if a.Access != nil {
				w.tokens[a.Access.Value] = corpAgent{c, id}
			}
		}
	}
	for _, c := range w.customers {
		w.externals[c.CorpID+"|"+c.ExternalID] = c
	}
	for _, g := range w.tagGroups {
		for _, t := range g.Tags {
			w.tagIn[t.ID] = g.ID
		}
	}
	for _, st := range w.staff {
		w.indexStaff(st)
	}
	for _, t := range w.ties {
		w.indexTie(t)
	}
	for _, list := range w.corpStaff {
		slices.SortFunc(list, func(a, b *staff) int { return cmp.Or(a.Born.Compare(b.Born), strings.Compare(a.UserID, b.UserID)) })
	}
	byBirth := func(a, b *tie) int { return cmp.Or(a.Since.Compare(b.Since), strings.Compare(a.key(), b.key())) }
	for _, list := range w.staffTies {
		slices.SortFunc(list, byBirth)
	}
	for _, list := range w.buyerTies {
		slices.SortFunc(list, byBirth)
	}
}

func (w *workWorld) indexStaff(st *staff) {
	w.corpStaff[st.CorpID] = append(w.corpStaff[st.CorpID], st)
	if st.Person != "" {
		w.personJobs[st.Person] = append(w.personJobs[st.Person], st)
	}
}

func (w *workWorld) indexTie(t *tie) {
	k := staffKey(t.CorpID, t.UserID)
	w.staffTies[k] = append(w.staffTies[k], t)
	w.buyerTies[t.CorpID+"|"+t.Person] = append(w.buyerTies[t.CorpID+"|"+t.Person], t)
}
