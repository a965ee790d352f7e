package importing

import (
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/catalog/feed"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Outcome says what an import does to a product.
type Outcome string

// The outcomes.
const (
	Created   Outcome = "created"
	Changed   Outcome = "changed"
	Unchanged Outcome = "unchanged"
	Refused   Outcome = "refused"
)

// ownRef begins the key that exported products without a key of their own get; their id follows.
const ownRef = "shuke-"

// item is one product of a file and what its reader found wrong with it.
type item struct {
	feed.Product
	refused  bool
	problems []Problem
}

func newItem(p feed.Product, problems []feed.Problem) item {
	it := item{Product: p, refused: feed.Refused(problems)}
	for _, x := range problems {
		it.problems = append(it.problems, fromFeed(x))
	}
	return it
}

func fromFeed(p feed.Problem) Problem {
	return Problem{Line: p.Line, Column: p.Column, Severity: string(p.Severity), Code: p.Code, Field: p.Field, Value: p.Value, Zh: p.Message.ZH, En: p.Message.EN}
}

// warn notes something that was left out or changed.
func (it *item) warn(line int, code, field, value, zh, en string) {
	it.problems = append(it.problems, Problem{Line: line, Severity: string(feed.Warning), Code: code, Field: field, Value: cut(value, 80), Zh: zh, En: en})
}

// refuse turns the refusal of a room into problems with their lines.
func (it *item) refuse(err error) {
	it.refused = true
	e := errs.Of(err)
	details := e.Details
	if len(details) == 0 {
		details = []errs.Detail{{Code: e.Code, Zh: e.Zh, En: e.En}}
	}
	for _, d := range details {
		it.problems = append(it.problems, Problem{Line: it.lineOf(d.Field), Severity: string(feed.Refusal), Code: d.Code, Field: d.Field, Zh: d.Zh, En: d.En})
	}
}

// lineOf finds the line of a field path ("skus[3].price").
func (it *item) lineOf(field string) int {
	if rest, ok := strings.CutPrefix(field, "skus["); ok {
		n, _, _ := strings.Cut(rest, "]")
		if i, err := strconv.Atoi(n); err == nil && i < len(it.SKUs) {
			return it.SKUs[i].Row
		}
	}
	return it.Row
}

// session is what one pass over a file remembers.
type session struct {
	f        *Flow
	shop     id.ID
	staff    id.ID
	settings Settings
	tree     *catalog.Tree
	ids      func() id.ID
	kept     memory
	fresh    memory // of the transaction under way
}

// memory grows with the file, by a few bytes per SKU.
type memory struct {
	codes   map[uint64]uint64 // merchant codes of the file → the key of their product, hashed
	matched map[id.ID]bool    // products of the shop that a row was for
	told    map[string]bool   // categories that are told already
}

func newMemory() memory {
	return memory{codes: map[uint64]uint64{}, matched: map[id.ID]bool{}, told: map[string]bool{}}
}

func (f *Flow) session(i *Import, ids func() id.ID) *session {
	return &session{f: f, shop: i.ShopID, staff: i.StaffID, settings: i.Settings, ids: ids, kept: newMemory(), fresh: newMemory()}
}

// begin forgets what was learnt since the last keep: a transaction starts, or
// starts again.
func (s *session) begin() { s.fresh = newMemory() }

// keep makes what was learnt since begin last: its transaction is through.
func (s *session) keep() {
	maps.Copy(s.kept.codes, s.fresh.codes)
	maps.Copy(s.kept.matched, s.fresh.matched)
	maps.Copy(s.kept.told, s.fresh.told)
	s.begin()
}

// taken says whether a product of the file stands for this one of the shop.
func (s *session) taken(product id.ID) bool {
	return s.kept.matched[product] || s.fresh.matched[product]
}

// owner gives the key of the product of this file that has a code.
func (s *session) owner(code string) (uint64, bool) {
	if o, ok := s.fresh.codes[sum(code)]; ok {
		return o, true
	}
	o, ok := s.kept.codes[sum(code)]
	return o, ok
}

func sum(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}

// known is what the shop has of a batch.
type known struct {
	refs     map[string]id.ID
	products map[id.ID]catalog.Product
	stocks   map[id.ID]inventory.Stock
}

// look reads, in a few statements, what the shop has of a batch.
func (s *session) look(tx *db.Tx, batch []item) (known, error) {
	k := known{products: map[id.ID]catalog.Product{}, stocks: map[id.ID]inventory.Stock{}}
	var refs []string
	for _, it := range batch {
		refs = append(refs, it.Ref)
	}
	var err error
	if s.tree, err = catalog.Categories(tx); err != nil {
		return k, err
	}
	if k.refs, err = catalog.ByRefs(tx, s.shop, refs); err != nil {
		return k, err
	}
	var ids []id.ID
	for _, ref := range refs {
		if p, ok := k.refs[ref]; ok {
			ids = append(ids, p)
		} else if own := readOwnRef(ref); own != 0 {
			ids = append(ids, own)
		}
	}
	return k, k.load(tx, s.shop, ids)
}

func readOwnRef(ref string) id.ID {
	text, ok := strings.CutPrefix(ref, ownRef)
	own, err := id.Parse(text)
	if !ok || err != nil {
		return 0
	}
	return own
}

func (k *known) load(tx *db.Tx, shop id.ID, ids []id.ID) error {
	list, err := catalog.LoadMany(tx, shop, ids)
	if err != nil {
		return err
	}
	var skus []id.ID
	for _, p := range list {
		k.products[p.ID] = p
		for _, s := range p.All() {
			skus = append(skus, s.ID)
		}
	}
	stocks, err := inventory.List(tx, shop, skus)
	for sku, stock := range stocks {
		k.stocks[sku] = stock
	}
	return err
}

// find gives the product of the shop an item is for, nil for a new one.
func (s *session) find(tx *db.Tx, it *item, k *known) (*catalog.Product, error) {
	if p, ok := k.products[k.refs[it.Ref]]; ok {
		return &p, nil
	}
	if p, ok := k.products[readOwnRef(it.Ref)]; ok && p.SourceRef == "" {
		return &p, nil
	}
	var codes []string
	for _, sku := range it.SKUs {
		if sku.Code != "" {
			codes = append(codes, sku.Code)
		}
	}
	holders, err := catalog.ByCodes(tx, s.shop, codes)
	if err != nil || len(holders) == 0 {
		return nil, err
	}
	var one id.ID
	for _, h := range holders {
		if one != 0 && one != h.ProductID {
			return nil, nil // the codes are spread over several products: none of them is this one
		}
		one = h.ProductID
	}
	if s.taken(one) {
		return nil, nil // another product of the file is it
	}
	if _, ok := k.products[one]; !ok {
		if err := k.load(tx, s.shop, []id.ID{one}); err != nil {
			return nil, err
		}
	}
	if p := k.products[one]; p.SourceRef == "" {
		return &p, nil
	}
	return nil, nil
}

// errTwice refuses a second product of the file for one of the shop.
var errTwice = errs.New(errs.Invalid, "product_twice", "文件中已有一行对应同一个商品（货号相同），请合并或修改", "Another product of this file stands for the same product of the shop (same codes); merge them or change one")

// input says what the item wants the product to be. It notes warnings in the item.
func (s *session) input(tx *db.Tx, it *item, old *catalog.Product) (in catalog.Input, err error) {
	if old != nil {
		if s.taken(old.ID) {
			return in, errTwice
		}
		s.fresh.matched[old.ID] = true
		in.CategoryID, in.TitleEN = old.CategoryID, old.TitleEN
	}
	in.Title = plain(it.Title)
	in.Subtitle = it.fit("subtitle", plain(it.Subtitle), 120)
	in.Brand = it.fit("brand", plain(it.Brand), 60)
	in.Description = it.Description
	s.category(it, &in)
	for _, tag := range first(it, "tags", it.Tags, 50) {
		in.Tags = append(in.Tags, it.fit("tags", plain(tag), 60))
	}
	for _, a := range first(it, "attributes", it.Attributes, 50) {
		x := catalog.Attribute{Name: it.fit("attributes", plain(a.Name), 500)}
		for _, v := range first(it, "attributes", a.Values, 100) {
			x.Values = append(x.Values, it.fit("attributes", plain(v), 500))
		}
		in.Attributes = append(in.Attributes, x)
	}
	for _, o := range it.Options {
		in.Options = append(in.Options, catalog.Axis{Name: plain(o.Name), Values: plainAll(o.Values)})
	}
	if err := s.skus(tx, it, old, &in); err != nil {
		return in, err
	}
	return in, s.pictures(tx, it, old, &in)
}

// maxCode is the most characters of a merchant's code.
const maxCode = 64

func (s *session) skus(tx *db.Tx, it *item, old *catalog.Product, in *catalog.Input) error {
	var codes []string
	for _, sku := range it.SKUs {
		codes = append(codes, plain(sku.Code))
	}
	holders, err := catalog.ByCodes(tx, s.shop, codes)
	if err != nil {
		return err
	}
	mine := sum(it.Ref)
	used := map[string]bool{}
	for i, sku := range it.SKUs {
		code := codes[i]
		holder, held := holders[code]
		owner, claimed := s.owner(code)
		switch {
		case code == "":
		case used[code]:
			code = "" // the reader has told it
		case utf8.RuneCountInString(code) > maxCode:
			it.warn(sku.Row, "code_too_long", "sku_code", code, fmt.Sprintf("商家编码超过 %d 个字，未导入这个编码", maxCode), fmt.Sprintf("The code is longer than %d characters; it was left out", maxCode))
			code = ""
		case held && (old == nil || holder.ProductID != old.ID), claimed && owner != mine:
			it.warn(sku.Row, "code_taken", "sku_code", code, "商家编码已属于另一个商品，未导入这个编码", "The code belongs to another product; it was left out")
			code = ""
		default:
			used[code], s.fresh.codes[sum(code)] = true, mine
		}
		in.SKUs = append(in.SKUs, catalog.SKUInput{Code: code, GTIN: sku.GTIN, Options: plainAll(sku.Options), Price: moneyOf(sku.Price),
			ComparePrice: moneyOf(sku.ComparePrice), Cost: moneyOf(sku.Cost), WeightG: sku.WeightGrams, Stock: sku.Stock})
	}
	return nil
}

// category finds the first of the file's categories that the market has.
func (s *session) category(it *item, in *catalog.Input) {
	for _, path := range it.Categories {
		if c, ok := s.tree.Find(path); ok {
			in.CategoryID = c
			return
		}
	}
	name := it.CategoryCode
	if len(it.Categories) > 0 {
		name = strings.Join(it.Categories[0], " > ")
	}
	if name == "" || s.kept.told[name] || s.fresh.told[name] {
		return
	}
	if len(s.kept.told) < 1000 {
		s.fresh.told[name] = true
	}
	it.warn(it.Row, "category_unknown", "categories", name,
		"市场里没有类目“"+cut(name, 60)+"”，商品暂不归类（同类目的其他商品不再提示）", "The market has no category “"+cut(name, 60)+"”; its products stay uncategorised (told once)")
}

// fit cuts a text to its most characters and tells so.
func (it *item) fit(field, text string, most int) string {
	if short := cut(text, most); short != text {
		it.warn(it.Row, "cut", field, text, fmt.Sprintf("超过 %d 个字，已截短", most), fmt.Sprintf("Longer than %d characters; it was cut", most))
		return strings.TrimSpace(string([]rune(text)[:most]))
	}
	return text
}

// first keeps the first most of a list and tells so.
func first[T any](it *item, field string, list []T, most int) []T {
	if len(list) <= most {
		return list
	}
	it.warn(it.Row, "too_many", field, "", fmt.Sprintf("超过 %d 项，其余未导入", most), fmt.Sprintf("More than %d; the rest was left out", most))
	return list[:most]
}

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// plain is a text on one line without control characters.
func plain(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

func plainAll(list []string) []string {
	out := slices.Clone(list)
	for i, s := range out {
		out[i] = plain(s)
	}
	return out
}

// isRefusal says whether an error is about the product and not about the machine.
func isRefusal(err error) bool {
	var e *errs.Error
	return errors.As(err, &e) && e.Kind != errs.Internal && e.Kind != errs.Unavailable
}
