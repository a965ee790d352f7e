package schema_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/shuke-commerce/shuke/schema"
)

// scope is one SELECT, INSERT, UPDATE or DELETE of a statement with the tables it
// names itself; those of a subselect stand in a scope of their own.
type scope struct {
	outer  *scope
	tables []named
	tokens []string // without those of subselects
	inner  []*scope
	insert []string // columns of an INSERT
}

// named is a table as a statement calls it.
type named struct{ table, alias string }

var tokenText = regexp.MustCompile(`'[^']*'|\$\d+|[A-Za-z_]\w*|\d+|<>|<=|>=|\|\||[^\s]`)

// parse cuts a statement into its scopes.
func parse(text string) *scope {
	p := &lintParser{tokens: tokenText.FindAllString(text, -1)}
	top := &scope{}
	p.read(top, 0)
	return top
}

type lintParser struct {
	tokens []string
	at     int
}

func (p *lintParser) peek(n int) string {
	if i := p.at + n; i >= 0 && i < len(p.tokens) {
		return p.tokens[i]
	}
	return ""
}

func is(token string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(token, w) })
}

// read takes tokens into s until the bracket that closes it.
func (p *lintParser) read(s *scope, depth int) {
	own := 0
	for p.at < len(p.tokens) {
		t := p.tokens[p.at]
		switch {
		case t == "(" && is(p.peek(1), "SELECT", "WITH", "INSERT", "UPDATE", "DELETE"):
			p.at++
			sub := &scope{outer: s}
			s.inner = append(s.inner, sub)
			s.tokens = append(s.tokens, "(", "subselect", ")")
			p.read(sub, depth+1)
			continue
		case own == 0 && s.insert != nil && is(t, "SELECT"): // INSERT … SELECT
			sub := &scope{outer: s}
			s.inner = append(s.inner, sub)
			p.at++
			sub.tokens = append(sub.tokens, t)
			p.read(sub, depth)
			return
		case t == "(":
			own++
		case t == ")" && own == 0 && depth > 0:
			p.at++
			return
		case t == ")":
			own--
		case own == 0 && is(t, "UNION", "EXCEPT", "INTERSECT"):
			p.union(s, depth)
			return
		default:
			p.table(s)
		}
		if p.at < len(p.tokens) {
			s.tokens = append(s.tokens, p.tokens[p.at])
		}
		p.at++
	}
}

// union reads the rest as a scope of its own beside s.
func (p *lintParser) union(s *scope, depth int) {
	for is(p.peek(0), "UNION", "EXCEPT", "INTERSECT", "ALL") {
		p.at++
	}
	next := &scope{outer: s.outer}
	s.inner = append(s.inner, next)
	p.read(next, depth)
}

// table notes the table that the token at hand introduces.
func (p *lintParser) table(s *scope) {
	t := p.peek(0)
	switch {
	case is(t, "JOIN", "INTO"), is(t, "FROM") && !is(p.peek(-1), "DISTINCT"), is(t, "UPDATE") && !is(p.peek(-1), "DO", "FOR"):
		p.named(s, 1)
	case t == "," && p.inFrom(s):
		p.named(s, 1)
	}
	if is(t, "INTO") && p.peek(2) == "(" {
		for i := 3; p.peek(i) != ")" && p.peek(i) != ""; i++ {
			s.insert = append(s.insert, p.peek(i))
		}
	}
}

// inFrom tells that the last word which opens a part of s is FROM.
func (p *lintParser) inFrom(s *scope) bool {
	open := 0
	for _, t := range slices.Backward(s.tokens) {
		switch {
		case t == ")":
			open++
		case t == "(":
			if open--; open < 0 {
				return false
			}
		case open == 0 && is(t, "SELECT", "WHERE", "SET", "VALUES", "BY", "RETURNING", "ON", "INTO", "HAVING", "WITH"):
			return false
		case open == 0 && is(t, "FROM"):
			return true
		}
	}
	return false
}

