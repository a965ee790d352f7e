package address

import (
	"slices"
	"strings"

	"github.com/shuke-commerce/shuke/internal/platform/region"
)

// maxName is the longest name of a region, in runes, that is looked up.
const maxName = 16

// The worth of what a chain of names rests on. A chain with more levels and
// fuller names wins; among equals the higher level, then the earlier place.
const (
	worthOfficial = 20
	worthFormer   = 16
	worthAlias    = 10
	worthStart    = 6 // stands at the start of a piece
)

// chain is a run of region names, each within the one before: 广东 深圳市 南山区.
type chain struct {
	region region.Region // the deepest
	from   int
	to     int // end of what is taken out
	before int // end without the last name
	links  int
	worth  int
	first  region.Kind
	former bool
	skips  bool // a level between was not written
}

// follower collects the chains that start at one position.
type follower struct {
	s      *source
	chains []chain
	buf    []region.Match
}

// extend tries every name at position p that continues c.
func (f *follower) extend(c chain, p int) {
	if c.links >= 5 {
		return
	}
	p = f.s.skipFillers(p, c)
	base := len(f.buf)
	f.buf = region.Matches(f.buf, f.s.fold[p:min(len(f.s.fold), p+maxName)])
	matches := f.buf[base:]
	for _, m := range slices.Backward(matches) {
		if c.links > 0 && !continues(c.region, m) {
			continue
		}
		if next, end, ok := f.s.link(c, m, p); ok {
			f.chains = append(f.chains, next)
			if end >= 0 {
				f.extend(next, end)
			}
		}
	}
	f.buf = f.buf[:base]
}

// continues says that m may follow the region: something within it, or its
// own full name again (北京市北京市).
func continues(r region.Region, m region.Match) bool {
	if m.Region.Code == r.Code {
		return m.Kind == region.Official
	}
	return m.Region.Level > r.Level && m.Region.Within(r)
}

// link appends the name m at position p to the chain; end is where the next
// name may stand, or -1 when the text of m has to stay.
func (s *source) link(c chain, m region.Match, p int) (next chain, end int, ok bool) {
	end = p + m.Runes
	worth := worthOfficial
	taken := true
	switch m.Kind {
	case region.Official:
		if c.links == 0 && namesNoPlace(m.Region.Name) {
			return chain{}, 0, false
		}
		if s.fold[end-1] == '市' && (s.fold[end] == '场' || s.hasAt(end, "民中心") || s.hasAt(end, "民广场")) || s.fold[end-1] == '区' && s.fold[end] == '域' {
			return chain{}, 0, false
		}
	case region.Former:
		worth = worthFormer
	case region.Alias:
		if n := s.oldSuffix(end, m.Region); n > 0 {
			worth, end = worthFormer, end+n
			break
		}
		worth = worthAlias
		if s.roadFollows(end, c.links > 0) && !s.deeperFollows(end, m.Region) {
			return chain{}, 0, false
		}
		taken = !s.startsZone(end) && !(s.fold[p-1] == '(' && s.fold[end] == ')')
	}
	next = chain{region: m.Region, from: c.from, to: end, before: c.to, links: c.links + 1, first: c.first,
		worth: c.worth + worth + int(region.District-m.Region.Level), former: c.former || m.Kind != region.Official && worth == worthFormer,
		skips: c.skips || m.Region.Level > c.region.Level+1}
	if m.Region.Code == c.region.Code {
		next.worth = c.worth // saying it twice proves nothing
	}
	if c.links == 0 {
		next.first, next.from, next.before = m.Kind, p, p
	}
	if !taken {
		next.to, end = max(next.before, c.to), -1
		if c.links == 0 {
			next.to = p
		}
	}
	return next, end, true
}

// namesNoPlace says that a name means something only behind its city: 高新区,
// 工业园区, 经济技术开发区.
func namesNoPlace(name string) bool {
	for _, general := range []string{"经济", "高新", "工业", "开发", "其", "新区", "郊区", "城区", "矿区"} {
		if strings.HasPrefix(name, general) {
			return true
		}
	}
	return false
}

// oldSuffix is the length of a suffix that a place bore before (增城市, now
// 增城区; 吐鲁番地区, now 吐鲁番市), 0 when there is none.
func (s *source) oldSuffix(i int, r region.Region) int {
	at := func(options ...string) int {
		for _, o := range options {
			if s.hasAt(i, o) {
				return len([]rune(o))
			}
		}
		return 0
	}
	switch {
	case s.hasAt(i, "市场"), s.hasAt(i, "市政"), s.hasAt(i, "市民"), s.hasAt(i, "区域"), s.hasAt(i, "县道"), s.hasAt(i, "省道"):
		return 0
	case r.Level == region.Province:
		return at("省")
	case r.Level == region.City:
		return at("地区", "市", "州")
	}
	return at("区", "市", "县")
}

