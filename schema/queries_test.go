package schema_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/schema"
)

// fanOut is a statement that reads or writes over all shops or buyers on purpose.
type fanOut struct{ file, begin, reason string }

// fanOuts are the statements that need not name the shard key of a table. Each has
// a reason; one that is no longer there fails the test.
var fanOuts = []fanOut{
	{"internal/app/chaos/guard.go", "INSERT INTO stocks_unguarded", "takes the guard of stock away in a scratch database, to see that chaos finds it"},
	{"internal/flow/audit/audit.go", "SELECT id FROM shops ORDER BY id", "the audit looks at every shop, one after another, off the hot path"},
	{"internal/domain/shop/shop.go", "SELECT id, handle, name", "all shops by pages, for the operator and the front page, which keeps it"},
	{"internal/domain/staff/staff.go", "DELETE FROM staff_sessions WHERE shop_id = $1", "log a member out everywhere when the password or state changes; rare"},
	{"internal/domain/staff/session.go", "DELETE FROM staff_sessions WHERE expires_at", "housekeeping of sessions that have ended, once an hour"},
	{"internal/platform/jobs/relay.go", "SELECT shop_id, id, kind, payload, created_at FROM outbox", "the relay is the one reader of the whole outbox, on a partial index"},
	{"internal/domain/catalog/query.go", "SELECT id, category_id, title, media", "its WHERE is built by Filter.where, which begins with shop_id = $1"},
	{"internal/domain/order/list.go", "SELECT shop_id, id FROM orders WHERE state = 'shipped'", "sweeper of orders to count as received over all shops, on a partial index"},
	{"internal/domain/order/list.go", "SELECT ", "its WHERE is built from the filter and begins with shop_id = $1"},
	{"internal/domain/promotion/flash.go", "SELECT", "sweeper of flash sales to end over all shops, on a partial index"},
	{"internal/flow/importing/run.go", "SELECT shop_id, id FROM imports WHERE finished_at IS NULL", "imports of all shops that wait for a worker, on a partial index"},
	{"internal/domain/payment/payment.go", "SELECT", "sweeper of due payments over all buyers, on a partial index, off the hot path"},
	{"internal/domain/payment/payment.go", "UPDATE payments SET next_check_at = $1 WHERE state = 'open'", "open payments of all buyers, once when a process starts"},
	{"internal/domain/payment/refund.go", "SELECT", "sweeper of due refunds over all shops, on a partial index, off the hot path"},
	{"internal/domain/payout/payout.go", "SELECT", "the operator's list of payouts of all shops that wait for somebody, on a partial index"},
	{"internal/domain/shipment/shipment.go", "SELECT", "sweeper of parcels to ask about over all shops, on a partial index"},
	{"internal/platform/jobs/parked.go", "SELECT COUNT(*) FROM (SELECT 1 FROM outbox", "metrics: how many events of all shops wait, capped"},
	{"internal/platform/jobs/parked.go", "SELECT MIN(created_at) FROM outbox", "metrics: age of the oldest waiting event of all shops"},
	{"internal/platform/jobs/relay.go", "SELECT shop_id FROM outbox WHERE shop_id > $1", "housekeeping goes from shop to shop, once a minute"},
}

// statement is one SQL text of the source; what is put in at run time reads as "?".
type statement struct{ file, text string }

// sources collects every SQL text under internal/, tests aside.
func sources(t *testing.T) (out []statement) {
	t.Helper()
	files, packages := map[string]*ast.File{}, map[string]constants{}
	err := filepath.WalkDir("../internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		files[path] = f
		if packages[filepath.Dir(path)] == nil {
			packages[filepath.Dir(path)] = constants{}
		}
		packages[filepath.Dir(path)].read(f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, f := range files {
		for _, text := range packages[filepath.Dir(path)].sqlTexts(f) {
			out = append(out, statement{filepath.ToSlash(strings.TrimPrefix(path, "../")), text})
		}
	}
	if len(out) < 150 {
		t.Fatalf("only %d statements were found", len(out))
	}
	return out
}

var sqlStart = regexp.MustCompile(`^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) `)

// constants are the string constants of a package.
type constants map[string]string

func (c constants) read(f *ast.File) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			for i := range min(len(v.Names), len(v.Values)) {
				if text, ok := c.flatten(v.Values[i]); ok {
					c[v.Names[i].Name] = text
				}
			}
		}
	}
}

// sqlTexts finds SQL in string constants and in sums of strings.
func (c constants) sqlTexts(f *ast.File) (out []string) {
	inside := map[ast.Node]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok || inside[n] {
			return !inside[n]
		}
		text, isText := c.flatten(e)
		if isText {
			ast.Inspect(e, func(m ast.Node) bool {
				if _, call := m.(*ast.CallExpr); call {
					return false // its arguments are texts of their own
				}
				inside[m] = true
				return true
			})
			if text = strings.Join(strings.Fields(text), " ") + " "; sqlStart.MatchString(text) {
				out = append(out, strings.TrimSpace(text))
			}
		}
		return true
	})
	return out
}

