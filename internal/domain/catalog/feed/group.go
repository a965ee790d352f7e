package feed

import (
	"errors"
	"hash/fnv"
	"io"
	"slices"
)

// group is the rows of one product, in the order of the file.
type group struct {
	keys    []string
	rows    []record
	size    int  // bytes of rows
	started bool // a row that begins a product is among them
	bad     string
	badLine int // where the rows are that this group conflicts with
	gone    bool
	cut     bool // only its first row is kept
}

// place says to which product a row belongs.
type place struct {
	keys   []string // any of them; none: the row names no product
	starts bool     // the row begins a product
	single bool     // and a product begins only once, even in neighbouring rows
}

// grouper collects the rows of products that lie apart in the file, holding at most limits.Window bytes of them.
// A product leaves when the window is full, oldest first, or at the end; a row that comes later for it is refused with both lines.
type grouper struct {
	next   func() (record, error)
	placed func(record) place
	apart  bool // rows of one product may lie apart, so products wait; otherwise each leaves as the next begins
	limits Limits

	queue []*group
	index map[string]*group // open groups by key
	seen  map[uint64]int32  // hash of every key so far → line of its first row
	last  *group
	held  int
	count int
	ended bool
}

// pop gives the next product's rows, io.EOF at the end.
func (g *grouper) pop() (*group, error) {
	for {
		if len(g.queue) > 0 && (g.ended || g.full()) {
			out := g.queue[0]
			g.queue = g.queue[1:]
			if out.gone {
				continue
			}
			g.close(out)
			return out, nil
		}
		if g.ended {
			return nil, io.EOF
		}
		rec, err := g.next()
		if errors.Is(err, io.EOF) {
			g.ended = true
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := g.add(rec); err != nil {
			return nil, err
		}
	}
}

func (g *grouper) full() bool {
	if !g.apart {
		return len(g.queue) > 1
	}
	return g.held > g.limits.Window && g.queue[0] != g.last
}

func (g *grouper) close(out *group) {
	g.held -= out.size
	for _, k := range out.keys {
		if g.index[k] == out {
			delete(g.index, k)
		}
	}
	slices.SortStableFunc(out.rows, func(a, b record) int { return a.line - b.line })
}

// add puts a row where it belongs.
func (g *grouper) add(rec record) error {
	at := g.placed(rec)
	to := g.find(at)
	if to == nil {
		if g.count == g.limits.Products {
			return fatal("products_too_many", rec.line, 0, g.limits.Products)
		}
		g.count++
		to = g.open(rec, at)
	}
	g.know(to, at.keys, rec.line)
	to.started = to.started || at.starts
	g.last = to
	if to.cut {
		return nil
	}
	to.rows = append(to.rows, rec)
	to.size += rec.size()
	g.held += rec.size()
	if to.size > g.limits.Window {
		if to.cut = true; to.bad == "" {
			to.bad, to.badLine = "product_too_big", rec.line
		}
		g.held -= to.size
		to.rows, to.size = to.rows[:1:1], to.rows[0].size()
		g.held += to.size
	}
	return nil
}

// find gives the open group of a row, nil when the row begins a new one.
func (g *grouper) find(at place) *group {
	var to *group
	for _, k := range at.keys {
		found := g.index[k]
		switch {
		case found == nil || found == to:
		case to == nil:
			to = found
		default:
			g.merge(to, found)
		}
	}
	if to != nil && at.starts && to.started && (at.single || to != g.last) {
		return nil // a second product under the same key
	}
	return to
}

// open begins a group. A key that was there before makes it a bad one.
func (g *grouper) open(rec record, at place) *group {
	to := &group{}
	if len(at.keys) == 0 {
		to.bad = "ref_missing"
	}
	for _, k := range at.keys {
		if line, there := g.seen[hash(k)]; there {
			to.bad, to.badLine = "rows_apart", int(line)
			if at.starts {
				to.bad = "ref_repeated"
			}
		}
	}
	g.queue = append(g.queue, to)
	return to
}

// know makes the group findable by these keys.
func (g *grouper) know(to *group, keys []string, line int) {
	for _, k := range keys {
		if g.index[k] == to {
			continue
		}
		g.index[k] = to
		to.keys = append(to.keys, k)
		if _, there := g.seen[hash(k)]; !there {
			g.seen[hash(k)] = int32(line)
		}
	}
}

func (g *grouper) merge(to, from *group) {
	to.rows = append(to.rows, from.rows...)
	to.size += from.size
	to.started = to.started || from.started
	if to.bad == "" {
		to.bad, to.badLine = from.bad, from.badLine
	}
	from.gone, from.rows = true, nil
	for _, k := range from.keys {
		g.index[k] = to
		to.keys = append(to.keys, k)
	}
}

func hash(key string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, key)
	return h.Sum64()
}