// roadFollows says that a short name goes on as the name of a street or a
// place of its own: 南京西路, 朝阳门外, 恭城镇.
func (s *source) roadFollows(i int, within bool) bool {
	if slices.Contains([]rune("门寺塔庙城"), s.fold[i]) {
		return true
	}
	if !within && slices.Contains([]rune("山河江湖港湾岛人"), s.fold[i]) {
		return true
	}
	for n := 0; n <= 3 && i+n < len(s.fold); n++ {
		r := s.fold[i+n]
		if slices.Contains([]rune("路街巷弄道里桥村镇乡屯庄站"), r) || r == '胡' && s.fold[i+n+1] == '同' {
			return true
		}
		if !slices.Contains([]rune("东南西北中上下前后新老大小横一二三四五六七八九十环支外内正"), r) {
			return false
		}
	}
	return false
}

// deeperFollows says that the full name of a place within r comes next, so
// that 镇 in 江苏镇江市 begins a name and ends none.
func (s *source) deeperFollows(i int, r region.Region) bool {
	for _, m := range region.Matches(nil, s.fold[i:min(len(s.fold), i+maxName)]) {
		if m.Kind != region.Alias && m.Region.Level > r.Level && m.Region.Within(r) {
			return true
		}
	}
	return false
}

// zoneStarts begin the name of something that keeps the name of its place:
// 昆山开发区, 南京大学. The place is noted, the text stays.
var zoneStarts = []string{"开发区", "经济", "高新", "工业", "科技", "技术", "新区", "保税", "机场", "火车", "高铁", "大学", "学院", "中学", "医院", "大厦",
	"宾馆", "酒店", "银行", "广场", "国际", "公司", "产业", "商贸", "花园", "公园", "农场", "林场"}

func (s *source) startsZone(i int) bool {
	for _, z := range zoneStarts {
		if s.hasAt(i, z) {
			return true
		}
	}
	return false
}

// fillers stand for a level that is no place.
var fillers = []string{"市辖区", "自治区直辖县级行政区划", "省直辖县级行政区划", "省直辖县级行政单位", "省直辖县", "直辖县", "直辖市"}

// skipFillers steps over separators and words between two names of a chain.
func (s *source) skipFillers(p int, c chain) int {
	if c.links == 0 {
		return p
	}
	p = s.skipGaps(p)
	for _, f := range fillers {
		if s.hasAt(p, f) {
			return s.skipGaps(p + len([]rune(f)))
		}
	}
	if c.region.Code == "500000" && s.hasAt(p, "县") {
		return s.skipGaps(p + 1)
	}
	return p
}

// takeRegion finds the best chain of region names and takes it out.
func (s *source) takeRegion(a *Address) {
	f := &follower{s: s}
	var best []chain // equally good chains from one position
	for i := 1; i < len(s.fold)-1; i++ {
		if separates(s.fold[i]) {
			continue
		}
		start := s.isPieceStart(i)
		f.chains = f.chains[:0]
		f.extend(chain{}, i)
		top := s.top(f.chains, start)
		if len(top) > 0 && (len(best) == 0 || top[0].worth > best[0].worth) {
			best = slices.Clone(top)
		}
	}
	if len(best) == 0 {
		return
	}
	c := s.settle(a, best)
	if c.region.Code == "" {
		return
	}
	c = s.nearly(c)
	s.blank(c.from, c.to)
	c = s.takeRepeats(a, c)
	s.place = span{c.from, c.to}
	a.setRegion(c.region)
	a.noteChain(c)
}

// noteChain says on what weak grounds the region stands.
func (a *Address) noteChain(c chain) {
	if c.skips && !municipal(c.region) {
		a.note(NoteRegionInferred)
	}
	if c.former {
		a.note(NoteDistrictRenamed)
	}
	if c.links == 1 && c.first == region.Alias && c.region.Level != region.Province {
		a.note(NoteRegionShort)
	}
}

func municipal(r region.Region) bool {
	return r.Path()[0].IsMunicipality() || r.Path()[0].Code >= "810000"
}

// isPieceStart says that a name may begin here: after a separator, a bracket,
// or 中国.
func (s *source) isPieceStart(i int) bool {
	if s.isGap(i-1) || slices.Contains([]rune("()[]#*~"), s.fold[i-1]) {
		return true
	}
	return i >= 3 && s.hasAt(i-2, "中国") && s.isGap(i-3)
}

