package schema

import (
	"fmt"
	"maps"
	"slices"
)

// Found is a table as a database has it.
type Found struct {
	Placed  bool     // the cluster knows where its rows go
	Parents []string // what its foreign keys refer to, itself aside
}

// Place gives the statements, in order, that place those tables of a manifest on
// a Citus cluster which are there and not placed yet: reference tables first, then
// parents before children. The tables of one kind are kept together with its
// root; each claim stands for itself. Local tables stay as they are.
func Place(manifest map[string]Table, found map[string]Found) ([]string, error) {
	p := placer{manifest: manifest, found: found, state: map[string]bool{}}
	names := slices.SortedFunc(maps.Keys(manifest), func(a, b string) int {
		if x, y := p.rank(a), p.rank(b); x != y {
			return x - y
		}
		if a < b {
			return -1
		}
		return 1
	})
	for _, n := range names {
		if err := p.place(n); err != nil {
			return nil, err
		}
	}
	return p.steps, nil
}

type placer struct {
	manifest map[string]Table
	found    map[string]Found
	state    map[string]bool // false: under way, true: done
	steps    []string
	placed   []string // by the steps
}

// roots are the tables that the others of their kind are kept with.
var roots = map[Kind]string{Shop: "shops", Buyer: "buyers"}

func (p *placer) rank(name string) int {
	switch place := p.manifest[name]; {
	case place.Kind == Reference:
		return 0
	case roots[place.Kind] == name:
		return 1
	}
	return 2
}

func (p *placer) place(name string) error {
	place, listed := p.manifest[name]
	found, there := p.found[name]
	if !listed || !there || place.Kind == Local {
		return nil
	}
	if done, begun := p.state[name]; done {
		return nil
	} else if begun {
		return fmt.Errorf("schema: the foreign keys of %s lead back to it", name)
	}
	p.state[name] = false
	for _, parent := range found.Parents {
		if err := p.place(parent); err != nil {
			return err
		}
	}
	p.state[name] = true
	if !found.Placed {
		p.steps = append(p.steps, p.step(name, place))
		p.placed = append(p.placed, name)
	}
	return nil
}

// neighbour is a table of the kind that is placed by now: the root, or, in a
// migration before the root's, any other; "none" for the first.
func (p *placer) neighbour(kind Kind) string {
	root := roots[kind]
	if root == "" {
		return "none"
	}
	placed := func(name string) bool { return p.found[name].Placed || slices.Contains(p.placed, name) }
	if placed(root) {
		return root
	}
	for _, name := range slices.Sorted(maps.Keys(p.manifest)) {
		if p.manifest[name].Kind == kind && placed(name) {
			return name
		}
	}
	return "none"
}

func (p *placer) step(name string, place Table) string {
	if place.Kind == Reference {
		return fmt.Sprintf(`SELECT create_reference_table('%s')`, name)
	}
	with := p.neighbour(place.Kind)
	return fmt.Sprintf(`SELECT create_distributed_table('%s', '%s', colocate_with => '%s')`, name, place.Key, with)
}
