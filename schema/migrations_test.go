package schema_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/schema"
)

// statements are all DDL statements of all migrations, as PostgreSQL gets them.
func statements(t *testing.T) (out []string) {
	t.Helper()
	all, err := db.LoadMigrations(schema.Migrations())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		for _, s := range m.Statements {
			out = append(out, strings.Join(strings.Fields(regexp.MustCompile(`/\*.*?\*/`).ReplaceAllString(s, "")), " "))
		}
	}
	if len(out) < 50 {
		t.Fatalf("only %d statements", len(out))
	}
	return out
}

var (
	createTable = regexp.MustCompile(`(?i)^CREATE TABLE (\w+) ?\((.*)\)$`)
	createIndex = regexp.MustCompile(`(?i)^CREATE (UNIQUE )?INDEX (\w+) ON (\w+) \((.*?)\)( WHERE .*)?$`)
	alterTable  = regexp.MustCompile(`(?i)^ALTER TABLE (\w+) (.*)$`)
	keyText     = regexp.MustCompile(`(?i)^(?:CONSTRAINT (\w+) )?(?:PRIMARY KEY|UNIQUE) ?\(([^)]*)\)`)
	foreignText = regexp.MustCompile(`(?i)^(?:CONSTRAINT (\w+) )?FOREIGN KEY ?\(([^)]*)\) REFERENCES (\w+) ?\(([^)]*)\)(.*)$`)
	renameTable = regexp.MustCompile(`(?i)^ALTER TABLE (\w+) RENAME TO (\w+)$`)
	columnKinds = []string{"BIGINT", "TEXT", "TIMESTAMP", "BOOLEAN"}
)

// parts cuts the inside of CREATE TABLE at its outer commas.
func parts(inside string) (out []string) {
	depth, from := 0, 0
	for i, c := range inside {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(inside[from:i]))
				from = i + 1
			}
		}
	}
	return append(out, strings.TrimSpace(inside[from:]))
}

