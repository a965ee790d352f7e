// Package states describes the life of a thing as data: a table of transitions
// that tests check for reachability and documents draw.
package states

import (
	"fmt"
	"slices"
	"strings"
)

// Transition is one allowed step. From "" means the birth of the thing.
type Transition struct {
	From, To string
	On       string // what makes it happen, in plain English
}

// Allowed tells whether a table has a step.
func Allowed(table []Transition, from, to string) bool {
	return slices.ContainsFunc(table, func(t Transition) bool { return t.From == from && t.To == to })
}

// Check says what is wrong with a table: no birth, a state that cannot be
// reached, a step that stands twice, or a state from which no final one can be
// reached. Final states are those without a way out.
func Check(table []Transition) error {
	next := map[string][]string{}
	seen := map[[2]string]bool{}
	all := map[string]bool{}
	for _, t := range table {
		k := [2]string{t.From, t.To}
		if seen[k] || t.To == "" || t.On == "" {
			return fmt.Errorf("states: step %q → %q stands twice or says too little", t.From, t.To)
		}
		seen[k] = true
		all[t.To] = true
		if t.From != "" {
			all[t.From] = true
		}
		next[t.From] = append(next[t.From], t.To)
	}
	alive := walk(next, "")
	for s := range all {
		if !alive[s] {
			return fmt.Errorf("states: %q cannot be reached", s)
		}
		ends := false
		for to := range walk(next, s) {
			ends = ends || len(next[to]) == 0
		}
		if !ends && len(next[s]) > 0 {
			return fmt.Errorf("states: no final state can be reached from %q", s)
		}
	}
	return nil
}

func walk(next map[string][]string, from string) map[string]bool {
	seen := map[string]bool{}
	queue := []string{from}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		for _, to := range next[s] {
			if !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return seen
}

// Mermaid draws a table as a Mermaid state diagram, in the order of its rows.
func Mermaid(table []Transition) string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	out := map[string]bool{}
	for _, t := range table {
		from := t.From
		if from == "" {
			from = "[*]"
		}
		out[t.From] = true
		fmt.Fprintf(&b, "    %s --> %s: %s\n", from, t.To, t.On)
	}
	ended := map[string]bool{}
	for _, t := range table {
		if !out[t.To] && !ended[t.To] {
			ended[t.To] = true
			fmt.Fprintf(&b, "    %s --> [*]\n", t.To)
		}
	}
	return b.String()
}
