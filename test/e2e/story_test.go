package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
)

// TestStory plays the whole story on both engines.
func TestStory(t *testing.T) {
	if testing.Short() {
		t.Skip("the story takes minutes")
	}
	n := look(t)
	bin := build(t, n.root)
	t.Run("sqlite", func(t *testing.T) { story(t, n, bin, "") })
	t.Run("postgres", func(t *testing.T) {
		t.Cleanup(func() {
			if t.Skipped() && os.Getenv("CI") == "true" {
				t.Error("the story has to be told on PostgreSQL too")
			}
		})
		story(t, n, bin, dbtest.EmptyPostgres(t))
	})
}

func story(t *testing.T, n needs, bin, database string) {
	m := newMarket(t, n.root, database)
	out := filepath.Join(n.root, "test", "e2e", "out", filepath.Base(t.Name()))
	s := serve(t, bin, m)
	b := openBrowser(t, n, m, out)

	b.play(t, "buy", nil)
	b.play(t, "sell", map[string]string{"catalog": filepath.Join(n.root, "test", "e2e", "testdata", "shopify.csv")})

	b.play(t, "away", nil)
	s.stop(t)
	s = serve(t, bin, m)
	b.play(t, "here", nil)
	b.play(t, "settle", nil)

	b.play(t, "killed", nil)
	b.play(t, "away", nil)
	s.kill()
	s.check(t)
	b.play(t, "resume", nil)
	s = serve(t, bin, m)
	b.play(t, "here", nil)
	b.play(t, "paidOnce", nil)

	b.play(t, "corners", nil)
	b.play(t, "operate", nil)

	end := b.play(t, "end", nil)
	for _, w := range end.Told.Wrongs {
		t.Errorf("in the pages: %s", w)
	}
	t.Logf("%d pictures in %s", end.Told.Pictures, out)
	s.stop(t)
	doctor(t, bin, m)
}