var notAlias = []string{"", "ON", "WHERE", "SET", "JOIN", "LEFT", "INNER", "CROSS", "ORDER", "GROUP", "LIMIT", "VALUES", "SELECT", "RETURNING", "FOR", "UNION", "(", ")", ",", "?", "USING", "DO", "NOT", "HAVING"}

func (p *lintParser) named(s *scope, at int) {
	name := p.peek(at)
	if name == "(" || name == "" || name == "?" {
		return
	}
	n := named{table: name, alias: name}
	next := p.peek(at + 1)
	if is(next, "AS") {
		next = p.peek(at + 2)
	}
	if !is(next, notAlias...) {
		n.alias = next
	}
	s.tables = append(s.tables, n)
}

// all calls fn for s and every scope inside it.
func (s *scope) all(fn func(*scope)) {
	fn(s)
	for _, i := range s.inner {
		i.all(fn)
	}
}

func (s *scope) token(i int) string {
	if i >= 0 && i < len(s.tokens) {
		return s.tokens[i]
	}
	return ""
}

// keyed says how the shard key of a table is bound in s: "one" by a parameter or by
// another table's key, "some" by a list, "" not at all.
func (s *scope) keyed(n named, key string, alone bool) string {
	if slices.Contains(s.insert, key) && s.tables[0] == n {
		return "one"
	}
	best := ""
	for i, t := range s.tokens {
		if t != key {
			continue
		}
		from := i
		switch {
		case s.token(i-1) == "." && s.token(i-2) == n.alias:
			from = i - 2
		case s.token(i-1) == "." || !alone:
			continue
		}
		switch how := s.bound(from, i); {
		case how == "one":
			return how
		case how != "":
			best = how
		}
	}
	return best
}

// bound looks at what stands beside a key that reaches from token a to token b.
func (s *scope) bound(a, b int) string {
	if is(s.token(a-1), "OR") {
		return ""
	}
	right := func(i int) string { // what a value that begins at i is
		v := s.token(i)
		after := i + 1
		if s.token(i+1) == "." {
			after = i + 3
		}
		if is(s.token(after), "OR") {
			return ""
		}
		if strings.HasPrefix(v, "$") || v == "?" || s.token(i+1) == "." && s.isKey(v, s.token(i+2)) {
			return "one"
		}
		return ""
	}
	switch {
	case s.token(b+1) == "=" && is(s.token(b+2), "ANY"):
		return "some"
	case s.token(b+1) == "=":
		return right(b + 2)
	case s.token(a-1) == "=" && strings.HasPrefix(s.token(a-2), "$") && !is(s.token(a-3), "OR"):
		return "one"
	case is(s.token(b+1), "IN") && s.token(b+2) == "(" && s.token(b+3) != "subselect":
		return "some"
	case s.token(a-1) == "(" && s.token(b+1) == ",": // (key, id) IN (…)
		for i := b + 1; i < len(s.tokens); i++ {
			if s.tokens[i] == ")" {
				if is(s.token(i+1), "IN") && s.token(i+3) != "subselect" {
					return "some"
				}
				break
			}
		}
	}
	return ""
}

// isKey tells that alias.column is the shard key of a table of s or of a scope
// around it, or of something that is no table (a CTE).
func (s *scope) isKey(alias, column string) bool {
	for at := s; at != nil; at = at.outer {
		for _, n := range at.tables {
			if n.alias == alias {
				place, known := schema.Manifest[n.table]
				return !known || place.Key == column
			}
		}
	}
	return alias != "excluded"
}

// groupOf names what a table is colocated with; "" for what may join anything.
func groupOf(table string, manifest map[string]schema.Table) string {
	switch place := manifest[table]; place.Kind {
	case schema.Shop, schema.Buyer, schema.Local:
		return string(place.Kind)
	case schema.Claim:
		return "claim " + table
	}
	return ""
}

