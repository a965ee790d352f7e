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
	if c.links >= 4 {
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
