package checkout

import (
	"encoding/json"
	"slices"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// goods is what a checkout must know of a SKU of a shop, its product and its
// shop. The tables are owned by catalog and shop; this is the one place where
// checkout reads them.
type goods struct {
	SKU, Product                     id.ID
	Price                            money.Fen
	Options, Picture, Title, TitleEn string
	Listed                           bool
	Shop                             shopRule
}

type shopRule struct {
	ID            id.ID
	Name          string
	Open          bool
	Fee, FreeOver money.Fen
}

// goodsKey names a SKU of a shop.
type goodsKey struct{ shop, sku id.ID }

// keptGoods is how many SKUs are remembered.
const keptGoods = 50_000

func newKeptGoods() *db.Kept[goodsKey, goods] {
	return &db.Kept[goodsKey, goods]{Tables: []string{"skus", "products", "shops"}, Max: keptGoods, Load: readGoods}
}

const goodsQuery = `SELECT s.id, s.product_id, s.price, s.options, s.picture, p.title, p.title_en, CASE WHEN s.picture = '' THEN p.media ELSE '' END,
	s.state = 'active' AND p.state = 'listed', h.name, h.state = 'open', h.shipping_fee, h.free_over
	FROM skus s JOIN products p ON p.shop_id = s.shop_id AND p.id = s.product_id
	JOIN shops h ON h.id = s.shop_id
	WHERE s.shop_id = $1 AND s.id IN (`

// readGoods reads SKUs of one shop.
func readGoods(tx *db.Tx, keys []goodsKey) (map[goodsKey]goods, error) {
	out := make(map[goodsKey]goods, len(keys))
	for part := range slices.Chunk(keys, 128) {
		skus := make([]id.ID, len(part))
		for i, k := range part {
			skus[i] = k.sku
		}
		list, args := db.List(2, skus)
		err := tx.Each(func(r db.Row) error {
			g := goods{Shop: shopRule{ID: keys[0].shop}}
			var media string
			if err := r.Scan(&g.SKU, &g.Product, &g.Price, &g.Options, &g.Picture, &g.Title, &g.TitleEn, &media, &g.Listed,
				&g.Shop.Name, &g.Shop.Open, &g.Shop.Fee, &g.Shop.FreeOver); err != nil {
				return err
			}
			if g.Picture == "" {
				g.Picture = firstPicture(media)
			}
			out[goodsKey{keys[0].shop, g.SKU}] = g
			return nil
		}, goodsQuery+list+`)`, append([]any{keys[0].shop}, args...)...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// firstPicture is the address of the first picture of products.media that is
// here; imported ones have no address until they are fetched.
func firstPicture(media string) string {
	if media == "" || media == "[]" {
		return ""
	}
	var list []struct {
		URL string `json:"url"`
	}
	if json.Unmarshal([]byte(media), &list) != nil {
		return ""
	}
	for _, m := range list {
		if m.URL != "" {
			return m.URL
		}
	}
	return ""
}
