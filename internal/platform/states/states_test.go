package states

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	good := []Transition{{"", "new", "born"}, {"new", "done", "work"}, {"new", "new", "again"}}
	if err := Check(good); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string][]Transition{
		"unreachable": {{"", "new", "born"}, {"lost", "new", "found"}},
		"twice":       {{"", "new", "a"}, {"", "new", "b"}},
		"no end":      {{"", "a", "x"}, {"a", "b", "x"}, {"b", "a", "x"}},
		"no reason":   {{"", "a", ""}},
	} {
		if Check(bad) == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if !Allowed(good, "new", "done") || Allowed(good, "done", "new") {
		t.Error("Allowed does not read the table")
	}
	if d := Mermaid(good); !strings.Contains(d, "[*] --> new: born") || !strings.Contains(d, "done --> [*]") {
		t.Error(d)
	}
}
