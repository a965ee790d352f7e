// Package region knows the provinces, cities and districts of China by
// GB/T 2260 code and by the names people write, Hong Kong, Macau and Taiwan
// included.
package region

import "strings"

//go:generate node generate.mjs

// Level is how deep a Region stands.
type Level int8

// The three levels of the table.
const (
	Province Level = iota + 1
	City
	District
)

// Region is one province, city or district.
type Region struct {
	// Code has six digits: "440000", "440300", "440305".
	Code string
	// Name is the official name: "广东省", "深圳市", "南山区".
	Name string
	// Level says which of the three it is.
	Level Level
}

// ByCode finds a region by its six-digit code.
func ByCode(code string) (Region, bool) {
	t := load()
	i, ok := t.byCode[code]
	if !ok {
		return Region{}, false
	}
	return t.regions[i], true
}

// Provinces lists the 34 provinces in order of code.
func Provinces() []Region {
	t := load()
	return t.pick(t.children[""])
}

// Children lists the regions directly below, in order of code.
func (r Region) Children() []Region {
	t := load()
	return t.pick(t.children[r.Code])
}

// Parent is the region directly above; a province has none.
func (r Region) Parent() (Region, bool) {
	return ByCode(parentCode(r.Code, r.Level))
}

// Path lists the ancestors from the province down and ends with r itself.
func (r Region) Path() []Region {
	path := make([]Region, 0, 3)
	for _, code := range []string{prefix(r.Code, 2) + "0000", prefix(r.Code, 4) + "00", r.Code} {
		if found, ok := ByCode(code); ok && (len(path) == 0 || path[len(path)-1] != found) {
			path = append(path, found)
		}
	}
	return path
}

// Within says whether r is of or lies below it.
func (r Region) Within(of Region) bool {
	n := 2 * int(of.Level)
	return r.Level >= of.Level && of.Level > 0 && prefix(r.Code, n) == prefix(of.Code, n)
}

// IsPlaceholder says that the name only fills a level of the code and is no
// place: 县 (counties of Chongqing), 省直辖县, 市辖区.
func (r Region) IsPlaceholder() bool {
	switch r.Name {
	case "县", "市辖区", "省直辖县", "自治区直辖县级行政区划":
		return true
	}
	return false
}

// IsMunicipality says that r is one of the four cities that are provinces.
func (r Region) IsMunicipality() bool {
	return r.Level == Province && strings.HasSuffix(r.Name, "市")
}

// FullName joins the path for people: "广东省深圳市南山区", "北京市朝阳区". Names
// that repeat or only fill a level are left out.
func (r Region) FullName() string {
	var b strings.Builder
	last := ""
	for _, p := range r.Path() {
		if p.Name != last && !p.IsPlaceholder() {
			b.WriteString(p.Name)
			last = p.Name
		}
	}
	return b.String()
}

// Find lists all regions with this official name, alias ("南山", "恩施州",
// "新疆") or former name ("闸北区"), provinces first, then by code.
func Find(name string) []Region {
	runes := []rune(name)
	var out []Region
	for _, m := range Matches(nil, runes) {
		if m.Runes == len(runes) {
			out = append(out, m.Region)
		}
	}
	return out
}

func parentCode(code string, level Level) string {
	switch level {
	case City:
		return prefix(code, 2) + "0000"
	case District:
		return prefix(code, 4) + "00"
	}
	return ""
}

func prefix(code string, n int) string {
	return code[:min(n, len(code))]
}
