package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/gtin"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

const productColumns = `shop_id, id, category_id, title, title_en, subtitle, brand, description, options, media, tags, attributes,
	state, price_min, price_max, sold, source_ref, version, created_at, updated_at, listed_at`

func scanProduct(r db.Row) (Product, error) {
	var p Product
	var options, media, tags, attributes string
	err := r.Scan(&p.ShopID, &p.ID, &p.CategoryID, &p.Title, &p.TitleEN, &p.Subtitle, &p.Brand, &p.Description, &options, &media, &tags, &attributes,
		&p.State, &p.PriceMin, &p.PriceMax, &p.Sold, &p.SourceRef, &p.Version, &p.CreatedAt, &p.UpdatedAt, &p.ListedAt)
	if err != nil {
		return p, err
	}
	if tags != "" {
		p.Tags = strings.Split(tags, ",")
	}
	return p, errors.Join(read(options, &p.Options), read(media, &p.Media), read(attributes, &p.Attributes))
}

// read decodes a JSON column; an empty list is a nil slice.
func read[T any](text string, into *[]T) error {
	if text == "[]" || text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("catalog: stored JSON is broken: %w", err)
	}
	return nil
}

// write encodes a JSON column.
func write[T any](list []T) string {
	if len(list) == 0 {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil {
		panic(err) // strings and slices of strings always encode
	}
	return string(b)
}

const skuColumns = `id, product_id, code, gtin, options, price, compare_price, cost, weight_g, picture, picture_source, state`

func scanSKU(r db.Row, product *id.ID) (SKU, error) {
	var s SKU
	var long, options string
	if err := r.Scan(&s.ID, product, &s.Code, &long, &options, &s.Price, &s.ComparePrice, &s.Cost, &s.WeightG, &s.Picture, &s.Source, &s.State); err != nil {
		return s, err
	}
	s.GTIN = shortGTIN(long)
	return s, read(options, &s.Options)
}

// longGTIN is the 14-digit form in which trade numbers are stored and compared.
func longGTIN(short string) string {
	long, _ := gtin.Normalize(short)
	return long
}

// Load gives a product with its SKUs, or ErrNotFound.
func Load(tx *db.Tx, shop, product id.ID) (Product, error) {
	return one(LoadMany(tx, shop, []id.ID{product}))
}

// Lock is Load that keeps others from changing the product until the end of the transaction.
func Lock(tx *db.Tx, shop, product id.ID) (Product, error) {
	var is id.ID
	if lock := tx.ForUpdate(); lock != "" {
		err := tx.QueryRow(`SELECT id FROM products WHERE shop_id = $1 AND id = $2`+lock, shop, product).Scan(&is)
		if errors.Is(err, db.ErrNoRow) {
			return Product{}, ErrNotFound
		} else if err != nil {
			return Product{}, err
		}
	}
	return Load(tx, shop, product)
}

func one(list []Product, err error) (Product, error) {
	if err != nil {
		return Product{}, err
	}
	if len(list) == 0 {
		return Product{}, ErrNotFound
	}
	return list[0], nil
}

// LoadMany gives the products of the shop that are among ids, in the order of
// their ids, with their SKUs. At most 500 ids.
func LoadMany(tx *db.Tx, shop id.ID, ids []id.ID) ([]Product, error) {
	if len(ids) > 500 {
		return nil, fmt.Errorf("catalog: %d products asked for at once, at most 500", len(ids))
	}
	in, args := db.List(2, ids)
	args = append([]any{shop}, args...)
	list, err := db.All(tx, scanProduct, `SELECT `+productColumns+` FROM products WHERE shop_id = $1 AND id IN (`+in+`) ORDER BY id`, args...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	at := make(map[id.ID]*Product, len(list))
	for i := range list {
		at[list[i].ID] = &list[i]
	}
	err = tx.Each(func(r db.Row) error {
		var product id.ID
		s, err := scanSKU(r, &product)
		if p := at[product]; err == nil && p != nil {
			if s.State == Removed {
				p.gone = append(p.gone, s)
			} else {
				p.SKUs = append(p.SKUs, s)
			}
		}
		return err
	}, `SELECT `+skuColumns+` FROM skus WHERE shop_id = $1 AND product_id IN (`+in+`) ORDER BY product_id, position, id`, args...)
	return list, err
}

// Insert writes a new product as Draft or Unlisted; SetState puts it on sale.
// ref is its key in the file it comes from, "" for none. The SKUs of the result
// stand in the order of the input.
func Insert(tx *db.Tx, ids *id.Source, shop id.ID, ref string, state State, in Input, l Limits, now time.Time) (Product, error) {
	if state != Draft && state != Unlisted {
		return Product{}, ErrMove.With("state", string(state))
	}
	in.Version = 0
	p, c, err := Plan(Product{}, in, l, ids.Next)
	if err != nil {
		return p, err
	}
	if len(ref) > maxRef {
		return p, ErrInvalid.At("source_ref")
	}
	p.ShopID, p.ID, p.State, p.SourceRef, p.Version, p.CreatedAt, p.UpdatedAt = shop, ids.Next(), state, ref, 1, now, now
	if err := free(tx, &p); err != nil {
		return p, err
	}
	_, err = tx.Exec(`INSERT INTO products (`+productColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21)`,
		p.ShopID, p.ID, p.CategoryID, p.Title, p.TitleEN, p.Subtitle, p.Brand, p.Description, write(p.Options), write(p.Media), strings.Join(p.Tags, ","),
		write(p.Attributes), p.State, p.PriceMin, p.PriceMax, p.Sold, p.SourceRef, p.Version, p.CreatedAt, p.UpdatedAt, p.ListedAt)
	if err != nil {
		return p, err
	}
	return p, writeSKUs(tx, &p, &Product{}, c, now)
}

// Save writes in over a loaded (better: locked) product and raises its version;
// when nothing changes nothing is written. ErrVersion tells that the product is
// not the one the input was made from.
func Save(tx *db.Tx, ids *id.Source, old Product, in Input, l Limits, now time.Time) (Product, Changes, error) {
	p, c, err := Plan(old, in, l, ids.Next)
	if err != nil || c.None() {
		return p, c, err
	}
	if err := free(tx, &p); err != nil {
		return p, c, err
	}
	p.UpdatedAt = now
	if p, err = update(tx, p); err != nil {
		return p, c, err
	}
	return p, c, writeSKUs(tx, &p, &old, c, now)
}

// update writes the row of a product whose version is still the stored one.
func update(tx *db.Tx, p Product) (Product, error) {
	err := tx.Must(`UPDATE products SET category_id = $4, title = $5, title_en = $6, subtitle = $7, brand = $8, description = $9,
		options = $10, media = $11, tags = $12, attributes = $13, state = $14, price_min = $15, price_max = $16, source_ref = $17,
		updated_at = $18, listed_at = $19, version = version + 1 WHERE shop_id = $1 AND id = $2 AND version = $3`,
		p.ShopID, p.ID, p.Version, p.CategoryID, p.Title, p.TitleEN, p.Subtitle, p.Brand, p.Description, write(p.Options), write(p.Media),
		strings.Join(p.Tags, ","), write(p.Attributes), p.State, p.PriceMin, p.PriceMax, p.SourceRef, p.UpdatedAt, p.ListedAt)
	if errors.Is(err, db.ErrNoRow) {
		return p, ErrVersion
	}
	p.Version++
	return p, err
}

// free refuses merchant codes that SKUs of other products hold.
func free(tx *db.Tx, p *Product) error {
	var codes []string
	for _, s := range p.SKUs {
		if s.Code != "" {
			codes = append(codes, s.Code)
		}
	}
	holders, err := ByCodes(tx, p.ShopID, codes)
	if err != nil {
		return err
	}
	for i, s := range p.SKUs {
		if h, there := holders[s.Code]; there && h.ProductID != p.ID {
			return ErrCodeTaken.At(fmt.Sprintf("skus[%d].code", i)).With("code", s.Code).With("product_id", h.ProductID)
		}
	}
	return nil
}

// writeSKUs writes what changed. Codes are given up before they are taken, so
// that two SKUs can swap theirs.
func writeSKUs(tx *db.Tx, p, old *Product, c Changes, now time.Time) error {
	for _, gone := range c.Removed {
		if err := tx.Must(`UPDATE skus SET state = $3, updated_at = $4 WHERE shop_id = $1 AND id = $2`, p.ShopID, gone, Removed, now); err != nil {
			return err
		}
	}
	for _, s := range old.SKUs {
		if s.Code != "" && slices.Contains(c.Edited, s.ID) {
			if err := tx.Must(`UPDATE skus SET code = '' WHERE shop_id = $1 AND id = $2`, p.ShopID, s.ID); err != nil {
				return err
			}
		}
	}
	at := map[id.ID]int{}
	for i, s := range old.SKUs {
		at[s.ID] = i + 1
	}
	for i, s := range p.SKUs {
		if slices.Contains(c.Added, s.ID) || slices.Contains(c.Edited, s.ID) || at[s.ID] != i+1 || len(c.Removed) > 0 {
			if err := writeSKU(tx, p, s, i, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeSKU(tx *db.Tx, p *Product, s SKU, position int, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO skus (shop_id, `+skuColumns+`, position, updated_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)
		ON CONFLICT (shop_id, id) DO UPDATE SET code = excluded.code, gtin = excluded.gtin, options = excluded.options, price = excluded.price,
		compare_price = excluded.compare_price, cost = excluded.cost, weight_g = excluded.weight_g, picture = excluded.picture, picture_source = excluded.picture_source,
		state = excluded.state, position = excluded.position, updated_at = excluded.updated_at`,
		p.ShopID, s.ID, p.ID, s.Code, longGTIN(s.GTIN), write(s.Options), s.Price, s.ComparePrice, s.Cost, s.WeightG, s.Picture, s.Source, s.State, position, now)
	if db.IsUnique(err) {
		return ErrCodeTaken.With("code", s.Code)
	}
	return err
}

// SetState lists or unlists a loaded product. Setting the state it has already
// changes nothing. ErrNotListable names what is missing.
func SetState(tx *db.Tx, p Product, to State, now time.Time) (Product, error) {
	if p.State == to {
		return p, nil
	}
	moved, err := p.move(to, now)
	if err != nil {
		return p, err
	}
	moved.UpdatedAt = now
	return update(tx, moved)
}

// Adopt notes the key a product has in files, so that the next import finds it.
func Adopt(tx *db.Tx, shop, product id.ID, ref string) error {
	return tx.Must(`UPDATE products SET source_ref = $3 WHERE shop_id = $1 AND id = $2`, shop, product, ref)
}

// AddSold counts pieces paid for; n is negative when they come back.
func AddSold(tx *db.Tx, shop, product id.ID, n int64) error {
	_, err := tx.Exec(`UPDATE products SET sold = CASE WHEN sold + $3 < 0 THEN 0 ELSE sold + $3 END WHERE shop_id = $1 AND id = $2`, shop, product, n)
	return err
}
