package address

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/internal/platform/region"
)

// sharedFile opens a file of the data that stands beside the project.
func sharedFile(t *testing.T, name string) *os.File {
	t.Helper()
	root := os.Getenv("SHUKE_SHARED_DATA")
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for range 12 {
		if _, err := os.Stat(filepath.Join(dir, "shared", "data")); root == "" && err == nil {
			root = filepath.Join(dir, "shared", "data")
		}
		dir = filepath.Dir(dir)
	}
	f, err := os.Open(filepath.Join(root, "chinese-addresses", name))
	if err != nil {
		t.Skipf("no shared/data beside the project and no SHUKE_SHARED_DATA: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestKnownCases reads the cases of an address parser in wide use.
func TestKnownCases(t *testing.T) {
	var cases []struct {
		Input  string
		Expect struct{ Code, Name, Mobile, Details *string }
	}
	if err := json.NewDecoder(sharedFile(t, "parse_cases.json")).Decode(&cases); err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, c := range cases {
		a := Recognise(c.Input)
		ok := true
		for _, part := range []struct {
			name string
			want *string
			got  string
		}{{"code", c.Expect.Code, a.RegionCode}, {"name", c.Expect.Name, a.Name}, {"mobile", c.Expect.Mobile, a.Phone}, {"details", c.Expect.Details, a.Detail}} {
			if part.want != nil && *part.want != part.got {
				t.Errorf("%s: %s is %q, want %q (%+v)", c.Input, part.name, part.got, *part.want, a)
				ok = false
			}
		}
		if ok {
			passed++
		}
	}
	t.Logf("%d of %d cases", passed, len(cases))
}

// TestCompanyAddresses measures how many of 2,000 addresses, as firms wrote
// them down, get a province and a city. Many name no region at all, so what
// counts is the share of those that name a city or district in full, or begin
// with one in short, that only one place bears.
func TestCompanyAddresses(t *testing.T) {
	lines := bufio.NewScanner(sharedFile(t, "company_addresses_2000.csv"))
	all, found, named, foundNamed := 0, 0, 0, 0
	var missed []string
	for first := true; lines.Scan(); first = false {
		line := strings.Trim(lines.Text(), `"`)
		if first || line == "" {
			continue
		}
		all++
		a := Recognise(line)
		got := a.Province != "" && a.City != ""
		if got {
			found++
		}
		if !namesOnePlace(line) {
			continue
		}
		if named++; got {
			foundNamed++
		} else {
			missed = append(missed, line)
		}
	}
	t.Logf("province and city in %d of %d (%.1f%%); in %d of the %d that name a place (%.1f%%)", found, all, 100*float64(found)/float64(all), foundNamed, named, 100*float64(foundNamed)/float64(named))
	if float64(foundNamed) < 0.97*float64(named) {
		t.Errorf("below 97%%; missed: %s", strings.Join(missed, "\n"))
	}
}

// namesOnePlace says that the text holds the full name of a city or district
// that is unique, found without the parser under test.
func namesOnePlace(text string) bool {
	runes := []rune(text)
	for i := range runes {
		var longest []region.Match
		for _, m := range region.Matches(nil, runes[i:]) {
			if m.Kind == region.Official && m.Region.Level > region.Province && m.Runes > 2 {
				longest = append(slices.DeleteFunc(longest, func(o region.Match) bool { return o.Runes < m.Runes }), m)
			}
		}
		if len(longest) == 1 {
			return true
		}
	}
	return false
}