// flatten turns a string expression into its text.
func (c constants) flatten(e ast.Expr) (string, bool) {
	switch v := e.(type) {
	case *ast.BasicLit:
		if v.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(v.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		if v.Op != token.ADD {
			return "", false
		}
		a, left := c.flatten(v.X)
		b, right := c.flatten(v.Y)
		if !left && !right {
			return "", false
		}
		if !left {
			a = "?"
		}
		if !right {
			b = "?"
		}
		return a + b, true
	case *ast.CallExpr: // tx.ForUpdate() and tx.SkipLocked() are part of the text
		if s, ok := v.Fun.(*ast.SelectorExpr); ok && len(v.Args) == 0 {
			text, known := map[string]string{"ForUpdate": " FOR UPDATE", "SkipLocked": " FOR UPDATE SKIP LOCKED"}[s.Sel.Name]
			return text, known
		}
	case *ast.Ident:
		text, known := c[v.Name]
		return text, known
	case *ast.ParenExpr:
		return c.flatten(v.X)
	}
	return "", false
}

func TestStatementsNameTheirShard(t *testing.T) {
	used := map[int]bool{}
	for _, s := range sources(t) {
		wrong := fans(s.text, schema.Manifest)
		if len(wrong) == 0 {
			continue
		}
		if i := allowed(s); i >= 0 {
			used[i] = true
			continue
		}
		t.Errorf("%s: %s: %s", s.file, strings.Join(wrong, ", "), s.text)
	}
	for i, f := range fanOuts {
		if !used[i] {
			t.Errorf("no statement needs this permission any more: %s %q", f.file, f.begin)
		}
		if len(f.reason) < 20 {
			t.Errorf("%s %q has no reason", f.file, f.begin)
		}
	}
}

func allowed(s statement) int {
	for i, f := range fanOuts {
		if f.file == s.file && strings.HasPrefix(s.text, f.begin) {
			return i
		}
	}
	return -1
}

// TestStatementsFitACluster holds what no cluster takes in any form.
func TestStatementsFitACluster(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasPrefix(s.file, "internal/platform/db/") {
			continue // what it sends is for the engine itself
		}
		for _, wrong := range refused(s.text, schema.Manifest) {
			t.Errorf("%s: %s: %s", s.file, wrong, s.text)
		}
	}
}

// TestStatementsArePortable holds what one of the two engines does not take.
func TestStatementsArePortable(t *testing.T) {
	for _, s := range sources(t) {
		for _, bad := range []string{`\bSERIAL\b`, `\bILIKE\b`, `\bROWID\b`, `::\w`} {
			if regexp.MustCompile(`(?i)`+bad).MatchString(s.text) && !strings.HasPrefix(s.file, "internal/platform/db/") {
				t.Errorf("%s: %s: %s", s.file, bad, s.text)
			}
		}
	}
}

