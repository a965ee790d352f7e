package address

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/platform/region"
	"pgregory.net/rapid"
)

func TestNamesWhatIsMissing(t *testing.T) {
	a := Recognise("")
	if want := []Part{PartName, PartPhone, PartProvince, PartCity, PartDistrict, PartDetail}; !slices.Equal(a.Missing, want) || a.Confidence != 0 {
		t.Errorf("nothing gives %+v", a)
	}
	full := Recognise("收件人：张三，电话 13800138000，地址：广东省深圳市南山区科技园1号")
	if len(full.Missing) != 0 || len(full.Notes) != 0 || full.Confidence != 100 {
		t.Errorf("a full address gives %+v", full)
	}
}

func TestNeverGuessesSilently(t *testing.T) {
	for in, note := range map[string]Note{
		"张三 13800138000 朝阳区望京路4号":                NoteDistrictAmbiguous,
		"张三 13800138000 江苏省鼓楼区湖南路1号":             NoteDistrictAmbiguous,
		"张三 13800138000 昆山市花桥镇":                  NoteRegionInferred,
		"张三 13800138000 昆山 花桥镇绿地大道1号":            NoteRegionShort,
		"张三 13800138000 上海市卢湾区雁荡路109号":           NoteDistrictRenamed,
		"广东省深圳市南山区1号 13800138000 收货地区 广东省广州市天河区": NoteRegionConflict,
		"张三 138****8000 上海市静安区1号":                NotePhoneMasked,
		"张三 13800138000 13900139000 上海市静安区1号":    NotePhoneMore,
		"张三 13800138000 上海市静安区铜仁路1号":             NoteNameGuessed,
		strings.Repeat("路", MaxRunes+1):          NoteTooLong,
	} {
		if a := Recognise(in); !a.Has(note) || a.Confidence >= 100 {
			t.Errorf("%.40s: no note %s in %+v", in, note, a)
		}
	}
	a := Recognise("张三 13800138000 江苏省鼓楼区湖南路1号")
	if a.Province != "江苏省" || a.City != "" || a.District != "" || !slices.Equal(a.Candidates, []string{"320302", "320106"}) || a.Detail != "鼓楼区湖南路1号" {
		t.Errorf("an ambiguous district gives %+v", a)
	}
}

// TestWrittenAddressesAreReadBack draws a person and a place, writes them down
// in the ways people do, and reads them back.
func TestWrittenAddressesAreReadBack(t *testing.T) {
	var districts []region.Region
	for _, p := range region.Provinces()[:31] {
		for _, c := range p.Children() {
			districts = append(districts, c.Children()...)
		}
	}
	districts = slices.DeleteFunc(districts, func(r region.Region) bool { return r.IsPlaceholder() || strings.Contains(r.Name, "其它") })
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom(districts).Draw(t, "district")
		name := rapid.SampledFrom([]string{"张三", "王小明", "李女士", "欧阳娜娜", "陈先生"}).Draw(t, "name")
		phone := rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(t, "phone")
		detail := rapid.SampledFrom([]string{"人民路18号3栋502室", "解放大道66号", "幸福小区7号楼", "南京西路1号"}).Draw(t, "detail")
		path := d.Path()
		where := path[0].Name + path[1].Name + d.Name
		if path[1].IsPlaceholder() || rapid.Bool().Draw(t, "short") {
			where = d.FullName()
		}
		parts := rapid.Permutation([]string{name, phone, where + detail}).Draw(t, "order")
		text := strings.Join(parts, rapid.SampledFrom([]string{" ", "，", "\n", " ， "}).Draw(t, "separator"))
		a := Recognise(text)
		if a.RegionCode != d.Code || a.Name != name || a.Phone != phone || a.Detail != detail {
			t.Fatalf("%s: %+v, want %s", text, a, d.Code)
		}
	})
}

// TestHostileTextsStayQuick holds that no text at the bound takes long; the
// limit is wide because test machines are busy.
func TestHostileTextsStayQuick(t *testing.T) {
	for _, piece := range []string{"北京市", "朝阳", "海南", "重庆市县", "城区", "1", "138 ", " 1", "收", "手机", "[1]", "+852", "a b ", "中国"} {
		text := strings.Repeat(piece, MaxRunes)
		began := time.Now()
		Recognise(text)
		if took := time.Since(began); took > 500*time.Millisecond {
			t.Errorf("%q repeated took %s", piece, took)
		}
	}
}

func FuzzRecognise(f *testing.F) {
	for in := range formats {
		f.Add(in)
	}
	for _, s := range []string{"", "+", "(0", "0", "收", "收：", "\xff\xfe", "1[", "138*", "重庆市县", "中国", "［１", strings.Repeat("北京市", 400)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a := Recognise(text)
		if a.Confidence < 0 || a.Confidence > 100 || len(a.MorePhones) > maxMorePhones || len(a.Candidates) > 8 {
			t.Fatalf("%q: out of bounds: %+v", text, a)
		}
		if utf8.RuneCountInString(a.Detail) > MaxRunes || !utf8.ValidString(a.Name+a.Detail) {
			t.Fatalf("%q: bad detail or name: %+v", text, a)
		}
		if r, ok := region.ByCode(a.RegionCode); a.RegionCode != "" && (!ok || r.Path()[0].Name != a.Province) {
			t.Fatalf("%q: region does not fit: %+v", text, a)
		}
		if (a.Phone == "") != slices.Contains(a.Missing, PartPhone) || (a.Detail == "") != slices.Contains(a.Missing, PartDetail) {
			t.Fatalf("%q: Missing does not fit: %+v", text, a)
		}
	})
}

func BenchmarkRecognise(b *testing.B) {
	for name, text := range map[string]string{
		"labelled": "收件人：张三，电话 138 0013 8000，地址：广东省深圳市南山区科技园南区5栋1801室",
		"plain":    "张三13800138000广东省深圳市南山区科技园1号1801室",
		"bound":    strings.Repeat("上海市浦东新区南京路1号 ", 80),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Recognise(text)
			}
		})
	}
}
