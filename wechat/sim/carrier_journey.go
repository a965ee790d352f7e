package sim

import (
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"
)

// parcel is a parcel on its way. One that no carrier knows has no steps; it is kept only while somebody subscribes to it.
type parcel struct {
	Com   string    `json:"com"`
	Num   string    `json:"num"`
	Phone string    `json:"phone,omitempty"` // last four digits, of a carrier that asks for them
	From  string    `json:"from,omitempty"`
	To    string    `json:"to,omitempty"`
	Born  time.Time `json:"born"`
	Steps []step    `json:"steps,omitempty"` // oldest first; those of the future too
}

// step is one message of the carrier.
type step struct {
	At      time.Time `json:"at"`
	Context string    `json:"context"`
	Status  string    `json:"status"`
	State   string    `json:"state"` // basic
	Code    string    `json:"code"`  // fine
	City    string    `json:"city"`
	Area    string    `json:"area"` // 广东,深圳市,南山区
}

const (
	maxParcels  = 20_000
	stateSigned = "3"
)

// until counts the steps that have happened.
func (p *parcel) until(now time.Time) int {
	n := 0
	for n < len(p.Steps) && !p.Steps[n].At.After(now) {
		n++
	}
	return n
}

// opens tells whether a phone is the one the parcel's carrier asks for. The first one asked with is the parcel's.
func (p *parcel) opens(phone string) bool { return p.Phone == "" || p.Phone == phoneTail(phone) }

// findParcel gives a parcel, planned now when it is new. Nil is one no carrier knows; false means that the world is full.
// The caller holds mu.
func (s *Server) findParcel(customer CarrierCustomer, com, num, phone, from, to string) (*parcel, bool) {
	num = strings.ToUpper(num)
	key := com + "|" + num
	if p := s.world.carrier.parcels[key]; p != nil {
		if len(p.Steps) == 0 {
			return nil, true
		}
		return p, true
	}
	if !moves(com, num) {
		return nil, true
	}
	if len(s.world.carrier.parcels) >= maxParcels {
		return nil, false
	}
	p := plan(com, num, from, to, s.Clock.Now(), time.Duration(customer.JourneySeconds)*time.Second)
	if carrierFirms[com].guarded {
		p.Phone = phoneTail(phone)
	}
	s.world.carrier.parcels[key] = p
	s.touch("parcel", key)
	return p, true
}

// moves tells whether a number may be one of the carrier. Nothing is ever known of a number with the letters of another carrier,
// with fewer than six digits, or with one digit only (000000000000).
func moves(com, num string) bool {
	first := strings.IndexAny(num, "0123456789")
	if first < 0 {
		return false
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, num)
	if len(digits) < 6 || strings.Count(digits, digits[:1]) == len(digits) {
		return false
	}
	for prefix, owner := range carrierPrefixes {
		if strings.HasPrefix(num, prefix) && owner != com {
			return false
		}
	}
	return true
}

// town is a city with a district, in full and as they are called.
type town struct{ province, city, district string }

var placeForm = regexp.MustCompile(`^(\pL{2,7}?(?:省|自治区|特别行政区))?(\pL{2,9}?(?:市|自治州|地区|盟))?(\pL{1,12}?(?:区|县|市|旗))?`)

// parsePlace reads the beginning of an address; false when it names no city or county.
func parsePlace(address string) (town, bool) {
	m := placeForm.FindStringSubmatch(strings.ReplaceAll(strings.TrimSpace(address), " ", ""))
	if m == nil || m[2] == "" && m[3] == "" {
		return town{}, false
	}
	p := town{province: m[1], city: m[2], district: m[3]}
	if p.city == "" {
		p.city, p.district = p.district, ""
	}
	if p.province == "" {
		p.province = p.city
	}
	return p, true
}

func short(name string) string {
	for _, end := range []string{"特别行政区", "自治州", "自治区", "地区", "市", "区", "县", "省"} {
		if base, ok := strings.CutSuffix(name, end); ok && len([]rune(base)) >= 2 {
			return base
		}
	}
	return name
}

func (p town) area() string {
	parts := []string{short(p.province)}
	if p.city != p.province {
		parts = append(parts, p.city)
	}
	if p.district != "" {
		parts = append(parts, p.district)
	}
	return strings.Join(parts, ",")
}

// planner writes one journey. Everything random in it comes from the number, so that the same number has the same journey.
type planner struct {
	rng   *rand.Rand
	firm  carrierFirm
	style carrierStyle
	from  town
	via   *town
	to    town
	start time.Time
	span  time.Duration
	steps []step

	courier, phone string // of the last step
}

// plan makes the whole journey of a parcel that somebody asks about for the first time now. A span of 0 is as long as in life.
func plan(com, num, from, to string, now time.Time, span time.Duration) *parcel {
	h := fnv.New64a()
	h.Write([]byte(com + "|" + num))
	w := &planner{rng: rand.New(rand.NewPCG(h.Sum64(), 2)), firm: carrierFirms[com]}
	w.style = carrierStyles[w.firm.style]
	w.route(from, to)
	natural := span == 0
	if natural {
		span = 40*time.Hour + time.Duration(w.rng.IntN(14*60))*time.Minute
	}
	lead := span / 40 // until the courier comes
	w.start, w.span = now.Add(lead), span-lead
	w.write()
	if natural {
		w.byDay()
	}
	return &parcel{Com: com, Num: num, From: w.from.city, To: w.to.city, Born: now, Steps: w.steps}
}