func list(text string) []string {
	out := strings.Split(text, ",")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// rules checks statements against what a sharded cluster takes; it returns what is
// wrong and the tables that are made.
func rules(all []string, manifest map[string]schema.Table) (wrong []string, tables []string) {
	c := &checker{manifest: maps.Clone(manifest), kinds: map[string]string{}}
	for _, s := range all {
		if m := renameTable.FindStringSubmatch(s); m != nil {
			c.manifest[m[1]] = manifest[m[2]] // it is placed under its last name
		}
	}
	for _, s := range all {
		c.statement(s)
	}
	for name := range manifest {
		if name != "schema_migrations" && !slices.Contains(c.tables, name) {
			c.say("the manifest places %s, which no migration makes", name)
		}
	}
	return c.wrong, c.tables
}

type checker struct {
	manifest map[string]schema.Table
	kinds    map[string]string // table.column → kind
	tables   []string
	wrong    []string
}

func (c *checker) say(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

var forbidden = regexp.MustCompile(`(?i)\b(TRIGGER|SERIAL|BIGSERIAL|AS IDENTITY|SEQUENCE|NEXTVAL|AUTOINCREMENT|NOW|CURRENT_TIMESTAMP|RENAME CONSTRAINT|ON DELETE SET)\b`)

func (c *checker) statement(s string) {
	if bad := forbidden.FindString(s); bad != "" {
		c.say("%s: %.60s", bad, s)
	}
	if strings.Contains(s, ";") {
		c.say("more than one statement: %.60s", s)
	}
	if m := createTable.FindStringSubmatch(s); m != nil {
		c.table(m[1], parts(m[2]))
	} else if m := createIndex.FindStringSubmatch(s); m != nil {
		if m[1] != "" {
			c.key(m[3], m[2], list(m[4]))
		}
	} else if m := alterTable.FindStringSubmatch(s); m != nil {
		c.alter(m[1], m[2])
	} else if !regexp.MustCompile(`(?i)^(DROP (TABLE|INDEX) \w+|UPDATE |INSERT |DELETE )`).MatchString(s) {
		c.say("a statement these rules do not know: %.80s", s)
	}
}

func (c *checker) table(name string, parts []string) {
	if slices.Contains(c.tables, name) {
		c.say("%s is made twice", name)
	}
	c.tables = append(c.tables, name)
	place, known := c.manifest[name]
	if !known {
		c.say("%s is not in the manifest", name)
		return
	}
	primary := false
	for _, p := range parts {
		word, _, _ := strings.Cut(p, " ")
		switch strings.ToUpper(word) {
		case "CONSTRAINT":
			c.constraint(name, p)
			primary = primary || strings.Contains(strings.ToUpper(p), "PRIMARY KEY")
		case "PRIMARY", "UNIQUE", "FOREIGN", "CHECK":
			c.say("%s has a constraint without a name: %s", name, p)
		default:
			c.column(name, place, p)
		}
	}
	if !primary {
		c.say("%s has no primary key", name)
	}
	if place.Key != "" && c.kinds[name+"."+place.Key] == "" {
		c.say("%s has no column %s to be sharded by", name, place.Key)
	}
}

var inlineRule = regexp.MustCompile(`\b(PRIMARY KEY|UNIQUE|REFERENCES|CHECK)\b`)

func (c *checker) column(table string, place schema.Table, p string) {
	words := strings.Fields(p)
	if len(words) < 2 || !slices.Contains(columnKinds, words[1]) {
		c.say("%s: the kind of column %q is none of %v", table, p, columnKinds)
		return
	}
	c.kinds[table+"."+words[0]] = words[1]
	upper := strings.ToUpper(p)
	if inline := inlineRule.FindString(upper); inline != "" {
		c.say("%s: %s inside column %s has no name", table, inline, words[0])
	}
	if words[1] != "TIMESTAMP" && !strings.Contains(upper, "NOT NULL") {
		c.say("%s.%s may be NULL; only times may", table, words[0])
	}
	want := map[schema.Kind]string{schema.Shop: "BIGINT", schema.Buyer: "BIGINT", schema.Claim: "TEXT"}[place.Kind]
	if words[0] == place.Key && (words[1] != want || !strings.Contains(upper, "NOT NULL")) {
		c.say("%s.%s is the shard key of a %s table and must be %s NOT NULL", table, words[0], place.Kind, want)
	}
}

func (c *checker) constraint(table, p string) {
	rest := strings.TrimSpace(strings.SplitN(p, " ", 3)[2])
	if m := foreignText.FindStringSubmatch(rest); m != nil {
		c.foreign(table, list(m[2]), m[3], list(m[4]))
	} else if m := keyText.FindStringSubmatch(rest); m != nil {
		c.key(table, strings.Fields(p)[1], list(m[2]))
	}
}

// key holds that every unique key of a sharded table contains its shard key.
func (c *checker) key(table, name string, columns []string) {
	if place := c.manifest[table]; place.Key != "" && !slices.Contains(columns, place.Key) {
		c.say("%s: key %s (%s) does not contain the shard key %s", table, name, strings.Join(columns, ", "), place.Key)
	}
}

// foreign allows references inside of one group on the shard key, and to reference
// tables.
func (c *checker) foreign(table string, columns []string, to string, others []string) {
	from, target := c.manifest[table], c.manifest[to]
	if target.Kind == schema.Reference && from.Kind != schema.Local {
		return
	}
	at := slices.Index(columns, from.Key)
	if from.Kind == schema.Claim && table != to { // each claim is a group of its own
		c.say("%s may not refer to %s: claims are not kept together", table, to)
		return
	}
	if from.Kind != target.Kind || from.Key == "" || at < 0 || at >= len(others) || others[at] != target.Key {
		c.say("%s (%s) may not refer to %s (%s)", table, strings.Join(columns, ", "), to, strings.Join(others, ", "))
	}
}

func (c *checker) alter(table, what string) {
	upper := strings.ToUpper(what)
	if _, known := c.manifest[table]; !known {
		c.say("%s is altered and not in the manifest", table)
	}
	if strings.HasPrefix(upper, "ADD COLUMN ") {
		if inline := inlineRule.FindString(upper); inline != "" {
			c.say("%s: ADD COLUMN with %s; add it as a named constraint of its own", table, inline)
		}
		return
	}
	if key := c.manifest[table].Key; key != "" && regexp.MustCompile(`(?i)\b(ALTER|DROP|RENAME) COLUMN (IF EXISTS )?`+key+`\b`).MatchString(what) {
		c.say("%s: the shard key %s is changed: %s", table, key, what)
	}
	if rest, ok := strings.CutPrefix(what, "ADD CONSTRAINT "); ok {
		c.constraint(table, "CONSTRAINT "+rest)
	}
	if len(parts(what)) > 1 {
		c.say("%s: more than one change in one ALTER: %s", table, what)
	}
}

func TestMigrationsFitAShardedCluster(t *testing.T) {
	wrong, tables := rules(statements(t), schema.Manifest)
	for _, w := range wrong {
		t.Error(w)
	}
	if len(tables) < 40 {
		t.Errorf("only %d tables were seen", len(tables))
	}
}

// TestTheRulesSeeWrong holds that each rule can fail.
func TestTheRulesSeeWrong(t *testing.T) {
	manifest := map[string]schema.Table{"orders": {Kind: schema.Shop, Key: "shop_id"}, "lines": {Kind: schema.Shop, Key: "shop_id"}, "carts": {Kind: schema.Buyer, Key: "buyer_id"}, "jobs": {Kind: schema.Local}}
	good := []string{
		"CREATE TABLE orders ( shop_id BIGINT NOT NULL, id BIGINT NOT NULL, at TIMESTAMP, CONSTRAINT orders_pkey PRIMARY KEY (shop_id, id) )",
		"CREATE TABLE lines ( shop_id BIGINT NOT NULL, order_id BIGINT NOT NULL, CONSTRAINT lines_pkey PRIMARY KEY (shop_id, order_id), CONSTRAINT lines_order FOREIGN KEY (shop_id, order_id) REFERENCES orders (shop_id, id) )",
		"CREATE TABLE carts ( buyer_id BIGINT NOT NULL, CONSTRAINT carts_pkey PRIMARY KEY (buyer_id) )",
		"CREATE TABLE jobs ( id BIGINT NOT NULL, CONSTRAINT jobs_pkey PRIMARY KEY (id) )",
	}
	if wrong, _ := rules(good, manifest); len(wrong) != 0 {
		t.Fatalf("good ones: %v", wrong)
	}
	for _, bad := range []string{
		"CREATE UNIQUE INDEX orders_no ON orders (id)",
		"CREATE TABLE extra ( id BIGINT NOT NULL, CONSTRAINT extra_pkey PRIMARY KEY (id) )",
		"CREATE TRIGGER t AFTER INSERT ON orders EXECUTE FUNCTION f()",
		"ALTER TABLE orders ADD COLUMN no BIGINT NOT NULL DEFAULT 0 CHECK (no > 0)",
		"ALTER TABLE orders ADD COLUMN a BIGINT, ADD CONSTRAINT x CHECK (a > 0)",
		"ALTER TABLE carts ADD CONSTRAINT carts_order FOREIGN KEY (buyer_id) REFERENCES orders (id)",
		"ALTER TABLE lines ADD CONSTRAINT lines_job FOREIGN KEY (order_id) REFERENCES jobs (id)",
		"ALTER TABLE orders ADD CONSTRAINT orders_no UNIQUE (id)",
		"CREATE TABLE orders ( shop_id BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (shop_id, id) )",
		"ALTER TABLE orders ALTER COLUMN shop_id TYPE TEXT", "ALTER TABLE orders DROP COLUMN shop_id", "ALTER TABLE orders RENAME CONSTRAINT a TO b",
		"ALTER TABLE orders DROP CONSTRAINT a, ADD CONSTRAINT b CHECK (id > 0)", "ALTER TABLE lines ADD CONSTRAINT b FOREIGN KEY (shop_id, order_id) REFERENCES orders (id, shop_id)",
		"ALTER TABLE lines ADD CONSTRAINT b FOREIGN KEY (shop_id, order_id) REFERENCES orders (shop_id, id) ON DELETE SET NULL",
		"ALTER TABLE orders ADD COLUMN at TIMESTAMP; CREATE INDEX a ON orders (shop_id)", "ALTER TABLE orders ADD COLUMN n BIGINT NOT NULL DEFAULT now()",
		"CREATE TABLE orders AS SELECT 1", "CREATE VIEW v AS SELECT 1", "ALTER TABLE orders ADD COLUMN n BIGINT NOT NULL UNIQUE", "ALTER TABLE orders ADD COLUMN n BIGINT NOT NULL REFERENCES carts (buyer_id)",
		"CREATE SEQUENCE order_ids", "GRANT ALL ON orders TO PUBLIC", "CREATE TABLE carts ( id SERIAL )",
	} {
		if wrong, _ := rules(append(slices.Clone(good), bad), manifest); len(wrong) == 0 {
			t.Errorf("not seen: %s", bad)
		}
	}
	if wrong, _ := rules(good[:3], manifest); len(wrong) != 1 {
		t.Errorf("a table that is not made: %v", wrong)
	}
}
