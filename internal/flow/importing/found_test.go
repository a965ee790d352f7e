package importing_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/internal/flow/importing"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
)

// A code that is too long costs the code, not the product; the next run has nothing to change.
func TestLongCodesAreLeftOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, offline)
		path := filepath.Join(t.TempDir(), "goods.csv")
		text := head + "a,A,,draft,规格,一两," + strings.Repeat("码", 65) + ",1.00,1,,,\r\na,,,,,二两," + strings.Repeat("码", 64) + ",2.00,1,,,\r\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		first := w.run(path, importing.Settings{})
		if of(first) != (counts{created: 1}) || first.Warnings != 1 || first.Problems[0].Code != "code_too_long" || first.Problems[0].Line != 2 {
			t.Fatalf("%+v", first)
		}
		if skus := w.products()[0].SKUs; skus[0].Code != "" || skus[1].Code != strings.Repeat("码", 64) {
			t.Errorf("%+v", skus)
		}
		if again := w.run(path, importing.Settings{}); of(again) != (counts{unchanged: 1}) {
			t.Errorf("%+v", again)
		}
	})
}

// A file of a header alone is no failure, but the report says so.
func TestReportOfAHeaderAlone(t *testing.T) {
	for lang, want := range map[string]string{"zh": "只有表头", "en": "has a header but no products"} {
		var b strings.Builder
		if err := (importing.Report{State: importing.Done, Format: "taobao"}).Print(&b, lang); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%v %s", err, b.String())
		}
		b.Reset()
		if err := (importing.Report{State: importing.Done, Created: 1}).Print(&b, lang); err != nil || strings.Contains(b.String(), want) {
			t.Errorf("%v %s", err, b.String())
		}
	}
}