// TestTheSourceIsRead holds that statements are found however they are put together.
func TestTheSourceIsRead(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nconst columns = `a, b`\nfunc f() { q(`SELECT `+columns+` FROM orders o WHERE o.id = $1 AND l.line_no IN (`+in(`x`)+`)`+tx.ForUpdate(), 1); q(\"UPDATE buyers SET a = 1\") }", 0)
	if err != nil {
		t.Fatal(err)
	}
	c := constants{}
	c.read(f)
	all := c.sqlTexts(f)
	if len(all) != 2 || all[0] != "SELECT a, b FROM orders o WHERE o.id = $1 AND l.line_no IN (?) FOR UPDATE" {
		t.Fatalf("%q", all)
	}
}

func TestTheLintSeesWrong(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1 FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.shop_id = $1":                                  "order_lines without shop_id",
		"SELECT shop_id, id FROM orders WHERE id = $1":                                                                         "orders without shop_id",
		"SELECT 1 FROM orders WHERE shop_id = $1 OR $1 = -1":                                                                   "orders without shop_id",
		"SELECT 1 FROM orders WHERE $2 = 1 OR shop_id = $1":                                                                    "orders without shop_id",
		"SELECT 1 FROM orders WHERE shop_id = (SELECT shop_id FROM handles WHERE handle = $1)":                                 "orders without shop_id",
		"SELECT 1 FROM orders WHERE shop_id > $1":                                                                              "orders without shop_id",
		"SELECT 1 FROM orders o, order_lines l WHERE o.shop_id = $1 AND l.order_id = o.id":                                     "order_lines without shop_id",
		"SELECT 1 FROM orders WHERE shop_id = $1 AND EXISTS (SELECT 1 FROM order_payments p WHERE p.order_id = orders.id)":     "order_payments without shop_id",
		"SELECT 1 FROM orders WHERE shop_id = $1 UNION ALL SELECT 1 FROM refunds WHERE id = $2":                                "refunds without shop_id",
		"UPDATE buyers SET state = 'x'":                                                                                        "buyers without id",
		"DELETE FROM orders WHERE id IN ($1, $2)":                                                                              "orders without shop_id",
		"INSERT INTO orders (id, state) VALUES ($1, $2)":                                                                       "orders without shop_id",
		"SELECT 1 FROM stocks WHERE shop_id IN ($1,$2) FOR UPDATE":                                                             "FOR UPDATE over several shop_id of stocks",
		"SELECT 1 FROM stocks WHERE (shop_id, sku_id) IN (($1,$2),($3,$4)) FOR UPDATE SKIP LOCKED":                             "FOR UPDATE over several shop_id of stocks",
		"UPDATE stocks SET reserved = 0 WHERE shop_id = $1 AND sku_id IN (SELECT sku_id FROM order_lines WHERE order_id = $2)": "order_lines without shop_id",
		"SELECT 1 FROM handles WHERE shop_id = $1":                                                                             "handles without handle",
		"WITH x AS (SELECT id FROM orders WHERE state = 'paid') SELECT 1 FROM order_lines l JOIN x ON l.shop_id = x.shop_id":   "orders without shop_id",
	} {
		if got := fans(text, schema.Manifest); len(got) != 1 || got[0] != want {
			t.Errorf("%s\n\tgives %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"SELECT now() FROM orders WHERE shop_id = $1": "now(",
		"INSERT INTO stocks (shop_id, sku_id) VALUES ($1, $2) ON CONFLICT (shop_id, sku_id) DO UPDATE SET on_hand = f(1)":       "function f in DO UPDATE SET",
		"INSERT INTO stocks (shop_id, sku_id) VALUES ($1, $2) ON CONFLICT (shop_id, sku_id) DO UPDATE SET on_hand = (SELECT 1)": "a subselect in DO UPDATE SET",
		"INSERT INTO stocks (shop_id, sku_id) VALUES ($1, (SELECT 1))":                                                          "a subselect among VALUES of stocks",
		"UPDATE orders SET state = 'x', shop_id = $2 WHERE shop_id = $1":                                                        "the shard key shop_id gets a new value",
		"SELECT 1 FROM orders o JOIN buyers b ON b.id = o.buyer_id WHERE o.shop_id = $1 AND b.id = $2":                          "tables of 2 groups in one statement",
		"SELECT 1 FROM orders WHERE shop_id = $1 AND EXISTS (SELECT 1 FROM jobs WHERE shop_id = $1)":                            "tables of 2 groups in one statement",
		"UPDATE orders SET state = 'x' FROM buyer_orders b WHERE orders.shop_id = $1 AND b.buyer_id = $2":                       "tables of 2 groups in one statement",
		"SELECT shop_id, state, COUNT(*) FROM orders WHERE shop_id = $1 GROUP BY ROLLUP (shop_id, state)":                       "ROLLUP (",
		"SELECT 1 FROM orders o CROSS JOIN LATERAL (SELECT 1) x WHERE o.shop_id = $1":                                           "LATERAL",
		"WITH RECURSIVE t AS (SELECT 1 FROM orders WHERE shop_id = $1) SELECT 1 FROM t":                                         "WITH RECURSIVE over orders",
	} {
		if got := refused(text, schema.Manifest); len(got) != 1 || got[0] != want {
			t.Errorf("%s\n\tgives %q, want %q", text, got, want)
		}
	}
}

func TestTheLintTakesWhatIsGood(t *testing.T) {
	for _, text := range []string{
		"SELECT 1 FROM orders WHERE shop_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
		"SELECT 1 FROM orders o JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id WHERE o.shop_id = $1 FOR UPDATE",
		"SELECT 1 FROM orders o JOIN shops s ON s.id = o.shop_id LEFT JOIN categories c ON c.id = s.id WHERE o.shop_id = $1",
		"SELECT 1 FROM orders WHERE (shop_id, id) IN (($1,$2),($3,$4))",
		"SELECT 1 FROM orders WHERE shop_id IN (?)",
		"UPDATE jobs SET state = 'x' WHERE id IN (SELECT id FROM jobs WHERE state = 'ready' LIMIT $1 FOR UPDATE SKIP LOCKED)",
		"UPDATE outbox SET relayed_at = $2 WHERE shop_id = $1 AND id IN (SELECT id FROM outbox WHERE shop_id = $1 FOR UPDATE SKIP LOCKED) RETURNING id",
		"INSERT INTO stocks (shop_id, sku_id, on_hand) VALUES ($1,$2,$3) ON CONFLICT (shop_id, sku_id) DO UPDATE SET on_hand = COALESCE(excluded.on_hand, stocks.on_hand)",
		"INSERT INTO stocks (shop_id, sku_id) SELECT shop_id, id FROM skus WHERE shop_id = $1",
		"SELECT 1 FROM orders WHERE shop_id = $1 AND NOT EXISTS (SELECT 1 FROM order_payments p WHERE p.shop_id = orders.shop_id AND p.order_id = orders.id)",
		"SELECT a IS DISTINCT FROM b FROM orders WHERE shop_id = $1",
		"SELECT 1 FROM handles WHERE handle = $1",
		"DELETE FROM cart_lines WHERE buyer_id = $1 AND (sku_id = $2 OR sku_id = $3)",
	} {
		if got := append(fans(text, schema.Manifest), refused(text, schema.Manifest)...); len(got) != 0 {
			t.Errorf("%s\n\tgives %q", text, got)
		}
	}
}
