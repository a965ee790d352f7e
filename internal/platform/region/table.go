package region

import (
	_ "embed" // the table is a text file
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed regions.txt
var regionsText string

// table is the parsed file with its indexes; it never changes once loaded.
type table struct {
	regions  []Region         // in order of code
	byCode   map[string]int32 // → index
	children map[string][]int32
	names    *trie
}

// load parses the table on first use.
var load = sync.OnceValue(func() *table {
	t := &table{byCode: map[string]int32{}, children: map[string][]int32{}, names: newTrie()}
	var codes [4]string
	for line := range strings.Lines(regionsText) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "#") {
			continue
		}
		depth := len(line) - len(strings.TrimLeft(line, "\t"))
		codes[depth+1] = codes[depth] + line[depth:depth+2]
		t.add(codes[depth+1], line[depth+2:], Level(depth+1))
	}
	t.addFormer()
	t.names.sort(t.regions)
	return t
})

func (t *table) add(code, name string, level Level) {
	code = (code + "0000")[:6]
	r := Region{Code: code, Name: name, Level: level}
	i := int32(len(t.regions))
	t.regions = append(t.regions, r)
	t.byCode[code] = i
	parent := parentCode(code, level)
	t.children[parent] = append(t.children[parent], i)
	if r.IsPlaceholder() {
		return
	}
	t.names.add(name, i, Official)
	for _, alias := range r.Aliases() {
		t.names.add(alias, i, Alias)
	}
}

// addFormer enters the names of districts that were renamed or merged.
func (t *table) addFormer() {
	for line := range strings.Lines(formerNames) {
		code, names, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		i, known := t.byCode[code]
		if !known {
			panic(fmt.Sprintf("region: former name of an unknown code %q", code))
		}
		for name := range strings.FieldsSeq(names) {
			t.names.add(name, i, Former)
		}
	}
}

func (t *table) pick(indexes []int32) []Region {
	out := make([]Region, len(indexes))
	for i, index := range indexes {
		out[i] = t.regions[index]
	}
	return out
}

// Kind says how a matched name relates to its Region.
type Kind int8

// The kinds of names, the surest first.
const (
	Official Kind = iota // 南山区
	Former               // 闸北区, now part of 静安区
	Alias                // 南山
)

// Match is a name found at the start of a text.
type Match struct {
	Region Region
	Kind   Kind
	Runes  int // length of the name
}

// Matches appends to dst every region whose official name, alias or former
// name stands at the start of text, the shortest names first, and equal names
// by level and code.
func Matches(dst []Match, text []rune) []Match {
	t := load()
	t.names.walk(text, func(n int, entries []entry) {
		for _, e := range entries {
			dst = append(dst, Match{t.regions[e.index], e.kind, n})
		}
	})
	return dst
}

// entry is a region under a name.
type entry struct {
	index int32
	kind  Kind
}

// trie finds names rune by rune.
type trie struct {
	next    map[uint64]int32 // node << 32 | rune → node
	entries [][]entry        // by node
}

func newTrie() *trie {
	return &trie{next: make(map[uint64]int32, 1<<15), entries: make([][]entry, 1, 1<<15)}
}

func (t *trie) add(name string, index int32, kind Kind) {
	node := int32(0)
	for _, r := range name {
		key := uint64(node)<<32 | uint64(r)
		to, ok := t.next[key]
		if !ok {
			to = int32(len(t.entries))
			t.entries = append(t.entries, nil)
			t.next[key] = to
		}
		node = to
	}
	for _, e := range t.entries[node] {
		if e.index == index {
			return
		}
	}
	t.entries[node] = append(t.entries[node], entry{index, kind})
}

// sort orders the regions of each name by level, then code.
func (t *trie) sort(regions []Region) {
	for _, entries := range t.entries {
		slices.SortStableFunc(entries, func(a, b entry) int {
			if d := int(regions[a.index].Level) - int(regions[b.index].Level); d != 0 {
				return d
			}
			return int(a.index - b.index)
		})
	}
}

func (t *trie) walk(text []rune, found func(n int, entries []entry)) {
	node, ok := int32(0), false
	for i, r := range text {
		if node, ok = t.next[uint64(node)<<32|uint64(r)]; !ok {
			return
		}
		if len(t.entries[node]) > 0 {
			found(i+1, t.entries[node])
		}
	}
}
