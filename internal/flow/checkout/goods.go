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

// readGoods reads SKUs of one or several shops.
func readGoods(tx *db.Tx, keys []goodsKey) (map[goodsKey]goods, error) {
	out := make(map[goodsKey]goods, len(keys))
	byShop := map[id.ID][]id.ID{}
	for _, k := range keys {
		byShop[k.shop] = append(byShop[k.shop], k.sku)
	}
	var questions []db.Query
	for shop, skus := range byShop {
		for part := range slices.Chunk(skus, 128) {
			list, args := db.List(2, part)
			questions = append(questions, db.Query{SQL: goodsQuery + list + `)`, Args: append([]any{shop}, args...), Row: func(r db.Row) error {
				g, err := scanGoods(r, shop)
				out[goodsKey{shop, g.SKU}] = g
				return err
			}})
		}
	}
	return out, tx.EachOf(questions)
}

func scanGoods(r db.Row, shop id.ID) (goods, error) {
	g := goods{Shop: shopRule{ID: shop}}
	var media string
	err := r.Scan(&g.SKU, &g.Product, &g.Price, &g.Options, &g.Picture, &g.Title, &g.TitleEn, &media, &g.Listed,
		&g.Shop.Name, &g.Shop.Open, &g.Shop.Fee, &g.Shop.FreeOver)
	if g.Picture == "" {
		g.Picture = firstPicture(media)
	}
	return g, err
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
