package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/wechat/official"
)

// kind is an event as its constant says it.
type kind struct{ value, note string }

// eventsPage says what happens in the house and who hears it: kinds and their
// payloads from flow/event, listeners from the switchboard.
func eventsPage() (page, error) {
	all, err := kinds()
	if err != nil {
		return page{}, err
	}
	// With a service account configured, so that everybody who can listen does.
	h := &app.House{Official: &official.Client{}}
	heard := map[string][]string{}
	var who strings.Builder
	for _, l := range h.Listeners() {
		fmt.Fprintf(&who, "| `%s` | %s |\n", l.Name, codes(l.Kinds))
		for _, k := range l.Kinds {
			heard[k] = append(heard[k], l.Name)
		}
	}
	var b strings.Builder
	b.WriteString(generated + "# Events · 事件\n\nAn event is an outbox row of its shop, written in the transaction that caused it. Listeners that only keep a read model hear it in the transaction that marks it as heard; for the others a relay makes one job each, unique by event and listener, that runs until it succeeds or is parked. Listeners may hear an event late, twice and out of order. See [ADR 0003](adr/0003-own-outbox-and-jobs.md) and [0012](adr/0012-read-models-hear-in-the-marking-transaction.md).\n\n## What happens\n\n| event | payload in `flow/event` | heard by |\n|---|---|---|\n")
	for _, k := range all {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.value, k.note, codes(heard[k.value]))
		delete(heard, k.value)
	}
	if len(heard) > 0 {
		return page{}, fmt.Errorf("listeners wait for kinds that internal/flow/event does not name: %v", heard)
	}
	b.WriteString("\n## Who hears it\n\nThe switchboard is `internal/app/switchboard.go`. `telling` listens when a service account is configured.\n\n| listener | events |\n|---|---|\n" + who.String())
	return page{"docs/events.md", b.String()}, nil
}

// codes sets names in code type.
func codes(all []string) string {
	if len(all) == 0 {
		return "–"
	}
	return "`" + strings.Join(all, "`, `") + "`"
}

// kinds reads the string constants of internal/flow/event with the comment that
// stands behind each, in their order.
func kinds() ([]kind, error) {
	_, here, _, ok := runtime.Caller(0)
	if !ok {
		return nil, errors.New("where this file stands is not known")
	}
	path := filepath.Join(filepath.Dir(here), "..", "..", "..", "internal", "flow", "event", "event.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var out []kind
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			if k, ok := constant(s.(*ast.ValueSpec)); ok {
				out = append(out, k)
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s names no events", path)
	}
	return out, nil
}

func constant(s *ast.ValueSpec) (kind, bool) {
	if len(s.Values) != 1 {
		return kind{}, false
	}
	lit, ok := s.Values[0].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return kind{}, false
	}
	value, err := strconv.Unquote(lit.Value)
	return kind{value, strings.TrimSpace(s.Comment.Text())}, err == nil
}
