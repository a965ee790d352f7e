package region

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// peoples are the names that stand before 自治区, 自治州, 自治县 and 自治旗, longer
// ones before those they end with.
var peoples = []string{
	"维吾尔族", "维吾尔", "哈萨克族", "哈萨克", "柯尔克孜族", "柯尔克孜", "蒙古族", "蒙古", "土家族", "布依族",
	"朝鲜族", "哈尼族", "傈僳族", "拉祜族", "东乡族", "纳西族", "景颇族", "达斡尔族", "仫佬族", "布朗族", "撒拉族",
	"毛南族", "仡佬族", "锡伯族", "锡伯", "阿昌族", "普米族", "塔吉克族", "塔吉克", "鄂温克族", "德昂族", "保安族",
	"裕固族", "独龙族", "回族", "藏族", "苗族", "彝族", "壮族", "侗族", "瑶族", "白族", "傣族", "黎族", "佤族",
	"畲族", "水族", "土族", "羌族", "怒族", "京族", "满族", "各族", "民族",
}

// Aliases lists the short names people write: the suffix dropped ("深圳",
// "南山"), the peoples dropped ("恩施", "恩施州"), and a few in common use. Names
// of a single character are none (忠县 stays 忠县).
func (r Region) Aliases() []string {
	var out []string
	add := func(names ...string) {
		for _, name := range names {
			if utf8.RuneCountInString(name) > 1 && name != r.Name && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	for _, a := range autonomies {
		if base, ok := strings.CutSuffix(r.Name, a.suffix); ok {
			base = withoutPeoples(base)
			add(base, base+a.short, base+a.suffix)
			return append(out, common[r.Code]...)
		}
	}
	for _, suffix := range suffixes[r.Level] {
		if base, ok := strings.CutSuffix(r.Name, suffix); ok && !tooGeneral[base] {
			add(base)
			if short := withoutPeoples(base); short != base { // 顺河回族区
				add(short, short+suffix)
			}
			break
		}
	}
	return append(out, common[r.Code]...)
}

// autonomies are the suffixes of autonomous places and what people shorten
// them to.
var autonomies = []struct{ suffix, short string }{
	{"自治区", "区"}, {"自治州", "州"}, {"自治县", "县"}, {"自治旗", "旗"},
}

var suffixes = map[Level][]string{
	Province: {"特别行政区", "省", "市"},
	City:     {"地区", "市", "盟", "县"},
	District: {"街道办事处", "街道", "行政委员会", "新区", "林区", "特区", "区", "县", "市", "旗", "镇", "乡"},
}

// common are short names that no rule gives.
var common = map[string][]string{
	"150000": {"内蒙"},
	"310115": {"浦东区"},
	"442019": {"火炬开发区"},
	"810000": {"香港特区"},
	"150724": {"鄂温克"},
	"820000": {"澳门特区"},
	"710000": {"台湾地区"},
}

// tooGeneral are bases that say nothing without their suffix.
var tooGeneral = map[string]bool{
	"新城": true, "城": true, "郊": true, "矿": true, "市中": true, "高新": true, "开发": true, "工业园": true,
	"经济技术开发": true, "经济开发": true, "高新技术产业开发": true, "高新技术开发": true, "其它": true, "城中": true,
	"中": true, "东": true, "西": true, "南": true, "北": true, "新": true, "桥": true,
}

// withoutPeoples cuts the peoples off the end of a base, as long as a name
// is left (鄂温克族自治旗 stays 鄂温克族).
func withoutPeoples(base string) string {
	for {
		cut := base
		for _, p := range peoples {
			if rest, ok := strings.CutSuffix(base, p); ok && utf8.RuneCountInString(rest) >= 2 {
				cut = rest
				break
			}
		}
		if cut == base {
			return base
		}
		base = cut
	}
}
