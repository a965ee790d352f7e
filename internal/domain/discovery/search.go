package discovery

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Sort is the order of a result.
type Sort string

// The orders. Relevance needs words; without any it is Popular.
const (
	Relevance Sort = "relevance"
	Popular   Sort = "sold"
	Newest    Sort = "newest"
	Cheapest  Sort = "price_up"
	Dearest   Sort = "price_down"
)

// Query is what a buyer looks for. Zero fields do not filter.
type Query struct {
	Words    string
	Category id.ID // this category itself
	Top      id.ID // everything under this top category
	Shop     id.ID
	From, To money.Fen // bounds of the lowest price, fen; To 0 is open
	InStock  bool
	Sort     Sort
	Cursor   string // of the page before, "" for the first page
	Limit    int    // 1 to 50
}

// Result is one page.
type Result struct {
	Listings []Listing `json:"listings"`
	Cursor   string    `json:"cursor" doc:"send it to get the next page; empty at the end"`
	Total    int64     `json:"total" doc:"number of matches, counted up to 1000; only on the first page"`
	Loose    bool      `json:"loose" doc:"nothing matches all words, these match some"`
}

// CountCap is where counting matches ends.
const CountCap = 1000

// ErrCursor is returned for a cursor this search did not give.
var ErrCursor = errs.New(errs.Malformed, "discovery.cursor", "翻页参数无效，请重新搜索", "The cursor is not valid; search again")

// cursor is the place of the last listing of a page in the order of the result.
type cursor struct {
	Sort  Sort  `json:"s"`
	Loose bool  `json:"l,omitempty"`
	A     int64 `json:"a"` // the leading value: score, sold, microseconds or price
	Sold  int64 `json:"b,omitempty"`
	At    int64 `json:"c,omitempty"`
	ID    int64 `json:"i"`
}

func (c cursor) text() string {
	b, _ := json.Marshal(c) // numbers and two short strings
	return base64.RawURLEncoding.EncodeToString(b)
}

func readCursor(s string) (c cursor, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || len(s) > 300 {
		return c, ErrCursor
	}
	return c, nil
}

// statement is a SELECT in the making.
type statement struct {
	from  string
	where []string
	args  []any
}

// add appends a condition whose $? are the next arguments.
func (s *statement) add(text string, args ...any) {
	for _, a := range args {
		s.args = append(s.args, a)
		text = strings.Replace(text, "$?", fmt.Sprintf("$%d", len(s.args)), 1)
	}
	s.where = append(s.where, text)
}

// Search finds listings. All words must match; when nothing does, any word may
// (Loose). Relevance is the sum of the weights of the matching terms, then
// pieces sold, then newness.
func Search(tx *db.Tx, q Query) (Result, error) {
	terms := QueryTerms(q.Words)
	if len(terms) == 0 && strings.TrimSpace(q.Words) != "" {
		return Result{}, nil // only signs were typed: nothing can match
	}
	if q.Sort == "" || q.Sort == Relevance && len(terms) == 0 {
		q.Sort = Popular
		if len(terms) > 0 {
			q.Sort = Relevance
		}
	}
	q.Limit = min(max(q.Limit, 1), 50)
	var at cursor
	if q.Cursor != "" {
		var err error
		if at, err = readCursor(q.Cursor); err != nil || at.Sort != q.Sort {
			return Result{}, ErrCursor
		}
		return q.page(tx, terms, &at, at.Loose)
	}
	res, err := q.page(tx, terms, nil, false)
	if err == nil && len(res.Listings) == 0 && len(terms) > 1 {
		res, err = q.page(tx, terms, nil, true)
		res.Loose = len(res.Listings) > 0
	}
	return res, err
}

// page reads one page, and on the first one counts.
func (q Query) page(tx *db.Tx, terms []string, at *cursor, loose bool) (Result, error) {
	s := q.filter(terms, loose)
	res := Result{Loose: loose}
	if at == nil {
		text := `SELECT COUNT(*) FROM (SELECT 1 FROM ` + s.text() + fmt.Sprintf(` LIMIT %d) AS counted`, CountCap)
		if err := tx.QueryRow(text, s.args...).Scan(&res.Total); err != nil || res.Total == 0 {
			return res, err
		}
	} else {
		s.after(*at)
	}
	score := `0`
	if len(terms) > 0 {
		score = `m.score`
	}
	sql := `SELECT l.` + strings.ReplaceAll(strings.Join(strings.Fields(columns), " "), ", ", ", l.") + `, ` + score + ` FROM ` + s.text() +
		` ORDER BY ` + orders[q.Sort] + fmt.Sprintf(` LIMIT %d`, q.Limit+1)
	var last cursor
	err := tx.Each(func(r db.Row) error {
		var points int64
		l, err := scan(r, &points)
		if err != nil {
			return err
		}
		if len(res.Listings) == q.Limit {
			res.Cursor = last.text()
			return nil
		}
		res.Listings = append(res.Listings, l)
		last = q.place(l, points, loose)
		return nil
	}, sql, s.args...)
	return res, err
}

