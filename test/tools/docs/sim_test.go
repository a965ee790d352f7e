package main

import (
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/wechat/sim"
)

// Every call that is offered stands on the page, with a title of WeChat's and an honest word; a partial one says what is missing.
func TestEndpointsArePrintedHonestly(t *testing.T) {
	text := endpointsPage().text
	seen := map[string]bool{}
	for _, e := range (&sim.Server{}).Endpoints() {
		if !strings.Contains(text, "| `"+cell(e.Pattern)+"` | "+cell(e.Title)+" | "+string(e.Fidelity)) {
			t.Errorf("%s is not printed", e.Pattern)
		}
		if e.Title == "" || e.Fidelity != sim.Full && e.Fidelity != sim.Partial && e.Fidelity != sim.Recorded || e.Fidelity == sim.Partial && e.Note == "" {
			t.Errorf("%s: title %q, fidelity %q, note %q", e.Pattern, e.Title, e.Fidelity, e.Note)
		}
		if key := e.Host + e.Pattern; seen[key] {
			t.Errorf("%s is offered twice", key)
		} else {
			seen[key] = true
		}
	}
	if cell("a|b\nc") != `a\|b c` {
		t.Error("a cell breaks its table")
	}
}
