// Command docs prints the pages of docs/ that follow from code: the states of
// every subject, who hears which event, every setting, and what the pocket WeChat
// offers. A test fails when a
// committed page differs from what this program prints.
//
//	go run ./test/tools/docs -out .
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	out := flag.String("out", ".", "folder that stands for the root of the project")
	flag.Parse()
	if err := write(*out); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	all, err := pages()
	if err != nil {
		return err
	}
	for _, p := range all {
		path := filepath.Join(root, filepath.FromSlash(p.path))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(p.text), 0o644); err != nil { //nolint:gosec // pages for everybody
			return err
		}
		fmt.Println(p.path)
	}
	return nil
}

// page is a file of the project, by its path with slashes.
type page struct{ path, text string }

// pages are all generated files, the same at every run, sorted by path.
func pages() ([]page, error) {
	out := statePages()
	events, err := eventsPage()
	if err != nil {
		return nil, err
	}
	out = append(out, events, configPage(), endpointsPage())
	slices.SortFunc(out, func(a, b page) int { return strings.Compare(a.path, b.path) })
	return out, nil
}

// generated is the first line of every page made here.
const generated = "<!-- Printed from code by test/tools/docs; change the code and run \"make generate\". -->\n\n"
