package sim

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// CarrierCustomer is a customer of 快递100 and 快递鸟, which this simulator plays too: parcels move by the simulator's clock.
// For 快递鸟 Customer is the EBusinessID and Key the AppKey.
// Customer and Key left empty are generated.
type CarrierCustomer struct {
	Customer string `json:"customer"` // 公司编号
	Key      string `json:"key"`      // 授权 key
	Name     string `json:"name,omitempty"`
	// JourneySeconds is how long parcels travel that this customer asks about first, in seconds of the simulator's clock;
	// 0: as long as in life, about two days, and couriers come by day.
	JourneySeconds int64 `json:"journey_seconds,omitempty"`
	// PushURL is where 快递鸟 pushes tracks, as set in its console; 快递100 has an address in each subscription.
	PushURL string `json:"push_url,omitempty"`
}

// maxJourney bounds JourneySeconds: thirty days.
const maxJourney = 30 * 24 * 3600

const maxCustomers = 1000

var (
	customerForm = regexp.MustCompile(`^[0-9A-Za-z]{4,64}$`)
	keyForm      = regexp.MustCompile(`^[0-9A-Za-z-]{4,64}$`)
	parcelForm   = regexp.MustCompile(`^[0-9A-Z-]{6,32}$`)
)

// carrierWorld is what 快递100 and the carriers remember; Server.mu guards it.
type carrierWorld struct {
	customers map[string]*CarrierCustomer
	parcels   map[string]*parcel      // com|num
	subs      map[string]*carrierSub  // customer|com|num
	waybills  map[string]*kdniaoOrder // customer|order
}

func newCarrierWorld() carrierWorld {
	return carrierWorld{customers: map[string]*CarrierCustomer{}, parcels: map[string]*parcel{}, subs: map[string]*carrierSub{}, waybills: map[string]*kdniaoOrder{}}
}

// AddCarrierCustomer creates a customer of 快递100 and gives it back with its key. A customer that exists already is updated with
// what is given (not empty).
func (s *Server) AddCarrierCustomer(c CarrierCustomer) (CarrierCustomer, error) {
	if err := s.init(); err != nil {
		return CarrierCustomer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	made := CarrierCustomer{Customer: c.Customer}
	old := s.world.carrier.customers[c.Customer]
	switch {
	case old != nil:
		made = *old
	case len(s.world.carrier.customers) >= maxCustomers:
		return c, refuse(http.StatusConflict, "carrier.full", "客户太多", "there are too many customers")
	}
	if made.Customer == "" {
		made.Customer = s.hex(16)
	}
	if c.Key != "" {
		made.Key = c.Key
	}
	if made.Key == "" {
		made.Key = s.text(12)
	}
	if c.Name != "" {
		made.Name = c.Name
	}
	if c.JourneySeconds != 0 {
		made.JourneySeconds = c.JourneySeconds
	}
	if c.PushURL != "" {
		made.PushURL = c.PushURL
	}
	if err := s.checkCustomer(made); err != nil {
		return c, err
	}
	s.world.carrier.customers[made.Customer] = &made
	s.touch("carrier_customer", made.Customer)
	return made, nil
}

// checkCustomer holds that a customer is well-formed and its key nobody else's, because subscriptions know only the key.
func (s *Server) checkCustomer(c CarrierCustomer) error {
	if !customerForm.MatchString(c.Customer) || !keyForm.MatchString(c.Key) {
		return bad("carrier.key", "customer 和 key 需要 4 到 64 位字母或数字", "customer and key must be 4 to 64 letters or digits")
	}
	if c.JourneySeconds < 0 || c.JourneySeconds > maxJourney {
		return bad("carrier.journey", "路程时间需在 0 到 30 天之间", "journey_seconds must be 0 to 2592000")
	}
	if u, err := url.Parse(c.PushURL); c.PushURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return bad("carrier.push_url", "推送地址必须是 http(s) 网址", "push_url must be an absolute http(s) address")
	}
	if len([]rune(c.Name)) > 64 {
		return bad("carrier.name", "名称最多 64 个字", "name may have 64 characters")
	}
	for _, other := range s.world.carrier.customers {
		if other.Key == c.Key && other.Customer != c.Customer {
			return bad("carrier.key", "这个 key 已属于另一个客户", "this key belongs to another customer")
		}
	}
	return nil
}