var orders = map[Sort]string{
	Relevance: `m.score DESC, l.sold DESC, l.listed_at DESC, l.product_id DESC`,
	Popular:   `l.sold DESC, l.product_id DESC`,
	Newest:    `l.listed_at DESC, l.product_id DESC`,
	Cheapest:  `l.price_min, l.product_id`,
	Dearest:   `l.price_min DESC, l.product_id DESC`,
}

func (q Query) place(l Listing, score int64, loose bool) cursor {
	c := cursor{Sort: q.Sort, Loose: loose, ID: int64(l.ProductID)}
	switch q.Sort {
	case Relevance:
		c.A, c.Sold, c.At = score, l.Sold, l.ListedAt.UnixMicro()
	case Popular:
		c.A = l.Sold
	case Newest:
		c.A = l.ListedAt.UnixMicro()
	default:
		c.A = int64(l.PriceMin)
	}
	return c
}

// after keeps what comes behind a place.
func (s *statement) after(c cursor) {
	switch c.Sort {
	case Relevance:
		s.add(`(m.score, l.sold, l.listed_at, l.product_id) < ($?, $?, $?, $?)`, c.A, c.Sold, time.UnixMicro(c.At).UTC(), c.ID)
	case Popular:
		s.add(`(l.sold, l.product_id) < ($?, $?)`, c.A, c.ID)
	case Newest:
		s.add(`(l.listed_at, l.product_id) < ($?, $?)`, time.UnixMicro(c.A).UTC(), c.ID)
	case Cheapest:
		s.add(`(l.price_min, l.product_id) > ($?, $?)`, c.A, c.ID)
	case Dearest:
		s.add(`(l.price_min, l.product_id) < ($?, $?)`, c.A, c.ID)
	}
}

// filter makes the FROM and WHERE of a query.
func (q Query) filter(terms []string, loose bool) *statement {
	s := &statement{from: `listings l`}
	if len(terms) > 0 {
		in, args := db.List(1, terms)
		s.args = args
		need := len(terms)
		if loose {
			need = 1
		}
		s.args = append(s.args, need)
		s.from = `(SELECT product_id, CAST(SUM(weight) AS BIGINT) AS score FROM listing_terms WHERE term IN (` + in +
			fmt.Sprintf(`) GROUP BY product_id HAVING COUNT(*) >= $%d) m JOIN listings l ON l.product_id = m.product_id`, len(s.args))
	}
	if q.Category != 0 {
		s.add(`l.category_id = $?`, q.Category)
	}
	if q.Top != 0 {
		s.add(`l.top_category_id = $?`, q.Top)
	}
	if q.Shop != 0 {
		s.add(`l.shop_id = $?`, q.Shop)
	}
	if q.From > 0 {
		s.add(`l.price_min >= $?`, q.From)
	}
	if q.To > 0 {
		s.add(`l.price_min <= $?`, q.To)
	}
	if q.InStock {
		s.add(`l.available = $?`, true)
	}
	return s
}

func (s *statement) text() string {
	if len(s.where) == 0 {
		return s.from
	}
	return s.from + ` WHERE ` + strings.Join(s.where, ` AND `)
}

// Suggest gives phrases of popular titles that hold what was typed, at most limit (1 to 20).
func Suggest(tx *db.Tx, typed string, limit int) ([]string, error) {
	limit = min(max(limit, 1), 20)
	typed = strings.TrimSpace(fold(typed))
	if typed == "" {
		return nil, nil
	}
	res, err := Search(tx, Query{Words: typed, Sort: Popular, Limit: 50})
	if err != nil || res.Loose {
		return nil, err
	}
	var out []string
	seen := map[string]bool{}
	for _, l := range res.Listings {
		phrase := phraseOf(l.Title, typed)
		if low := fold(phrase); phrase != "" && !seen[low] && len(out) < limit {
			seen[low] = true
			out = append(out, phrase)
		}
	}
	return out, nil
}

// phraseOf gives the part of a title that holds what was typed, the whole title
// when only that does, "" for neither.
func phraseOf(title, typed string) string {
	for _, phrase := range strings.FieldsFunc(title, separates) {
		if strings.Contains(fold(phrase), typed) {
			return phrase
		}
	}
	if strings.Contains(fold(title), typed) {
		return title
	}
	return ""
}

// separates says where one phrase of a title ends.
func separates(r rune) bool {
	return strings.ContainsRune(" \t　·・|/，,、；;:：。（）()【】[]《》<>“”\"", r)
}
