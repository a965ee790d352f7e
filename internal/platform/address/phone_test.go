package address

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestValidPhone(t *testing.T) {
	for _, good := range []string{"13800138000", "+86 138 0013 8000", "0755-12345678", "010-62345678-801", "4001234567", "400-820-8820", "+85261234567", "075512345678"} {
		if !ValidPhone(good) {
			t.Errorf("%q was refused", good)
		}
	}
	for _, bad := range []string{"", "1380013800", "138001380000", "12345678901", "abc", "13800138000 13900139000", "138****8000", "张三13800138000", "110", "00000000000"} {
		if ValidPhone(bad) {
			t.Errorf("%q was accepted", bad)
		}
	}
	if !ValidMobile("19912345678") || ValidMobile("12012345678") || ValidMobile("+8613800138000") || ValidMobile("1３800138000") {
		t.Error("ValidMobile is wrong")
	}
}

func TestMasks(t *testing.T) {
	for in, want := range map[string]string{
		"13800138000": "138****8000", "13800138000-1234": "138****8000", "0755-12345678": "0755-****5678", "010-62345678-801": "010-****5678-801",
		"4001234567": "*******567", "+85261234567": "********4567", "": "", "12": "**",
	} {
		if got := MaskPhone(in); got != want {
			t.Errorf("MaskPhone(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"张三": "张*", "欧阳小花": "欧**", "李": "李*", "": "", " 王小明 ": "王**", "John Smith": "J**"} {
		if got := MaskName(in); got != want {
			t.Errorf("MaskName(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestMaskHidesFourDigits holds that no mask gives a whole number away.
func TestMaskHidesFourDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		phone := rapid.StringMatching(`1[3-9][0-9]{9}(-[0-9]{4})?|0[1-9][0-9]{1,2}-[2-9][0-9]{6,7}|\+852[0-9]{8}|[0-9]{1,15}`).Draw(t, "phone")
		masked := MaskPhone(phone)
		if strings.Contains(masked, phone) || len(phone) >= 6 && strings.Count(masked, "*") < 4 {
			t.Fatalf("%s is shown as %s", phone, masked)
		}
	})
}

// TestPhoneInAnySpelling holds that a mobile number is found however it is
// grouped, prefixed and surrounded.
func TestPhoneInAnySpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(t, "number")
		sep := rapid.SampledFrom([]string{"", " ", "-", "."}).Draw(t, "separator")
		spelt := n[:3] + sep + n[3:7] + sep + n[7:]
		if rapid.Bool().Draw(t, "wide") {
			spelt = strings.Map(func(r rune) rune { return r + 0xFEE0*b2r(r >= '0' && r <= '9') }, spelt)
		}
		prefix := rapid.SampledFrom([]string{"", "+86", "+86 ", "86-", "0086 ", "(+86)", "电话:", "手机号码", "Tel: "}).Draw(t, "prefix")
		place := rapid.SampledFrom([]string{"%", "张三，%，广东省深圳市南山区科技园1号", "广东省深圳市南山区科技园1号 张三 %", "张三\n%\n广东省深圳市南山区科技园路"}).Draw(t, "place")
		text := strings.Replace(place, "%", prefix+spelt, 1)
		if a := Recognise(text); a.Phone != n || len(a.MorePhones) > 0 || strings.Contains(a.Detail, "86") {
			t.Fatalf("%s: %+v", text, a)
		}
	})
}

func b2r(b bool) rune {
	if b {
		return 1
	}
	return 0
}
