package checkout

import (
	"encoding/json"
	"slices"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// goods is what a checkout must know of a SKU of a shop, its product, its stock
// and its shop. The tables are owned by catalog, inventory and shop; this is the
// one place where checkout reads them, in one statement per shop.
type goods struct {
	SKU, Product                     id.ID
	Price                            money.Fen
	Options, Picture, Title, TitleEn string
	Listed                           bool
	Available                        int64
	Shop                             shopRule
}

type shopRule struct {
	ID            id.ID
	Name          string
	Open          bool
	Fee, FreeOver money.Fen
}

const goodsQuery = `SELECT s.id, s.product_id, s.price, s.options, s.picture, p.title, p.title_en, CASE WHEN s.picture = '' THEN p.media ELSE '' END,
	s.state = 'active' AND p.state = 'listed', COALESCE(t.on_hand - t.reserved, 0), h.name, h.state = 'open', h.shipping_fee, h.free_over
	FROM skus s JOIN products p ON p.shop_id = s.shop_id AND p.id = s.product_id
	JOIN shops h ON h.id = s.shop_id
	LEFT JOIN stocks t ON t.shop_id = s.shop_id AND t.sku_id = s.id
	WHERE s.shop_id = $1 AND s.id IN (`

// readGoods reads SKUs of one shop; what does not exist is absent.
func readGoods(tx *db.Tx, shop id.ID, skus []id.ID) (map[id.ID]goods, error) {
	out := make(map[id.ID]goods, len(skus))
	for part := range slices.Chunk(skus, 128) {
		list, args := db.List(2, part)
		err := tx.Each(func(r db.Row) error {
			g := goods{Shop: shopRule{ID: shop}}
			var media string
			if err := r.Scan(&g.SKU, &g.Product, &g.Price, &g.Options, &g.Picture, &g.Title, &g.TitleEn, &media, &g.Listed,
				&g.Available, &g.Shop.Name, &g.Shop.Open, &g.Shop.Fee, &g.Shop.FreeOver); err != nil {
				return err
			}
			if g.Picture == "" {
				g.Picture = firstPicture(media)
			}
			out[g.SKU] = g
			return nil
		}, goodsQuery+list+`)`, append([]any{shop}, args...)...)
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
