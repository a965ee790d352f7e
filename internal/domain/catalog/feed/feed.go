// Package feed reads catalog files as shops have them — Shopify, WooCommerce, 淘宝助理 (Taobao Assistant), Magento, Medusa and
// Shuke's own CSV — as a stream of products, and writes Shuke's own CSV.
//
// It is pure: no database, no clock, no network. A product comes out whole or refused: every problem carries line, column, a stable
// code and a message in Chinese and English, and a product with one refusal among its problems must not be imported at all.
// Memory does not grow with the file: rows of one product may lie apart, but only within Limits.Window bytes.
package feed

// Format names the kind of a file.
type Format string

// The formats a file may have. The last four are recognised so that the answer can say what the file is.
const (
	Shuke             Format = "shuke"
	Shopify           Format = "shopify"
	WooCommerce       Format = "woocommerce"
	Taobao            Format = "taobao"
	Magento           Format = "magento"
	Medusa            Format = "medusa"
	MagentoPictures   Format = "magento-pictures"   // pictures by SKU code: read it with OpenPictures
	MagentoCategories Format = "magento-categories" // no products inside
	MagentoAttributes Format = "magento-attributes" // no products inside
	NotProducts       Format = "not-products"       // orders, customers or stock of a known system
)

// State says whether a product is for sale in its source.
type State string

// The states of a product.
const (
	Draft    State = "draft"    // not finished
	Listed   State = "listed"   // for sale
	Unlisted State = "unlisted" // finished, not for sale
)

// Product is one product as a file states it, before it becomes ours. Text is as found; HTML is not sanitised.
type Product struct {
	Row          int         `json:"row"`                     // line of its first row, from 1
	Ref          string      `json:"ref"`                     // stable key in its source: handle, SKU code, num_id …
	Title        string      `json:"title"`                   //
	Subtitle     string      `json:"subtitle,omitempty"`      //
	Description  string      `json:"description,omitempty"`   // HTML as found: sanitise before showing it
	Brand        string      `json:"brand,omitempty"`         //
	Categories   [][]string  `json:"categories,omitempty"`    // paths from the root down; the first is the main one
	CategoryCode string      `json:"category_code,omitempty"` // the source's own code when it names none ("taobao:162104")
	Tags         []string    `json:"tags,omitempty"`          //
	State        State       `json:"state"`                   //
	Attributes   []Attribute `json:"attributes,omitempty"`    // facts that are no options: material, activity …
	Options      []Option    `json:"options,omitempty"`       // the axes of choice; none for a product of one SKU
	SKUs         []SKU       `json:"skus"`                    // at least one
	Pictures     []Picture   `json:"pictures,omitempty"`      // in order; the first is the main one
}

// Attribute is a named fact about a product.
type Attribute struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Option is an axis of choice ("颜色") with its values in the order of the file.
type Option struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// SKU is one thing a buyer can choose.
type SKU struct {
	Row          int      `json:"row"`                     // line of its row, from 1
	Code         string   `json:"code,omitempty"`          // the merchant's own code
	GTIN         string   `json:"gtin,omitempty"`          // as found but for spaces and hyphens, check digit verified; empty when wrong
	Options      []string `json:"options,omitempty"`       // one value per Product.Options, same order
	Price        int64    `json:"price"`                   // fen
	ComparePrice int64    `json:"compare_price,omitempty"` // fen, the struck-out price; 0 when none
	Cost         int64    `json:"cost,omitempty"`          // fen; 0 when not stated
	Stock        *int64   `json:"stock,omitempty"`         // pieces; nil when not stated
	WeightGrams  int64    `json:"weight_grams,omitempty"`  // 0 when not stated
	Picture      Picture  `json:"picture,omitzero"`        // zero when it has none of its own
}

// Picture is a picture on the web (URL) or a file that lies beside the catalog file (LocalName). Exactly one of the two is set.
type Picture struct {
	URL       string `json:"url,omitempty"`
	LocalName string `json:"local_name,omitempty"`
	Alt       string `json:"alt,omitempty"`
}

// IsZero says that there is no picture.
func (p Picture) IsZero() bool { return p == Picture{} }

// address is the URL or the local name, whichever is there.
func (p Picture) address() string {
	if p.URL != "" {
		return p.URL
	}
	return p.LocalName
}
