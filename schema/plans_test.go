package schema_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/schema"
)

// scans are the statements that may read a large table from end to end, or all of
// one shop's rows of it. One that does not any more fails the test.
var scans = []fanOut{
	{"internal/flow/audit/audit.go", "SELECT id FROM shops ORDER BY id", "the audit looks at every shop"},
}

// fewRows is what every run takes. PostgreSQL rightly reads so few from end to end;
// there it is told to do so only where no index helps.
const fewRows = 2_000

// planRows is how many rows each table gets: 1,000,000 when asked for with
// SHUKE_TEST_PLAN_ROWS (make plans), fewer in every run.
func planRows(t *testing.T) int {
	n := fewRows
	if v := os.Getenv("SHUKE_TEST_PLAN_ROWS"); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil || n < 1000 {
			t.Fatalf("SHUKE_TEST_PLAN_ROWS: %q is no number from 1000", v)
		}
	}
	return n
}

// large are the tables that grow with trade.
func large() (out []string) {
	for name, p := range schema.Manifest {
		if p.Kind != schema.Reference && !slices.Contains([]string{"schema_migrations", "nodes", "leases"}, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// filled writes n rows into every large table: most of them of what is over and
// done with, one in a hundred waiting.
func filled(t *testing.T, d *db.DB, n int) {
	t.Helper()
	ctx := context.Background()
	tables := describe(t, d)
	for _, name := range large() {
		var columns, values []string
		for _, c := range tables[name].columns {
			words := strings.Fields(c)
			columns = append(columns, words[0])
			values = append(values, filling(d.Engine(), name, words[0], words[1], strings.HasSuffix(c, "NOT NULL")))
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			for _, s := range loose(t, tx, name) {
				if _, err := tx.Exec(s); err != nil {
					return err
				}
			}
			_, err := tx.Exec(fmt.Sprintf(`INSERT INTO %s (%s) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT %s FROM n WHERE i > 0 ON CONFLICT DO NOTHING`,
				name, strings.Join(columns, ", "), n, strings.Join(values, ", ")))
			return err
		})
		if err != nil {
			t.Fatalf("fill %s: %v", name, err)
		}
	}
}

// loose lets a table take rows that make no sense together.
func loose(t *testing.T, tx *db.Tx, table string) (out []string) {
	t.Helper()
	if tx.Engine() == db.SQLite {
		return []string{`PRAGMA ignore_check_constraints = ON`, `PRAGMA defer_foreign_keys = OFF`}
	}
	names, err := texts(tx, `SELECT k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
		WHERE k.contype IN ('c', 'f') AND c.relname = $1 AND c.relnamespace = CAST(current_schema() AS REGNAMESPACE)`, table)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		out = append(out, `ALTER TABLE `+table+` DROP CONSTRAINT `+n)
	}
	return out
}

var waitingTimes = regexp.MustCompile(`^(next_|locked_|.*_deadline$|prepay_expires)`)

// filling is the value of a column in row i.
func filling(e db.Engine, table, column, kind string, must bool) string {
	at := `1767225600000000 - i * 60000000`
	if e == db.Postgres {
		at = `TIMESTAMP '2026-01-01' - i * INTERVAL '1 minute'`
	}
	place := schema.Manifest[table]
	switch {
	case kind == "TIMESTAMP" && must:
		return at
	case kind == "TIMESTAMP" && waitingTimes.MatchString(column):
		return `CASE WHEN i % 100 = 0 THEN ` + at + ` END`
	case kind == "TIMESTAMP":
		return `CASE WHEN i % 100 <> 0 THEN ` + at + ` END`
	case kind == "BOOLEAN":
		return `i % 2 = 0`
	case column == "shop_id" && table != "shops":
		return `i % 20`
	case column == "buyer_id" && place.Kind == schema.Buyer:
		return `i % 500`
	case kind == "BIGINT" && (column == "id" || strings.HasSuffix(column, "_id") || column == "seq" || column == place.Key):
		return `i`
	case kind == "BIGINT":
		return `i % 1000`
	case strings.HasSuffix(column, "state"):
		return `CASE WHEN i % 100 = 0 THEN 'pending' ELSE 'received' END`
	case column == "day":
		return `'2026-01-' || (i % 28)`
	}
	return `'x' || i`
}

// explained are the statements that look for rows, as an engine takes them.
func explained(t *testing.T) (out []statement) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		if strings.HasPrefix(s.file, "internal/platform/db/") || strings.HasPrefix(s.file, "internal/app/") || !regexp.MustCompile(`\b(SELECT|UPDATE|DELETE)\b`).MatchString(s.text) {
			continue
		}
		next := 0
		for _, m := range regexp.MustCompile(`\$(\d+)`).FindAllStringSubmatch(s.text, -1) {
			n, _ := strconv.Atoi(m[1])
			next = max(next, n)
		}
		s.text = regexp.MustCompile(`IN \(\?\)`).ReplaceAllStringFunc(s.text, func(string) string {
			next++
			return fmt.Sprintf("IN ($%d)", next)
		})
		whole := strings.Count(s.text, "(") == strings.Count(s.text, ")") // not a part that others complete
		if whole && !strings.Contains(s.text, "?") && !seen[s.text] {
			seen[s.text] = true
			out = append(out, s)
		}
	}
	return out
}

