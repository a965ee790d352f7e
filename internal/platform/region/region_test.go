package region

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func one(t *testing.T, code string) Region {
	t.Helper()
	r, ok := ByCode(code)
	if !ok {
		t.Fatalf("code %s is unknown", code)
	}
	return r
}

func TestLookups(t *testing.T) {
	nanshan := one(t, "440305")
	if nanshan.FullName() != "广东省深圳市南山区" || nanshan.Level != District {
		t.Errorf("got %s, level %d", nanshan.FullName(), nanshan.Level)
	}
	shenzhen, ok := nanshan.Parent()
	if !ok || shenzhen.Code != "440300" || !slices.Contains(shenzhen.Children(), nanshan) {
		t.Errorf("parent of 南山区 is %v", shenzhen)
	}
	if _, ok := one(t, "440000").Parent(); ok {
		t.Error("a province has a parent")
	}
	if !nanshan.Within(shenzhen) || !nanshan.Within(nanshan) || shenzhen.Within(nanshan) || nanshan.Within(one(t, "440100")) || nanshan.Within(Region{}) {
		t.Error("Within is wrong")
	}
	if got := len(Provinces()); got != 34 {
		t.Errorf("%d provinces, want 34", got)
	}
	for _, bad := range []string{"", "44", "999999", "44030", "4403055", "440399"} {
		if r, ok := ByCode(bad); ok {
			t.Errorf("code %q gave %v", bad, r)
		}
	}
}

func TestFullNameReadsNaturally(t *testing.T) {
	for code, want := range map[string]string{
		"110105": "北京市朝阳区", "500233": "重庆市忠县", "429004": "湖北省仙桃市", "320583": "江苏省苏州市昆山市",
		"659001": "新疆维吾尔自治区石河子市", "441916": "广东省东莞市东城街道", "810102": "香港特别行政区香港岛湾仔区", "310000": "上海市",
	} {
		if got := one(t, code).FullName(); got != want {
			t.Errorf("%s reads %q, want %q", code, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	for name, want := range map[string]string{
		"南山区": "230404 440305", "南山": "230404 440305", "恩施州": "422800", "恩施": "422800 422801", "新疆": "650000",
		"内蒙": "150000", "吉林": "220000 220200", "闸北区": "310106", "雨花区": "320114 430111", "石柱": "500240", "石柱县": "500240",
		"梅里斯区": "230208", "鄂温克": "150724", "忠县": "500233", "香港": "810000", "浦东": "310115",
		"海南": "460000 632500 150303", "县": "", "忠": "", "": "", "无此地": "", "深圳市南": "",
	} {
		var codes []string
		for _, r := range Find(name) {
			codes = append(codes, r.Code)
		}
		if got := strings.Join(codes, " "); got != want {
			t.Errorf("Find(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestEveryRegionIsReachable draws regions and holds the table together: names
// and aliases find them, paths lead to them, codes nest.
func TestEveryRegionIsReachable(t *testing.T) {
	all := load().regions
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SampledFrom(all).Draw(t, "region")
		path := r.Path()
		if len(path) != int(r.Level) || path[len(path)-1] != r {
			t.Fatalf("path of %v is %v", r, path)
		}
		for i, p := range path {
			if int(p.Level) != i+1 || !r.Within(p) || i > 0 && !slices.Contains(path[i-1].Children(), p) {
				t.Fatalf("path of %v breaks at %v", r, p)
			}
		}
		if r.IsPlaceholder() {
			return
		}
		for _, name := range append(r.Aliases(), r.Name) {
			if !slices.Contains(Find(name), r) {
				t.Fatalf("%q does not find %v", name, r)
			}
			if len([]rune(name)) < 2 {
				t.Fatalf("%v has the alias %q of one character", r, name)
			}
		}
	})
}

func TestMatchesGoFromShortToLong(t *testing.T) {
	got := Matches(nil, []rune("吉林市场"))
	if len(got) != 3 || got[0].Runes != 2 || got[0].Region.Level != Province || got[2].Runes != 3 || got[2].Kind != Official {
		t.Errorf("got %v", got)
	}
	if got := Matches(nil, nil); got != nil {
		t.Errorf("an empty text matched %v", got)
	}
}

// shared finds a folder of the data that stands beside the project.
func shared(t *testing.T, folder string) string {
	t.Helper()
	if root := os.Getenv("SHUKE_SHARED_DATA"); root != "" {
		return filepath.Join(root, folder)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for range 12 {
		found := filepath.Join(dir, "shared", "data", folder)
		if _, err := os.Stat(found); err == nil {
			return found
		}
		dir = filepath.Dir(dir)
	}
	t.Skipf("no shared/data/%s beside the project and no SHUKE_SHARED_DATA", folder)
	return ""
}

// TestCoversTheOtherTable compares with an independent table of the mainland.
func TestCoversTheOtherTable(t *testing.T) {
	for _, c := range []struct {
		file  string
		least float64 // share of its codes that we know under the same name
	}{{"provinces.csv", 1}, {"cities.csv", 0.95}, {"areas.csv", 0.95}} {
		f, err := os.Open(filepath.Join(shared(t, "china-regions"), c.file))
		if err != nil {
			t.Skip(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil || len(rows) < 2 {
			t.Fatalf("%s: %v", c.file, err)
		}
		same, renamed, missing := compare(rows[1:])
		t.Logf("%s: %d the same, %d other names, %d codes unknown here", c.file, same, len(renamed), len(missing))
		if share := float64(same) / float64(len(rows)-1); share < c.least {
			t.Errorf("%s: only %.1f%% the same; other names: %v", c.file, 100*share, renamed)
		}
	}
}

func compare(rows [][]string) (same int, renamed, missing []string) {
	for _, row := range rows {
		r, ok := ByCode((row[0] + "0000")[:6])
		switch {
		case !ok:
			missing = append(missing, row[0]+row[1])
		case r.Name != row[1] && !placeholder(row[1]):
			renamed = append(renamed, row[0]+row[1]+"/"+r.Name)
		default:
			same++
		}
	}
	return same, renamed, missing
}

// placeholder says that the other table names a level that is no place.
func placeholder(name string) bool {
	return slices.Contains([]string{"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}, name)
}

func BenchmarkMatches(b *testing.B) {
	text := []rune("内蒙古自治区呼和浩特市新城区")
	var buf []Match
	for b.Loop() {
		buf = Matches(buf[:0], text)
	}
}
