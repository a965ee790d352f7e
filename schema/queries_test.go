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
	{"internal/domain/catalog/query.go", "SELECT id, category_id, title, media", "its WHERE is built by Filter.where, which begins with shop_id = $1"},
	{"internal/domain/order/list.go", "SELECT shop_id, id FROM orders WHERE state = 'shipped'", "sweeper of orders to count as received over all shops, on a partial index"},
	{"internal/domain/order/list.go", "SELECT ", "its WHERE is built from the filter and begins with shop_id = $1"},
	{"internal/flow/importing/run.go", "SELECT shop_id, id FROM imports WHERE finished_at IS NULL", "imports of all shops that wait for a worker, on a partial index"},
	{"internal/domain/payment/payment.go", "SELECT", "sweeper of due payments over all buyers, on a partial index, off the hot path"},
	{"internal/domain/payment/payment.go", "UPDATE payments SET next_check_at = $1 WHERE state = 'open'", "open payments of all buyers, once when a process starts"},
	{"internal/domain/payment/refund.go", "SELECT", "sweeper of due refunds over all shops, on a partial index, off the hot path"},
	{"internal/domain/shipment/shipment.go", "SELECT", "sweeper of parcels to ask about over all shops, on a partial index"},
	{"internal/platform/jobs/parked.go", "SELECT COUNT(*) FROM (SELECT 1 FROM outbox", "metrics: how many events of all shops wait, capped"},
	{"internal/platform/jobs/parked.go", "SELECT MIN(created_at) FROM outbox", "metrics: age of the oldest waiting event of all shops"},
	{"internal/platform/jobs/relay.go", "DELETE FROM outbox WHERE relayed_at", "housekeeping of relayed events of all shops, once a minute"},
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
	case *ast.Ident:
		text, known := c[v.Name]
		return text, known
	case *ast.ParenExpr:
		return c.flatten(v.X)
	}
	return "", false
}

var tableNames = regexp.MustCompile(`\b(?:FROM|JOIN|INTO|UPDATE) (\w+)\b`)

// where is the part of a statement that says which rows are meant: a shard key among
// the columns that are read or written does not count.
func where(text string) string {
	cut := map[string]string{"SELECT": " FROM ", "UPDATE": " WHERE ", "DELETE": " WHERE "}[text[:6]]
	if cut == "" {
		return text
	}
	_, rest, _ := strings.Cut(text, cut)
	return rest
}

// missing names the sharded tables of a statement whose shard key it does not name.
func missing(text string, manifest map[string]schema.Table) (out []string) {
	for _, m := range tableNames.FindAllStringSubmatch(text, -1) {
		place, known := manifest[m[1]]
		if known && (place.Kind == schema.Shop || place.Kind == schema.Buyer) && !regexp.MustCompile(`\b`+place.Key+`\b`).MatchString(where(text)) {
			out = append(out, m[1]+" without "+place.Key)
		}
	}
	return out
}

func TestStatementsNameTheirShard(t *testing.T) {
	used := map[int]bool{}
	for _, s := range sources(t) {
		wrong := missing(s.text, schema.Manifest)
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

// TestStatementsArePortable holds what neither engine, or no cluster, takes.
func TestStatementsArePortable(t *testing.T) {
	for _, s := range sources(t) {
		for _, bad := range []string{`\bnow\(\)`, `\bCURRENT_TIMESTAMP\b`, `\brandom\(\)`, `\bSERIAL\b`, `\bNEXTVAL\b`, `\bILIKE\b`, `\bROWID\b`, `\bTRUNCATE\b`, `\bGROUPING SETS\b`, `::\w`} {
			if regexp.MustCompile(`(?i)`+bad).MatchString(s.text) && !strings.HasPrefix(s.file, "internal/platform/db/") {
				t.Errorf("%s: %s: %s", s.file, bad, s.text)
			}
		}
	}
}

func TestTheLintSeesWrong(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nconst columns = `a, b`\nfunc f() { q(`SELECT `+columns+` FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = $1 AND l.line_no IN (`+in(`x`)+`)`, 1); q(\"UPDATE buyers SET a = 1\") }", 0)
	if err != nil {
		t.Fatal(err)
	}
	c := constants{}
	c.read(f)
	all := c.sqlTexts(f)
	if len(all) != 2 {
		t.Fatalf("%q", all)
	}
	if got := missing(all[0], schema.Manifest); len(got) != 2 {
		t.Errorf("%q: %v", all[0], got)
	}
	if got := missing(all[1], schema.Manifest); len(got) != 1 {
		t.Errorf("%q: %v", all[1], got)
	}
	if got := missing("SELECT 1 FROM orders WHERE shop_id = $1", schema.Manifest); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