// fans names the sharded tables of a statement that it reads or writes on every
// shard, or, where it locks rows, perhaps on more than one.
func fans(text string, manifest map[string]schema.Table) (out []string) {
	parse(text).all(func(s *scope) {
		var sharded []named
		for _, n := range s.tables {
			if manifest[n.table].Key != "" {
				sharded = append(sharded, n)
			}
		}
		locks := regexp.MustCompile(`(?i)\bFOR (UPDATE|SHARE)\b`).MatchString(strings.Join(s.tokens, " "))
		for _, n := range sharded {
			key := manifest[n.table].Key
			switch how := s.keyed(n, key, len(sharded) == 1); {
			case how == "":
				out = append(out, n.table+" without "+key)
			case locks && how == "some":
				out = append(out, "FOR UPDATE over several "+key+" of "+n.table)
			}
		}
	})
	return out
}

var (
	neverTaken = regexp.MustCompile(`(?i)\b(GROUPING SETS|CUBE ?\(|ROLLUP ?\(|LATERAL|MERGE INTO|PREPARE TRANSACTION|TRUNCATE|NATURAL JOIN|nextval|setval|now ?\(|clock_timestamp|current_timestamp|current_date|localtime|gen_random_uuid|random ?\(|pg_notify|LISTEN\b|NOTIFY\b|pg_advisory\w*)`)
	upsertTail = regexp.MustCompile(`(?i)ON CONFLICT.*DO UPDATE SET (.*)$`)
	callText   = regexp.MustCompile(`(?i)\b(\w+) ?\(`)
	immutables = []string{"COALESCE", "CASE", "WHEN", "CAST", "NULLIF", "IN", "ABS", "LENGTH", "LOWER", "UPPER", "AND", "OR", "NOT", "THEN", "ELSE", "WHERE", "BIGINT", "SET"}
)

// refused says what a sharded cluster would not take of a statement in any form,
// by the rules of docs/operations.md (PostgreSQL on several machines).
func refused(text string, manifest map[string]schema.Table) (out []string) {
	if bad := neverTaken.FindString(text); bad != "" {
		out = append(out, bad)
	}
	groups := map[string]bool{}
	recursive := regexp.MustCompile(`(?i)^WITH RECURSIVE\b`).MatchString(text)
	parse(text).all(func(s *scope) {
		for _, n := range s.tables {
			if g := groupOf(n.table, manifest); g != "" {
				groups[g] = true
				if recursive && g != string(schema.Local) {
					out = append(out, "WITH RECURSIVE over "+n.table)
				}
			}
		}
		out = append(out, s.shape(manifest)...)
	})
	if len(groups) > 1 {
		out = append(out, fmt.Sprintf("tables of %d groups in one statement", len(groups)))
	}
	if m := upsertTail.FindStringSubmatch(text); m != nil {
		if strings.Contains(strings.ToUpper(m[1]), "SELECT ") {
			out = append(out, "a subselect in DO UPDATE SET")
		}
		for _, c := range callText.FindAllStringSubmatch(m[1], -1) {
			if !is(c[1], immutables...) {
				out = append(out, "function "+c[1]+" in DO UPDATE SET")
			}
		}
	}
	return out
}

// shape refuses a new value for a shard key, and subselects among VALUES.
func (s *scope) shape(manifest map[string]schema.Table) (out []string) {
	if len(s.tables) == 0 {
		return nil
	}
	place := manifest[s.tables[0].table]
	values, sets := false, false
	for i, t := range s.tokens {
		switch {
		case is(t, "VALUES"):
			values = true
		case is(t, "ON", "RETURNING", "WHERE", "FROM"):
			values, sets = false, false
		case is(t, "SET"):
			sets = true
		case values && t == "subselect" && place.Key != "":
			out = append(out, "a subselect among VALUES of "+s.tables[0].table)
		case sets && t == place.Key && s.token(i+1) == "=" && (is(s.token(i-1), "SET") || s.token(i-1) == ","):
			out = append(out, "the shard key "+place.Key+" gets a new value")
		}
	}
	return out
}
