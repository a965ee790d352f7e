// Package discovery is what buyers browse and search across all shops: a copy
// of what is listed, fed by events, with the terms each listing is found by. It
// owns the tables listings and listing_terms, which are of kind local: what writes
// or reads them runs on db.Control.
package discovery

import (
	"cmp"
	"slices"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Listing is one product on sale.
type Listing struct {
	ProductID     id.ID     `json:"product_id"`
	ShopID        id.ID     `json:"shop_id"`
	ShopName      string    `json:"shop_name"`
	CategoryID    id.ID     `json:"category_id"`
	TopCategoryID id.ID     `json:"top_category_id"`
	Title         string    `json:"title"`
	TitleEN       string    `json:"title_en"`
	Subtitle      string    `json:"subtitle"`
	Picture       string    `json:"picture"`
	PriceMin      money.Fen `json:"price_min" doc:"fen"`
	PriceMax      money.Fen `json:"price_max" doc:"fen"`
	ComparePrice  money.Fen `json:"compare_price" doc:"struck-out price of the cheapest SKU, fen; 0 for none"`
	Sold          int64     `json:"sold"`
	Available     bool      `json:"available" doc:"at least one SKU is in stock"`
	ListedAt      time.Time `json:"listed_at"`
	Version       int64     `json:"-"`
}

const columns = `product_id, shop_id, shop_name, category_id, top_category_id, title, title_en, subtitle, picture,
	price_min, price_max, compare_price, sold, available, listed_at, version`

func scan(r db.Row, more ...any) (l Listing, err error) {
	err = r.Scan(append([]any{&l.ProductID, &l.ShopID, &l.ShopName, &l.CategoryID, &l.TopCategoryID, &l.Title, &l.TitleEN, &l.Subtitle, &l.Picture,
		&l.PriceMin, &l.PriceMax, &l.ComparePrice, &l.Sold, &l.Available, &l.ListedAt, &l.Version}, more...)...)
	return l, err
}

// Hold locks the listing of a product, if there is one, until the end of the
// transaction: call it before reading the product, so that what is indexed last
// is what was read last.
func Hold(tx *db.Tx, product id.ID) error {
	if tx.ForUpdate() == "" {
		return nil
	}
	return tx.Each(func(db.Row) error { return nil }, `SELECT version FROM listings WHERE product_id = $1`+tx.ForUpdate(), product)
}

// Index puts a product on the market or renews it. An older version than the
// stored one is passed over (false), so events may come twice and in any order.
func Index(tx *db.Tx, l Listing, terms Terms) (bool, error) {
	n, err := tx.Exec(`INSERT INTO listings (`+columns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)
		ON CONFLICT (product_id) DO UPDATE SET shop_name = excluded.shop_name, category_id = excluded.category_id,
		top_category_id = excluded.top_category_id, title = excluded.title, title_en = excluded.title_en, subtitle = excluded.subtitle,
		picture = excluded.picture, price_min = excluded.price_min, price_max = excluded.price_max, compare_price = excluded.compare_price,
		sold = excluded.sold, available = excluded.available, listed_at = excluded.listed_at, version = excluded.version
		WHERE listings.version <= excluded.version`,
		l.ProductID, l.ShopID, l.ShopName, l.CategoryID, l.TopCategoryID, l.Title, l.TitleEN, l.Subtitle, l.Picture,
		l.PriceMin, l.PriceMax, l.ComparePrice, l.Sold, l.Available, l.ListedAt, l.Version)
	if err != nil || n == 0 {
		return false, err
	}
	return true, writeTerms(tx, l.ProductID, terms)
}

// writeTerms makes the stored terms of a product these, touching only what differs.
func writeTerms(tx *db.Tx, product id.ID, terms Terms) error {
	var gone []string
	have := map[string]bool{}
	err := tx.Each(func(r db.Row) error {
		var term string
		var weight int64
		err := r.Scan(&term, &weight)
		if terms[term] == weight {
			have[term] = true
		} else if terms[term] == 0 {
			gone = append(gone, term)
		}
		return err
	}, `SELECT term, weight FROM listing_terms WHERE product_id = $1`, product)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(gone, 256) {
		in, args := db.List(2, part)
		if _, err := tx.Exec(`DELETE FROM listing_terms WHERE product_id = $1 AND term IN (`+in+`)`, append([]any{product}, args...)...); err != nil {
			return err
		}
	}
	type row struct {
		term   string
		weight int64
	}
	var fresh []row
	for term, weight := range terms {
		if !have[term] {
			fresh = append(fresh, row{term, weight})
		}
	}
	slices.SortFunc(fresh, func(a, b row) int { return cmp.Compare(a.term, b.term) }) // a fixed order of locks
	for part := range slices.Chunk(fresh, 64) {
		args := make([]any, 0, 3*len(part))
		for _, f := range part {
			args = append(args, f.term, product, f.weight)
		}
		if _, err := tx.Exec(`INSERT INTO listing_terms (term, product_id, weight) VALUES `+db.Values(1, len(part), 3)+
			` ON CONFLICT (term, product_id) DO UPDATE SET weight = excluded.weight`, args...); err != nil {
			return err
		}
	}
	return nil
}

// Unindex takes a product off the market.
func Unindex(tx *db.Tx, product id.ID) error {
	if _, err := tx.Exec(`DELETE FROM listing_terms WHERE product_id = $1`, product); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM listings WHERE product_id = $1`, product)
	return err
}

// OfShop gives the ids of a shop's listings above after, rising.
func OfShop(tx *db.Tx, shop, after id.ID, limit int) ([]id.ID, error) {
	return db.All(tx, func(r db.Row) (i id.ID, err error) {
		err = r.Scan(&i)
		return i, err
	}, `SELECT product_id FROM listings WHERE shop_id = $1 AND product_id > $2 ORDER BY product_id LIMIT $3`, shop, after, limit)
}

// Moved writes how many pieces of a listed product were sold and whether any are
// left.
func Moved(tx *db.Tx, product id.ID, sold int64, available bool) error {
	_, err := tx.Exec(`UPDATE listings SET sold = $2, available = $3 WHERE product_id = $1`, product, sold, available)
	return err
}
