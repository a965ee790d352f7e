package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/gtin"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Holder is the SKU that has a merchant code, and its product.
type Holder struct{ SKUID, ProductID id.ID }

// ByCodes finds the active SKUs of merchant codes.
func ByCodes(tx *db.Tx, shop id.ID, codes []string) (map[string]Holder, error) {
	found := make(map[string]Holder, len(codes))
	for len(codes) > 0 {
		n := min(len(codes), 500)
		in, args := db.List(2, codes[:n])
		codes = codes[n:]
		err := tx.Each(func(r db.Row) error {
			var code string
			var h Holder
			err := r.Scan(&code, &h.SKUID, &h.ProductID)
			found[code] = h
			return err
		}, `SELECT code, id, product_id FROM skus WHERE shop_id = $1 AND code IN (`+in+`) AND code <> '' AND state <> 'removed'`, append([]any{shop}, args...)...)
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// ByRefs finds products by their keys in files.
func ByRefs(tx *db.Tx, shop id.ID, refs []string) (map[string]id.ID, error) {
	found := make(map[string]id.ID, len(refs))
	for len(refs) > 0 {
		n := min(len(refs), 500)
		in, args := db.List(2, refs[:n])
		refs = refs[n:]
		err := tx.Each(func(r db.Row) error {
			var ref string
			var product id.ID
			err := r.Scan(&ref, &product)
			found[ref] = product
			return err
		}, `SELECT source_ref, id FROM products WHERE shop_id = $1 AND source_ref IN (`+in+`) AND source_ref <> ''`, append([]any{shop}, args...)...)
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Sellable is what cart and checkout need to know about a SKU.
type Sellable struct {
	SKUID        id.ID
	ProductID    id.ID
	CategoryID   id.ID
	Title        string
	Options      []string
	Picture      string // its own or the product's main one, "" for none
	Price        money.Fen
	WeightG      int64
	ProductState State
	SKUState     SKUState
}

// OnSale says whether the SKU can be bought (stock aside).
func (s Sellable) OnSale() bool { return s.ProductState == Listed && s.SKUState == Active }

// Sellables finds SKUs of a shop by id, in one statement; unknown ids are
// missing in the result. At most 500 ids.
func Sellables(tx *db.Tx, shop id.ID, skus []id.ID) (map[id.ID]Sellable, error) {
	if len(skus) > 500 {
		return nil, fmt.Errorf("catalog: %d SKUs asked for at once, at most 500", len(skus))
	}
	in, args := db.List(2, skus)
	found := make(map[id.ID]Sellable, len(skus))
	err := tx.Each(func(r db.Row) error {
		var s Sellable
		var options, media, picture string
		if err := r.Scan(&s.SKUID, &s.ProductID, &s.CategoryID, &s.Title, &options, &picture, &media, &s.Price, &s.WeightG, &s.ProductState, &s.SKUState); err != nil {
			return err
		}
		if s.Picture = picture; picture == "" {
			s.Picture = firstURL(media)
		}
		err := read(options, &s.Options)
		found[s.SKUID] = s
		return err
	}, `SELECT s.id, s.product_id, p.category_id, p.title, s.options, s.picture, p.media, s.price, s.weight_g, p.state, s.state
		FROM skus s JOIN products p ON p.shop_id = s.shop_id AND p.id = s.product_id
		WHERE s.shop_id = $1 AND s.id IN (`+in+`)`, append([]any{shop}, args...)...)
	return found, err
}

// firstURL reads the first shown picture out of a media column without decoding
// all of it: paths hold nothing JSON would escape.
func firstURL(media string) string {
	for {
		_, rest, ok := strings.Cut(media, `"url":"`)
		if !ok {
			return ""
		}
		path, after, _ := strings.Cut(rest, `"`)
		if path != "" {
			return path
		}
		media = after
	}
}

// Stocked is a SKU with the pieces a buyer could take now.
type Stocked struct {
	SKU
	OnHand    int64 `json:"on_hand" doc:"pieces in the shop"`
	Available int64 `json:"available" doc:"pieces that are not reserved"`
}

// Shown is a product as its page needs it.
type Shown struct {
	Product
	Stocked []Stocked
}

// Available sums what can be bought over all SKUs.
func (s *Shown) Available() int64 {
	n := int64(0)
	for _, k := range s.Stocked {
		n += k.Available
	}
	return n
}

// SKUIDs names the SKUs.
func (s *Shown) SKUIDs() []id.ID {
	out := make([]id.ID, len(s.Stocked))
	for i, k := range s.Stocked {
		out[i] = k.ID
	}
	return out
}

// Show gives a product and its SKUs with their stock, in two statements. It is
// the one place that reads the stocks table beside the inventory room: a page
// is read a thousand times as often as anything else.
func Show(tx *db.Tx, shop, product id.ID) (Shown, error) {
	p, err := scanProduct(tx.QueryRow(`SELECT `+productColumns+` FROM products WHERE shop_id = $1 AND id = $2`, shop, product))
	if errors.Is(err, db.ErrNoRow) {
		return Shown{}, ErrNotFound
	} else if err != nil {
		return Shown{}, err
	}
	out := Shown{Product: p}
	err = tx.Each(func(r db.Row) error {
		var s Stocked
		var long, options string
		if err := r.Scan(&s.ID, &s.Code, &long, &options, &s.Price, &s.ComparePrice, &s.Cost, &s.WeightG, &s.Picture, &s.Source, &s.State, &s.OnHand, &s.Available); err != nil {
			return err
		}
		s.GTIN = shortGTIN(long)
		err := read(options, &s.Options)
		out.Stocked = append(out.Stocked, s)
		out.SKUs = append(out.SKUs, s.SKU)
		return err
	}, `SELECT s.id, s.code, s.gtin, s.options, s.price, s.compare_price, s.cost, s.weight_g, s.picture, s.picture_source, s.state,
		COALESCE(k.on_hand, 0), COALESCE(k.on_hand - k.reserved, 0)
		FROM skus s LEFT JOIN stocks k ON k.shop_id = s.shop_id AND k.sku_id = s.id
		WHERE s.shop_id = $1 AND s.product_id = $2 AND s.state <> 'removed' ORDER BY s.position, s.id`, shop, product)
	return out, err
}

// Filter chooses products of a shop for the console, newest first.
type Filter struct {
	State    State  // "" for all
	Category id.ID  // 0 for all
	Query    string // part of the title, a whole merchant code, or a trade number
	After    id.ID  // last id of the page before, 0 for the first page
	Limit    int    // 1 to 100
}

// Summary is a product in a list.
type Summary struct {
	ID         id.ID     `json:"id"`
	CategoryID id.ID     `json:"category_id"`
	Title      string    `json:"title"`
	Picture    string    `json:"picture"`
	State      State     `json:"state"`
	PriceMin   money.Fen `json:"price_min"`
	PriceMax   money.Fen `json:"price_max"`
	SKUs       int64     `json:"sku_count"`
	Available  int64     `json:"available" doc:"pieces over all SKUs that are not reserved"`
	Sold       int64     `json:"sold"`
	Version    int64     `json:"version"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// List gives a page of a shop's products, newest first.
func List(tx *db.Tx, shop id.ID, f Filter) ([]Summary, error) {
	where, args := f.where(shop)
	list, err := db.All(tx, func(r db.Row) (Summary, error) {
		var s Summary
		var media string
		err := r.Scan(&s.ID, &s.CategoryID, &s.Title, &media, &s.State, &s.PriceMin, &s.PriceMax, &s.Sold, &s.Version, &s.UpdatedAt)
		s.Picture = firstURL(media)
		return s, err
	}, `SELECT id, category_id, title, media, state, price_min, price_max, sold, version, updated_at FROM products WHERE `+where+
		` ORDER BY id DESC LIMIT `+fmt.Sprintf("$%d", len(args)+1), append(args, min(max(f.Limit, 1), 100))...)
	if err != nil || len(list) == 0 {
		return list, err
	}
	return list, count(tx, shop, list)
}

func (f Filter) where(shop id.ID) (string, []any) {
	where, args := `shop_id = $1`, []any{shop}
	add := func(text string, v any) {
		args = append(args, v)
		where += strings.ReplaceAll(text, "$?", fmt.Sprintf("$%d", len(args)))
	}
	if f.State != "" {
		add(` AND state = $?`, f.State)
	}
	if f.Category != 0 {
		add(` AND category_id = $?`, f.Category)
	}
	if f.After != 0 {
		add(` AND id < $?`, f.After)
	}
	if q := line(f.Query); q != "" {
		add(` AND (LOWER(title) LIKE $? ESCAPE '!'`, "%"+escapeLike(strings.ToLower(q))+"%")
		add(` OR id IN (SELECT product_id FROM skus WHERE shop_id = $1 AND code = $? AND code <> '' AND state <> 'removed')`, q)
		if long, ok := gtin.Normalize(q); ok {
			add(` OR id IN (SELECT product_id FROM skus WHERE shop_id = $1 AND gtin = $? AND gtin <> '' AND state <> 'removed')`, long)
		}
		where += `)`
	}
	return where, args
}

func escapeLike(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}

// count fills in the number of SKUs and pieces of listed products.
func count(tx *db.Tx, shop id.ID, list []Summary) error {
	at, ids := make(map[id.ID]*Summary, len(list)), make([]id.ID, len(list))
	for i := range list {
		at[list[i].ID], ids[i] = &list[i], list[i].ID
	}
	in, args := db.List(2, ids)
	return tx.Each(func(r db.Row) error {
		var product id.ID
		var skus, available int64
		err := r.Scan(&product, &skus, &available)
		if s := at[product]; s != nil {
			s.SKUs, s.Available = skus, available
		}
		return err
	}, `SELECT s.product_id, COUNT(*), CAST(COALESCE(SUM(k.on_hand - k.reserved), 0) AS BIGINT)
		FROM skus s LEFT JOIN stocks k ON k.shop_id = s.shop_id AND k.sku_id = s.id
		WHERE s.shop_id = $1 AND s.product_id IN (`+in+`) AND s.state <> 'removed' GROUP BY s.product_id`, append([]any{shop}, args...)...)
}

// Page gives the ids of a shop's products above after, rising, for walking over all of them.
func Page(tx *db.Tx, shop, after id.ID, limit int) ([]id.ID, error) {
	return ids(tx, `SELECT id FROM products WHERE shop_id = $1 AND id > $2 ORDER BY id LIMIT $3`, shop, after, limit)
}

// Unfetched gives the ids of a shop's products above after that have pictures without a file, rising.
func Unfetched(tx *db.Tx, shop, after id.ID, limit int) ([]id.ID, error) {
	return ids(tx, `SELECT id FROM products WHERE shop_id = $1 AND id > $2 AND media LIKE '%"url":"",%' ORDER BY id LIMIT $3`, shop, after, limit)
}

// OfSKUs gives the products the SKUs belong to.
func OfSKUs(tx *db.Tx, shop id.ID, skus []id.ID) ([]id.ID, error) {
	in, args := db.List(2, skus)
	// Not DISTINCT and not ordered: for either SQLite would walk all SKUs of the shop in the order of skus_product.
	list, err := ids(tx, `SELECT product_id FROM skus WHERE shop_id = $1 AND id IN (`+in+`)`, append([]any{shop}, args...)...)
	slices.Sort(list)
	return slices.Compact(list), err
}

func ids(tx *db.Tx, sql string, args ...any) ([]id.ID, error) {
	return db.All(tx, func(r db.Row) (i id.ID, err error) {
		err = r.Scan(&i)
		return i, err
	}, sql, args...)
}

// Standing gives the pieces of a product that were sold and that can be bought;
// both are 0 when there is no such product.
func Standing(tx *db.Tx, shop, product id.ID) (sold, left int64, err error) {
	err = tx.QueryRow(`SELECT p.sold, (SELECT CAST(COALESCE(SUM(k.on_hand - k.reserved), 0) AS BIGINT)
		FROM skus s JOIN stocks k ON k.shop_id = s.shop_id AND k.sku_id = s.id WHERE s.shop_id = $1 AND s.product_id = $2 AND s.state <> 'removed')
		FROM products p WHERE p.shop_id = $1 AND p.id = $2`, shop, product).Scan(&sold, &left)
	if errors.Is(err, db.ErrNoRow) {
		err = nil
	}
	return sold, left, err
}

// Found is a SKU on sale as a till shows it.
type Found struct {
	SKUID     id.ID     `json:"sku_id"`
	Title     string    `json:"title"`
	Options   []string  `json:"options"`
	Picture   string    `json:"picture"`
	Code      string    `json:"code"`
	GTIN      string    `json:"gtin"`
	Price     money.Fen `json:"price"`
	Available int64     `json:"available" doc:"pieces that are not reserved"`
	Exact     bool      `json:"exact" doc:"the text is its barcode or merchant code"`
}

// Find looks for SKUs on sale: those with the barcode or merchant code first, and
// where there is none by a part of the title.
func Find(tx *db.Tx, shop id.ID, text string, limit int) ([]Found, error) {
	q := line(text)
	if q == "" {
		return nil, nil
	}
	long, ok := gtin.Normalize(q)
	if !ok {
		long = "-" // no barcode has it
	}
	out, err := find(tx, true, ` AND s.code = $2 AND s.code <> '' OR s.shop_id = $1 AND s.gtin = $4 AND s.gtin <> ''`, shop, q, limit, long)
	if err != nil || len(out) > 0 {
		return out, err
	}
	return find(tx, false, ` AND LOWER(p.title) LIKE $2 ESCAPE '!'`, shop, "%"+escapeLike(strings.ToLower(q))+"%", limit)
}

func find(tx *db.Tx, exact bool, where string, args ...any) ([]Found, error) {
	return db.All(tx, func(r db.Row) (Found, error) {
		f := Found{Exact: exact}
		var options, media, long string
		if err := r.Scan(&f.SKUID, &f.Title, &options, &f.Picture, &media, &f.Code, &long, &f.Price, &f.Available); err != nil {
			return f, err
		}
		if f.GTIN = shortGTIN(long); f.Picture == "" {
			f.Picture = firstURL(media)
		}
		return f, read(options, &f.Options)
	}, `SELECT s.id, p.title, s.options, s.picture, p.media, s.code, s.gtin, s.price, COALESCE(k.on_hand - k.reserved, 0)
		FROM skus s JOIN products p ON p.shop_id = s.shop_id AND p.id = s.product_id
		LEFT JOIN stocks k ON k.shop_id = s.shop_id AND k.sku_id = s.id
		WHERE s.shop_id = $1 AND s.state = 'active' AND p.state = 'listed' AND (s.shop_id = $1`+where+`) ORDER BY p.id DESC, s.position LIMIT $3`, args...)
}
