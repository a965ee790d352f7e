package carrier

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// samples are numbers of the shapes carriers print, made up in their digits.
var samples = map[string]string{
	"SF1234567890123": "shunfeng", "sf 1234 5678 90123": "shunfeng", "123456789012": "shunfeng",
	"78123456789012": "zhongtong", "75312345678901": "zhongtong", "ZTO123456789012": "zhongtong",
	"YT1234567890123": "yuantong", "YT123456789012345": "yuantong", "D123456789": "yuantong",
	"771234567890123": "shentong", "312345678901234": "yunda", "461234567890123": "yunda",
	"JT1234567890123": "jtexpress", "JDVA01234567890": "jd", "JDX012345678901-1-1-": "jd", "JD0123456789012": "jd",
	"EA123456789CN": "ems", "1123456789012": "ems", "9876543210123": "youzhengguonei", "PA123456789CN": "youzhengguonei",
	"DPK123456789012": "debangkuaidi", "6101234567890123"[:15]: "danniao", "1Z999AA10123456784": "ups", "RR123456789HK": "hkpost",
	"ＳＦ１２３４５６７８９０１２３": "shunfeng", "FW1234567890123": "fengwang", "KYE1234567890": "kuayue",
}

func TestGuessPutsTheCarrierFirst(t *testing.T) {
	for no, want := range samples {
		got := Guess(no)
		if len(got) == 0 || got[0].Code != want {
			t.Errorf("Guess(%q) = %v, want %s first", no, codes(got), want)
		}
	}
	for _, none := range []string{"", "abc", "顺丰", "12345", strings.Repeat("7", 500)} {
		if got := Guess(none); len(got) > 0 {
			t.Errorf("Guess(%q) = %v, want none", none, codes(got))
		}
	}
	if got := Guess("512345678901"); len(got) < 3 {
		t.Errorf("12 digits may be of several carriers, got %v", codes(got))
	}
}

func codes(list []Carrier) (out []string) {
	for _, c := range list {
		out = append(out, c.Code)
	}
	return out
}

func TestByCodeKnowsAllCodes(t *testing.T) {
	owner := map[string]string{}
	for _, c := range All() {
		if c.Code == "" || c.Name == "" || c.NameEN == "" {
			t.Errorf("%+v lacks a code or a name", c)
		}
		for _, code := range []string{c.Code, c.KDNiao, c.WeChat, strings.ToUpper(c.Code), strings.ToLower(c.WeChat)} {
			if code == "" {
				continue
			}
			if got, ok := ByCode(code); !ok || got.Code != c.Code {
				t.Errorf("ByCode(%q) = %s, want %s", code, got.Code, c.Code)
			}
			if other, taken := owner[strings.ToLower(code)]; taken && other != c.Code {
				t.Errorf("code %q is of %s and %s", code, other, c.Code)
			}
			owner[strings.ToLower(code)] = c.Code
		}
	}
	if n := len(All()); n < 40 {
		t.Errorf("%d carriers, want 40 or more", n)
	}
	for _, bad := range []string{"", "nobody", "顺丰"} {
		if c, ok := ByCode(bad); ok {
			t.Errorf("ByCode(%q) = %s", bad, c.Code)
		}
	}
}

func TestByName(t *testing.T) {
	for name, want := range map[string]string{"顺丰": "shunfeng", "韵达快递": "yunda", "中通": "zhongtong", "sf express": "shunfeng", "EMS": "ems", "": "", "递": "", "无此快递": ""} {
		if c, _ := ByName(name); c.Code != want {
			t.Errorf("ByName(%q) = %q, want %q", name, c.Code, want)
		}
	}
}

func TestValidTracking(t *testing.T) {
	for _, good := range []string{"SF1234567890123", " sf123 456 ", "JDVA01234567890-1-1-", "123456"} {
		if err := ValidTracking("shunfeng", good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for no, why := range map[string]string{
		"": "empty", "12345": "has 5 characters", strings.Repeat("1", 33): "has 33 characters", "SF12345单号": "letters, digits and dashes",
		"SF123456;DROP": "letters, digits and dashes", "ABCDEFG": "no digit", "<b>123456</b>": "letters, digits and dashes",
	} {
		err := ValidTracking("SF", no)
		if !errors.Is(err, ErrTrackingNo) || !strings.Contains(err.Error(), why) || !strings.Contains(err.Error(), "SF Express") {
			t.Errorf("%q: %v, want %q", no, err, why)
		}
	}
	if err := ValidTracking(strings.Repeat("x", 9999), "SF1234567890123"); !errors.Is(err, ErrUnknownCarrier) || len(err.Error()) > 300 {
		t.Errorf("unknown carrier gives %.200v", err)
	}
}

// TestGuessedNumbersAreValid holds that what is guessed is also accepted.
func TestGuessedNumbersAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(carriers).Filter(func(c Carrier) bool { return len(c.patterns) > 0 }).Draw(t, "carrier")
		no := rapid.StringMatching(rapid.SampledFrom(c.patterns).Draw(t, "pattern").expr).Draw(t, "number")
		if err := ValidTracking(c.Code, no); err != nil {
			t.Fatal(err)
		}
		got := Guess(no)
		if len(got) == 0 || len(got) > maxGuesses {
			t.Fatalf("Guess(%q) = %v", no, codes(got))
		}
	})
}

// TestCodesExistAtKuaidi100 compares with a list of its companies.
func TestCodesExistAtKuaidi100(t *testing.T) {
	f, err := os.Open(filepath.Join(sharedData(t), "carriers", "kuaidi100_companies.csv"))
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for _, row := range rows[1:] {
		known[row[0]] = row[1]
	}
	for _, c := range All() {
		if known[c.Code] == "" {
			t.Errorf("快递100 does not list %s (%s)", c.Code, c.Name)
		}
	}
}

func sharedData(t *testing.T) string {
	t.Helper()
	if root := os.Getenv("SHUKE_SHARED_DATA"); root != "" {
		return root
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for range 12 {
		if found := filepath.Join(dir, "shared", "data"); isDir(found) {
			return found
		}
		dir = filepath.Dir(dir)
	}
	t.Skip("no shared/data beside the project and no SHUKE_SHARED_DATA")
	return ""
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