func (w *planner) route(from, to string) {
	var ok bool
	if w.to, ok = parsePlace(to); !ok {
		w.to = w.anyCity()
	}
	if w.from, ok = parsePlace(from); !ok {
		for w.from = w.anyCity(); w.from.city == w.to.city; w.from = w.anyCity() {
		}
	}
	for _, p := range []*town{&w.from, &w.to} {
		if d := carrierDistricts[p.city]; p.district == "" && len(d) > 0 {
			p.district = d[w.rng.IntN(len(d))]
		}
	}
	if w.from.province != w.to.province {
		hub := carrierHubs[w.rng.IntN(len(carrierHubs))]
		if hub.city != w.from.city && hub.city != w.to.city {
			w.via = &hub
		}
	}
}

func (w *planner) anyCity() town { return carrierCities[w.rng.IntN(len(carrierCities))] }

// write puts the steps on paper at their shares of the span, each a little early or late.
func (w *planner) write() {
	x := w.style
	hubA, hubB := short(w.from.city)+x.hub, short(w.to.city)+x.hub
	shopA, shopB := w.station(w.from), w.station(w.to)
	next := hubB
	if w.via != nil {
		next = short(w.via.city) + x.hub
	}
	w.add(0, w.from, "揽收", "1", "103", x.collect, shopA, "")
	w.add(.05, w.from, "在途", "0", "0", x.leave, shopA, hubA)
	w.add(.11, w.from, "在途", "0", "0", x.arrive, hubA, "")
	w.add(.19, w.from, "干线", "0", "1002", x.leave, hubA, next)
	if w.via != nil {
		w.add(.40, *w.via, "干线", "0", "1002", x.arrive, next, "")
		w.add(.47, *w.via, "干线", "0", "1002", x.leave, next, hubB)
	}
	w.add(.66, w.to, "到达派件城市", "0", "1001", x.arrive, hubB, "")
	w.add(.73, w.to, "在途", "0", "0", x.leave, hubB, shopB)
	w.add(.82, w.to, "在途", "0", "0", x.arrive, shopB, "")
	w.add(.89, w.to, "派件", "5", "5", x.deliver, shopB, "")
	switch w.rng.IntN(10) {
	case 0, 1:
		locker := short(w.to.city) + short(w.to.district) + carrierLockers[w.rng.IntN(len(carrierLockers))]
		w.add(.95, w.to, "投柜或驿站", "5", "501", x.locker, locker, "")
		w.add(1, w.to, "投柜或站签收", stateSigned, "304", x.signed, locker, "已从取件点取出")
	case 2, 3:
		w.add(1, w.to, "代签", stateSigned, "303", x.signed, shopB, "前台代收")
	default:
		w.add(1, w.to, "本人签收", stateSigned, "301", x.signed, shopB, "本人签收")
	}
}

func (w *planner) station(p town) string { return short(p.city) + short(p.district) + w.style.station }

func (w *planner) add(share float64, at town, status, state, code, text, here, there string) {
	if share > 0 && share < 1 {
		share += (w.rng.Float64() - .5) * .02
	}
	if text != w.style.signed && text != w.style.locker { // who delivers is who gets the signature
		w.courier = carrierSurnames[w.rng.IntN(len(carrierSurnames))] + "师傅"
		w.phone = "1" + string("3578"[w.rng.IntN(4)]) + string("0123456789"[w.rng.IntN(10)]) + "****" + itoa(int64(1000+w.rng.IntN(9000)))
	}
	if w.firm.phone == "" {
		text = strings.NewReplacer("，客服电话 {service}", "", "，揽投部电话：{service}", "").Replace(text)
	}
	said := strings.NewReplacer("{city}", at.city, "{here}", here, "{there}", there, "{courier}", w.courier, "{phone}", w.phone, "{name}", w.firm.name, "{service}", w.firm.phone).Replace(text)
	w.steps = append(w.steps, step{At: w.start.Add(time.Duration(share * float64(w.span))).Truncate(time.Second), Context: said, Status: status, State: state, Code: code, City: at.city, Area: at.area()})
}

// byDay lets the courier start between eight and ten in the morning when it would be night, and moves what follows along.
func (w *planner) byDay() {
	for i := range w.steps {
		if w.steps[i].Code != "5" {
			continue
		}
		out := w.steps[i].At.In(shanghai)
		if h := out.Hour(); h >= 8 && h < 18 {
			return
		}
		day := time.Date(out.Year(), out.Month(), out.Day(), 8, 5+w.rng.IntN(100), w.rng.IntN(60), 0, shanghai)
		if day.Before(out) {
			day = day.AddDate(0, 0, 1)
		}
		for j := i; j < len(w.steps); j++ {
			w.steps[j].At = w.steps[j].At.Add(day.Sub(out))
		}
		return
	}
}
