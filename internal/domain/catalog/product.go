// Package catalog is what shops sell: the category tree, products with their
// option axes and SKUs, and pictures. It owns the tables categories, products,
// skus and media.
package catalog

import (
	"slices"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// State says whether buyers see a product. Moves: draft → listed ⇄ unlisted.
type State string

// The states of a product.
const (
	Draft    State = "draft"    // being written, never shown
	Listed   State = "listed"   // on sale
	Unlisted State = "unlisted" // was on sale, taken down
)

// SKUState says whether a SKU can be bought. A removed one stays for the orders
// and stock movements that name it, and comes back when its combination does.
type SKUState string

// The states of a SKU.
const (
	Active  SKUState = "active"
	Removed SKUState = "removed"
)

// Axis is one thing a buyer chooses, with its values in the order shown.
type Axis struct {
	Name   string   `json:"name" doc:"name of the axis, e.g. 颜色"`
	Values []string `json:"values" doc:"values in the order shown"`
}

// Attribute is a fact about a product that is no choice (产地: 福建).
type Attribute struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Picture is one picture of a product. One that came from a file has the place
// it came from; URL is empty while it has not been fetched.
type Picture struct {
	URL     string `json:"url" doc:"path of the picture, /media/{shop}/{sha}.{ext}; empty while it is being fetched"`
	Alt     string `json:"alt,omitempty" doc:"what the picture shows, for people who cannot see it"`
	Source  string `json:"source,omitempty" doc:"address the picture was imported from"`
	Problem string `json:"problem,omitempty" doc:"why fetching it failed"`
}

// Product is a product of a shop with its SKUs (without the removed ones).
type Product struct {
	ShopID      id.ID       `json:"shop_id"`
	ID          id.ID       `json:"id"`
	CategoryID  id.ID       `json:"category_id" doc:"0 for none"`
	Title       string      `json:"title"`
	TitleEN     string      `json:"title_en"`
	Subtitle    string      `json:"subtitle"`
	Brand       string      `json:"brand"`
	Description string      `json:"description" doc:"sanitised HTML"`
	Options     []Axis      `json:"options" doc:"axes of choice; empty for a product of one SKU"`
	Media       []Picture   `json:"media" doc:"pictures in order, the first is the main one"`
	Tags        []string    `json:"tags"`
	Attributes  []Attribute `json:"attributes"`
	State       State       `json:"state" enum:"draft,listed,unlisted"`
	PriceMin    money.Fen   `json:"price_min" doc:"lowest price of a SKU, fen"`
	PriceMax    money.Fen   `json:"price_max" doc:"highest price of a SKU, fen"`
	Sold        int64       `json:"sold" doc:"pieces paid for so far"`
	SourceRef   string      `json:"source_ref" doc:"key of the product in the file it was imported from"`
	Version     int64       `json:"version" doc:"rises with every change; send it back when saving"`
	CreatedAt   time.Time   `json:"created_at"`
	UpdatedAt   time.Time   `json:"updated_at"`
	ListedAt    time.Time   `json:"listed_at" doc:"first time on sale; zero time for never"`
	SKUs        []SKU       `json:"skus"`

	gone []SKU // removed ones
}

// SKU is one thing that can be bought: one value per axis of its product.
type SKU struct {
	ID           id.ID     `json:"id"`
	Code         string    `json:"code" doc:"the merchant's own code, unique in the shop"`
	GTIN         string    `json:"gtin" doc:"trade number under the barcode, check digit verified"`
	Options      []string  `json:"options" doc:"one value per axis of the product"`
	Price        money.Fen `json:"price" doc:"fen"`
	ComparePrice money.Fen `json:"compare_price" doc:"struck-out price, fen; 0 for none"`
	Cost         money.Fen `json:"cost" doc:"fen; 0 when not stated"`
	WeightG      int64     `json:"weight_g" doc:"grams; 0 when not stated"`
	Picture      string    `json:"picture" doc:"path of its own picture; empty for the product's"`
	Source       string    `json:"picture_source,omitempty" doc:"address its picture is imported from"`
	State        SKUState  `json:"state" enum:"active,removed"`
}

// Input is what a merchant writes: everything of a product that can be edited.
type Input struct {
	Version     int64       `json:"version,omitempty" doc:"version that was edited; 0 overwrites whatever is there"`
	CategoryID  id.ID       `json:"category_id,omitempty"`
	Title       string      `json:"title" doc:"up to 60 characters"`
	TitleEN     string      `json:"title_en,omitempty" doc:"up to 120 characters"`
	Subtitle    string      `json:"subtitle,omitempty" doc:"up to 120 characters"`
	Brand       string      `json:"brand,omitempty" doc:"up to 60 characters"`
	Description string      `json:"description,omitempty" doc:"HTML; what is not allowed is taken out"`
	Options     []Axis      `json:"options,omitempty" doc:"up to 3 axes of up to 100 values"`
	Media       []Picture   `json:"media,omitempty" doc:"up to 100 pictures; url as given by the upload"`
	Tags        []string    `json:"tags,omitempty" doc:"up to 50"`
	Attributes  []Attribute `json:"attributes,omitempty" doc:"up to 50"`
	SKUs        []SKUInput  `json:"skus" doc:"1 to 500, one per combination sold"`
}

// SKUInput is one SKU as a merchant writes it. With an ID it is that SKU, however
// its options are renamed; without, the SKU of the same code or combination.
type SKUInput struct {
	ID           id.ID     `json:"id,omitempty" doc:"SKU that is edited; none for a new one"`
	Code         string    `json:"code,omitempty" doc:"up to 64 characters, unique in the shop"`
	GTIN         string    `json:"gtin,omitempty" doc:"8, 12, 13 or 14 digits with a right check digit"`
	Options      []string  `json:"options,omitempty" doc:"one value per axis"`
	Price        money.Fen `json:"price" doc:"fen"`
	ComparePrice money.Fen `json:"compare_price,omitempty" doc:"fen; 0 or above the price"`
	Cost         money.Fen `json:"cost,omitempty" doc:"fen"`
	WeightG      int64     `json:"weight_g,omitempty" doc:"grams"`
	Picture      string    `json:"picture,omitempty" doc:"path of a picture"`
	Source       string    `json:"picture_source,omitempty" doc:"address its picture is imported from"`
	Stock        *int64    `json:"stock,omitempty" doc:"pieces on hand; for a new SKU none means 0, for an old one no change"`
}

// MainPicture is the path of the first picture that can be shown, "" for none.
func (p *Product) MainPicture() string {
	for _, m := range p.Media {
		if m.URL != "" {
			return m.URL
		}
	}
	return ""
}

// All gives the SKUs and the removed ones.
func (p *Product) All() []SKU { return append(slices.Clone(p.SKUs), p.gone...) }

// Waiting counts the pictures that are neither fetched nor failed.
func (p *Product) Waiting() int {
	n := 0
	for _, m := range p.Media {
		if m.URL == "" && m.Problem == "" {
			n++
		}
	}
	return n
}

// Edit gives the product as an Input that changes nothing. It shares no list with the product.
func (p *Product) Edit() Input {
	in := Input{Version: p.Version, CategoryID: p.CategoryID, Title: p.Title, TitleEN: p.TitleEN, Subtitle: p.Subtitle,
		Brand: p.Brand, Description: p.Description, Media: slices.Clone(p.Media), Tags: slices.Clone(p.Tags)}
	for _, a := range p.Options {
		in.Options = append(in.Options, Axis{a.Name, slices.Clone(a.Values)})
	}
	for _, a := range p.Attributes {
		in.Attributes = append(in.Attributes, Attribute{a.Name, slices.Clone(a.Values)})
	}
	for _, s := range p.SKUs {
		in.SKUs = append(in.SKUs, s.edit())
	}
	return in
}

func (s SKU) edit() SKUInput {
	return SKUInput{ID: s.ID, Code: s.Code, GTIN: s.GTIN, Options: slices.Clone(s.Options), Price: s.Price, ComparePrice: s.ComparePrice,
		Cost: s.Cost, WeightG: s.WeightG, Picture: s.Picture, Source: s.Source}
}
