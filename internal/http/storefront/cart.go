package storefront

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/cart"
	"github.com/shuke-commerce/shuke/internal/flow/basket"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

func (a *API) registerCart(api huma.API) {
	get(api, "/cart", "cart", "A buyer's cart, by shop", a.cart)
	send(api, http.MethodPost, "/cart/lines", "addToCart", "Put pieces into the cart", a.addToCart)
	send(api, http.MethodPatch, "/cart/lines/{sku}", "changeCartLine", "Change quantity or selection of a line", a.changeCartLine)
	send(api, http.MethodDelete, "/cart/lines", "removeFromCart", "Take lines out of the cart", a.removeFromCart)
	send(api, http.MethodPost, "/cart/select", "selectCart", "Select or unselect lines", a.selectCart)
}

// cartOf shows a cart.
func cartOf(v basket.View) Cart {
	out := Cart{Shops: []CartShop{}, Count: v.Count}
	for _, p := range v.Shops {
		s := CartShop{Shop: card(p.Shop), Lines: []CartLine{}, Items: p.Items, Fee: p.Fee, Lack: p.Lack}
		for _, l := range p.Lines {
			s.Lines = append(s.Lines, CartLine{SkuID: l.SKU, ProductID: l.Product, Title: l.Goods.Title, Options: list(l.Goods.Options), Picture: l.Goods.Picture,
				Price: l.Goods.Price, PriceSeen: l.PriceSeen, Quantity: l.Qty, Available: l.Available, Selected: l.Selected, OnSale: l.OnSale})
		}
		out.Shops = append(out.Shops, s)
	}
	return out
}

func (a *API) cart(ctx context.Context, _ *none) (*body[Cart], error) {
	return a.withCart(ctx, func(b id.ID) (basket.View, error) { return a.Basket.See(ctx, b) })
}

// withCart runs a recipe of the logged-in buyer and shows the cart.
func (a *API) withCart(ctx context.Context, do func(id.ID) (basket.View, error)) (*body[Cart], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	v, err := do(b)
	return ok(cartOf(v), err)
}

type addToCartIn struct {
	Body struct {
		ShopID   id.ID `json:"shop_id"`
		SkuID    id.ID `json:"sku_id"`
		Quantity int64 `json:"quantity" minimum:"1" maximum:"999"`
	}
}

// Count is the number of pieces in a cart.
type Count struct {
	Count int64 `json:"count"`
}

func (a *API) addToCart(ctx context.Context, in *addToCartIn) (*body[Count], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	n, err := a.Basket.Add(ctx, b, in.Body.ShopID, in.Body.SkuID, in.Body.Quantity)
	return ok(Count{n}, err)
}

type changeCartLineIn struct {
	SKU  id.ID `path:"sku"`
	Body struct {
		Quantity  *int64    `json:"quantity,omitempty" minimum:"1" maximum:"999"`
		Selected  *bool     `json:"selected,omitempty"`
		PriceSeen money.Fen `json:"price_seen,omitempty" minimum:"0" doc:"confirms a changed price"`
	}
}

func (a *API) changeCartLine(ctx context.Context, in *changeCartLineIn) (*body[Cart], error) {
	return a.withCart(ctx, func(b id.ID) (basket.View, error) {
		return a.Basket.Set(ctx, b, in.SKU, in.Body.Quantity, in.Body.Selected, in.Body.PriceSeen)
	})
}

type removeFromCartIn struct {
	SKU []string `query:"sku" minItems:"1" maxItems:"100" doc:"ids of SKUs, comma separated"`
}

func (a *API) removeFromCart(ctx context.Context, in *removeFromCartIn) (*body[Cart], error) {
	skus := make([]id.ID, 0, len(in.SKU))
	for _, s := range in.SKU {
		i, err := id.Parse(s)
		if err != nil {
			return nil, cart.ErrNotFound.At("sku").Because(err)
		}
		skus = append(skus, i)
	}
	return a.withCart(ctx, func(b id.ID) (basket.View, error) { return a.Basket.Remove(ctx, b, skus) })
}

type selectCartIn struct {
	Body struct {
		SkuIDs   []id.ID `json:"sku_ids,omitempty" maxItems:"100" doc:"none: all lines"`
		Selected bool    `json:"selected"`
	}
}

func (a *API) selectCart(ctx context.Context, in *selectCartIn) (*body[Cart], error) {
	return a.withCart(ctx, func(b id.ID) (basket.View, error) { return a.Basket.Select(ctx, b, in.Body.SkuIDs, in.Body.Selected) })
}

// options reads a stored JSON list of option values.
func options(text string) []string {
	var out []string
	_ = json.Unmarshal([]byte(text), &out) // written by us; a broken one shows nothing
	return list(out)
}
