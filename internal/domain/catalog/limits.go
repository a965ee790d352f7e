package catalog

// Limits bound one product. Counts are of characters unless said otherwise.
type Limits struct {
	Title, Axes, Values, SKUs int
}

// Written is what a merchant may write by hand.
var Written = Limits{Title: 60, Axes: 3, Values: 100, SKUs: 500}

// Imported is what a file may bring: other systems allow longer titles and more axes.
var Imported = Limits{Title: 255, Axes: 5, Values: 100, SKUs: 500}

// room widens the limits to what the product has already, so that an imported
// product can be saved by hand without being cut down first.
func (l Limits) room(p *Product) Limits {
	l.Title = max(l.Title, length(p.Title))
	l.Axes = max(l.Axes, len(p.Options))
	return l
}

const (
	maxSubtitle    = 120
	maxTitleEN     = 255
	maxBrand       = 60
	maxDescription = 512 << 10 // bytes
	maxPictures    = 100
	maxAlt         = 200
	maxAddress     = 2048 // bytes
	maxTags        = 50
	maxTag         = 60
	maxAttributes  = 50
	maxAttribute   = 500 // name or value
	maxAxisName    = 60
	maxValue       = 100
	maxCode        = 64
	maxRef         = 255
	maxWeightG     = 1_000_000_000
	// MaxPrice is the highest price of a SKU, fen: a hundred million yuan.
	MaxPrice = 100_000_000_00
	// MaxStock is the highest stock of a SKU, pieces.
	MaxStock = 1_000_000_000
)
