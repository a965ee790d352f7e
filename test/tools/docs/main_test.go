package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/internal/platform/states"
)

// root of the project, seen from this package.
const root = "../../.."

func TestCommittedPagesAreThoseOfTheCode(t *testing.T) {
	all, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(p.path)))
		if err != nil {
			t.Errorf("%v (run: make generate)", err)
			continue
		}
		if string(got) != p.text {
			t.Errorf("%s differs from the code, first at line %d (run: make generate)", p.path, firstDifference(string(got), p.text))
		}
	}
}

func firstDifference(a, b string) int {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return i + 1
		}
	}
	return min(len(x), len(y)) + 1
}

func TestNoDrawingIsLeftBehind(t *testing.T) {
	all, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]bool{}
	for _, p := range all {
		made[filepath.Base(p.path)] = true
	}
	files, err := filepath.Glob(filepath.Join(root, "docs", "states", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatal("no drawings are committed", err)
	}
	for _, f := range files {
		if !made[filepath.Base(f)] {
			t.Errorf("%s belongs to no subject any more", f)
		}
	}
}

// Every room that has a table of states is drawn: the tables are found in the
// source, not in the list of this program.
func TestEveryTableOfStatesIsDrawn(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "internal", "domain", "*", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	tables := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		tables += strings.Count(string(text), "States() []states.Transition")
	}
	if drawn := len(subjects()); drawn != tables {
		t.Errorf("the rooms have %d tables of states, %d are drawn", tables, drawn)
	}
}

func TestDrawnTablesAreSound(t *testing.T) {
	for _, s := range subjects() {
		if err := states.Check(s.table); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
}

func TestKindsAreReadFromTheSource(t *testing.T) {
	all, err := kinds()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, k := range all {
		if seen[k.value] || k.note == "" || !strings.Contains(k.value, ".") {
			t.Errorf("event %q: stands twice, or its payload is not said behind it", k.value)
		}
		seen[k.value] = true
	}
	if !seen["order.paid"] {
		t.Error("order.paid is missing")
	}
}