// carrierRoutes is 快递100 with its part of the control API.
func (s *Server) carrierRoutes(mux *http.ServeMux) {
	s.handle(mux, "GET /carriers", s.apiCarriers)
	s.handle(mux, "POST /carriers", s.apiAddCarrierCustomer)
	s.handle(mux, "POST /carriers/push", s.apiCarrierPush)
}

// carrierEndpoints is 快递100 and 快递鸟.
func (s *Server) carrierEndpoints() []endpoint {
	const bird = "RequestType 1002 8001 2002 1008 8008 1007 1147；错误文案未逐一核对；推送失败每 35 分钟重试，最多 3 次"
	return []endpoint{
		{Pattern: "/poll/query.do", Title: "快递100 实时快递查询", Fidelity: Partial, Note: "只有 show=0", serve: s.carrierQuery},
		{Pattern: "/poll", Title: "快递100 快递信息推送订阅", Fidelity: Partial, Note: "autoCom、interCom 不起作用", serve: s.carrierSubscribe},
		{Pattern: "/autonumber/auto", Title: "快递100 智能识别单号", Fidelity: Partial, Note: "十五家快递公司的单号规则", serve: s.autoNumber},
		{Pattern: "/Ebusiness/EbusinessOrderHandle.aspx", Title: "快递鸟 即时查询与单号识别", Fidelity: Partial, Note: bird, serve: s.kdniao},
		{Pattern: "/api/dist", Title: "快递鸟 物流跟踪", Fidelity: Partial, Note: bird, serve: s.kdniao},
		{Pattern: "/api/EOrderService", Title: "快递鸟 电子面单", Fidelity: Partial, Note: bird, serve: s.kdniao},
		{Pattern: "/kdniaosandbox/gateway/exterfaceInvoke.json", Title: "快递鸟 沙箱", Fidelity: Partial, Note: bird, serve: s.kdniao},
	}
}

func (s *Server) apiAddCarrierCustomer(r *http.Request) (any, error) {
	var in CarrierCustomer
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	c, err := s.AddCarrierCustomer(in)
	if err != nil {
		return nil, err
	}
	s.durable()
	return c, nil
}

type parcelView struct {
	Com       string    `json:"com"`
	Num       string    `json:"num"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	Tracks    int       `json:"tracks"` // so far
	Of        int       `json:"of"`     // in all
	Last      string    `json:"last,omitempty"`
	Delivered time.Time `json:"delivered"` // when it is, or will be
}

// apiCarriers lists customers and the newest 100 parcels.
func (s *Server) apiCarriers(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, now := s.world.carrier, s.Clock.Now()
	customers := []CarrierCustomer{}
	for _, c := range w.customers {
		customers = append(customers, *c)
	}
	slices.SortFunc(customers, func(a, b CarrierCustomer) int { return strings.Compare(a.Customer, b.Customer) })
	all := make([]*parcel, 0, len(w.parcels))
	for _, p := range w.parcels {
		if len(p.Steps) > 0 {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b *parcel) int { return b.Born.Compare(a.Born) })
	parcels := []parcelView{}
	for _, p := range all[:min(100, len(all))] {
		done := p.until(now)
		v := parcelView{Com: p.Com, Num: p.Num, From: p.From, To: p.To, Tracks: done, Of: len(p.Steps), Delivered: p.Steps[len(p.Steps)-1].At.In(shanghai)}
		if done > 0 {
			v.Last = p.Steps[done-1].Context
		}
		parcels = append(parcels, v)
	}
	return map[string]any{"customers": customers, "parcels": parcels}, nil
}

// carrierFault answers a call that fails on purpose.
func (c *call) carrierFault(rateLimit bool) {
	if rateLimit {
		c.carrierFail("502", "服务器繁忙")
		return
	}
	c.carrierFail("501", "服务器错误")
}

type carrierAnswer struct {
	Result     bool   `json:"result"`
	ReturnCode string `json:"returnCode"`
	Message    string `json:"message"`
}

func (c *call) carrierFail(code, message string) {
	c.out, _ = encode(carrierAnswer{false, code, message})
	verdict := c.entry.Verdict
	c.refused("%s %s", code, message)
	if verdict == "failed" {
		c.entry.Verdict = verdict
	}
}