// top keeps the best chains of one position; a position inside a piece needs
// surer names than its start.
func (s *source) top(chains []chain, start bool) []chain {
	best := 0
	for i := range chains {
		if start {
			chains[i].worth += worthStart
		} else if !sureInside(chains[i]) {
			chains[i].worth = 0
		}
		best = max(best, chains[i].worth)
	}
	if best == 0 {
		return nil
	}
	return slices.DeleteFunc(chains, func(c chain) bool { return c.worth < best && !rival(c, best) })
}

// rival keeps short names of other levels in view: 朝阳 is a city and three
// districts.
func rival(c chain, best int) bool {
	return c.links == 1 && c.first == region.Alias && best < worthStart+worthAlias+int(region.District-region.Province) && best <= c.worth+2
}

func sureInside(c chain) bool {
	return c.first == region.Official && (c.links > 1 || c.region.Level < region.District || c.to-c.from > 2)
}

// settle decides between equally good chains. When they mean different places
// only what they share is kept, and the rest is left in the text.
func (s *source) settle(a *Address, best []chain) chain {
	slices.SortStableFunc(best, func(x, y chain) int { return int(x.region.Level) - int(y.region.Level) })
	var distinct []chain
	for _, c := range best {
		if !slices.ContainsFunc(distinct, func(d chain) bool { return c.region.Within(d.region) }) {
			distinct = append(distinct, c)
		}
	}
	c := distinct[0]
	if len(distinct) == 1 {
		return c
	}
	a.note(NoteDistrictAmbiguous)
	for _, d := range distinct[:min(8, len(distinct))] {
		a.Candidates = append(a.Candidates, d.region.Code)
	}
	c.region, c.to, c.former = shared(distinct), c.before, false
	return c
}

// shared is the deepest region that holds all chains.
func shared(chains []chain) region.Region {
	path := chains[0].region.Path()
	for _, p := range slices.Backward(path[:len(path)-1]) {
		if !slices.ContainsFunc(chains, func(c chain) bool { return !c.region.Within(p) }) {
			return p
		}
	}
	return region.Region{}
}

// nearly completes a city by a district whose name is written short, with
// another suffix: 南京市雨花区 is 雨花台区.
func (s *source) nearly(c chain) chain {
	if c.region.Level != region.City {
		return c
	}
	p := s.skipGaps(c.to)
	for n := 2; n <= 4 && p+n < len(s.fold); n++ {
		if !slices.Contains([]rune("区县旗"), s.fold[p+n]) {
			continue
		}
		var fits []region.Region
		for _, child := range c.region.Children() {
			if name := []rune(child.Name); len(name) > n && slices.Equal(name[:n], s.fold[p:p+n]) {
				fits = append(fits, child)
			}
		}
		if len(fits) == 1 {
			c.region, c.to, c.former = fits[0], p+n+1, true
			return c
		}
	}
	return c
}

// takeRepeats takes out the region where the text says it again, and deepens
// it when the repetition says more.
func (s *source) takeRepeats(a *Address, c chain) chain {
	var buf []region.Match
	for i := 1; i < len(s.fold)-1; i++ {
		if separates(s.fold[i]) || !s.isPieceStart(i) {
			continue
		}
		for said := 0; said < 4; said++ {
			p := s.skipGaps(i)
			buf = region.Matches(buf[:0], s.fold[p:min(len(s.fold), p+maxName)])
			m, same := repeated(buf, c.region, func(n int) bool { return said > 0 && s.isGap(p+n) })
			if !same {
				if said > 0 && len(m.Region.Code) > 0 {
					a.note(NoteRegionConflict)
				}
				break
			}
			if m.Region.Level > c.region.Level {
				c.region = m.Region
			}
			s.blank(p, p+m.Runes)
			i = p + m.Runes
		}
	}
	return c
}

// repeated finds among the matches the longest full name that says r, a part
// of its path, or something within r. Without one it gives a full name that
// contradicts r, if there is any. A short name counts where ends allows it.
func repeated(matches []region.Match, r region.Region, ends func(runes int) bool) (m region.Match, same bool) {
	for _, m := range slices.Backward(matches) {
		if (m.Kind == region.Official || r.Within(m.Region) && ends(m.Runes)) && (r.Within(m.Region) || m.Region.Within(r) && only(matches, m, r)) {
			return m, true
		}
	}
	for _, m := range matches {
		if m.Kind == region.Official {
			return m, false
		}
	}
	return region.Match{}, false
}

// only says that no other place within r has the name of m.
func only(matches []region.Match, m region.Match, r region.Region) bool {
	return !slices.ContainsFunc(matches, func(o region.Match) bool {
		return o.Runes == m.Runes && o.Region != m.Region && o.Kind == region.Official && o.Region.Within(r)
	})
}