// judge compares what was found to read whole tables with what may.
func judge(t *testing.T, found map[statement][]string) {
	t.Helper()
	used := map[int]bool{}
	for _, s := range slices.SortedFunc(maps.Keys(found), func(a, b statement) int { return strings.Compare(a.file+a.text, b.file+b.text) }) {
		i := slices.IndexFunc(scans, func(f fanOut) bool { return f.file == s.file && strings.HasPrefix(s.text, f.begin) })
		if i < 0 {
			t.Errorf("%s reads from end to end: %v\n\t%s", s.file, found[s], s.text)
		}
		used[i] = true
	}
	for i, f := range scans {
		if !used[i] {
			t.Errorf("no statement needs this permission any more: %s %q", f.file, f.begin)
		}
	}
}

func TestPlansOfSQLite(t *testing.T) {
	d := dbtest.SQLite(t)
	filled(t, d, planRows(t))
	readPartial(t)
	found := map[statement][]string{}
	big := large()
	for _, s := range explained(t) {
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			text := regexp.MustCompile(` FOR UPDATE( SKIP LOCKED)?`).ReplaceAllString(s.text, "")
			return tx.Each(func(r db.Row) error {
				var a, b, c int64
				var detail string
				if err := r.Scan(&a, &b, &c, &detail); err != nil {
					return err
				}
				if name, whole := liteScan(detail, text); whole && slices.Contains(big, name) {
					found[s] = append(found[s], detail)
				}
				return nil
			}, `EXPLAIN QUERY PLAN `+text, blanks(text)...)
		})
		if err != nil {
			t.Errorf("%s: %v: %s", s.file, err, s.text)
		}
	}
	judge(t, found)
}

// liteScan reads a line of SQLite's plan: which table is read from end to end. A
// partial index holds only what is looked for.
func liteScan(detail, text string) (table string, whole bool) {
	m := regexp.MustCompile(`^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?`).FindStringSubmatch(detail)
	if m == nil {
		return "", false
	}
	table = m[1]
	parse(text).all(func(s *scope) {
		for _, n := range s.tables {
			if n.alias == m[1] {
				table = n.table
			}
		}
	})
	return table, !partial[m[2]]
}

// partial names the indexes with a WHERE.
var partial = map[string]bool{}

func readPartial(t *testing.T) {
	for _, s := range statements(t) {
		if m := createIndex.FindStringSubmatch(s); m != nil && m[5] != "" {
			partial[m[2]] = true
		}
	}
}

func blanks(text string) []any {
	most := 0
	for _, m := range regexp.MustCompile(`\$(\d+)`).FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		most = max(most, n)
	}
	return make([]any, most)
}

func TestPlansOfPostgres(t *testing.T) {
	ctx := context.Background()
	dsn := dbtest.EmptyPostgres(t)
	d, err := db.Open(ctx, db.Config{URL: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	all, err := db.LoadMigrations(schema.Migrations())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Migrate(ctx, all, time.Now()); err != nil {
		t.Fatal(err)
	}
	filled(t, d, planRows(t))
	readPartial(t)
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	settings := []string{`ANALYZE`, `SET plan_cache_mode = force_generic_plan`}
	if planRows(t) == fewRows {
		settings = append(settings, `SET enable_seqscan = off`)
	}
	for _, s := range settings {
		if _, err := c.Exec(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	found := map[statement][]string{}
	for i, s := range explained(t) {
		scans, err := pgScans(ctx, c, i, s.text)
		if err != nil {
			t.Errorf("%s: %v: %s", s.file, err, s.text)
		}
		if len(scans) > 0 {
			found[s] = scans
		}
	}
	judge(t, found)
}

// pgPlan is a node of PostgreSQL's plan.
type pgPlan struct {
	Node     string   `json:"Node Type"`
	Relation string   `json:"Relation Name"`
	Index    string   `json:"Index Name"`
	Cond     string   `json:"Index Cond"`
	Plans    []pgPlan `json:"Plans"`
}

// pgScans names the large tables that the plan of a statement reads from end to end.
func pgScans(ctx context.Context, c *pgx.Conn, n int, text string) (out []string, err error) {
	name := fmt.Sprint("plan", n)
	if _, err := c.Exec(ctx, `PREPARE `+name+` AS `+text, pgx.QueryExecModeSimpleProtocol); err != nil {
		return nil, err
	}
	args := ""
	if k := len(blanks(text)); k > 0 {
		args = "(" + strings.TrimSuffix(strings.Repeat("NULL,", k), ",") + ")"
	}
	var raw []byte
	if err := c.QueryRow(ctx, `EXPLAIN (FORMAT JSON) EXECUTE `+name+args, pgx.QueryExecModeSimpleProtocol).Scan(&raw); err != nil {
		return nil, err
	}
	var plans []struct{ Plan pgPlan }
	if err := json.Unmarshal(raw, &plans); err != nil {
		return nil, err
	}
	big := large()
	var walk func(p pgPlan)
	walk = func(p pgPlan) {
		whole := p.Node == "Seq Scan" || strings.HasPrefix(p.Node, "Index") && p.Cond == "" && p.Relation != "" && !partial[p.Index]
		if whole && slices.Contains(big, p.Relation) {
			out = append(out, strings.TrimSpace(p.Node+" "+p.Relation+" "+p.Index))
		}
		for _, q := range p.Plans {
			walk(q)
		}
	}
	for _, p := range plans {
		walk(p.Plan)
	}
	return out, nil
}
