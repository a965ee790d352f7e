package address

import (
	"slices"

	"github.com/shuke-commerce/shuke/internal/platform/region"
)

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
		if len(top) > 0 && top[0].links > 1 {
			i = max(i, top[0].to-1) // what begins within a chain is no better than the chain
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
