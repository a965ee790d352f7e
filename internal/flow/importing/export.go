package importing

import (
	"context"
	"io"
	"strings"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/catalog/feed"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Export writes all products of a shop as our own CSV, in the order they were
// made, and returns how many. Importing the file changes nothing, and exporting
// after that gives the same bytes. Products that change meanwhile are written
// as they are when their turn comes.
func (f *Flow) Export(ctx context.Context, shop id.ID, w io.Writer) (n int, err error) {
	out := feed.NewWriter(w)
	for after := id.ID(0); ; {
		var list []feed.Product
		err := f.DB.Read(ctx, func(tx *db.Tx) error {
			list = nil
			ids, err := catalog.Page(tx, shop, after, batchSize)
			if err != nil || len(ids) == 0 {
				return err
			}
			after = ids[len(ids)-1]
			list, err = f.exported(tx, shop, ids)
			return err
		})
		if err != nil {
			return n, err
		}
		if len(list) == 0 {
			return n, out.Flush()
		}
		for _, p := range list {
			if err := out.Write(p); err != nil {
				return n, err
			}
			n++
		}
	}
}

func (f *Flow) exported(tx *db.Tx, shop id.ID, ids []id.ID) ([]feed.Product, error) {
	tree, err := catalog.Categories(tx)
	if err != nil {
		return nil, err
	}
	products, err := catalog.LoadMany(tx, shop, ids)
	if err != nil {
		return nil, err
	}
	var skus []id.ID
	for _, p := range products {
		for _, s := range p.SKUs {
			skus = append(skus, s.ID)
		}
	}
	stocks, err := inventory.List(tx, shop, skus)
	if err != nil {
		return nil, err
	}
	out := make([]feed.Product, len(products))
	for i := range products {
		out[i] = f.product(&products[i], tree, stocks)
	}
	return out, nil
}

// product writes one of ours as files state them.
func (f *Flow) product(p *catalog.Product, tree *catalog.Tree, stocks map[id.ID]inventory.Stock) feed.Product {
	out := feed.Product{Ref: p.SourceRef, Title: p.Title, Subtitle: p.Subtitle, Description: p.Description, Brand: p.Brand, Tags: p.Tags, State: feed.State(p.State)}
	if out.Ref == "" {
		out.Ref = ownRef + p.ID.String()
	}
	var path []string
	for _, c := range tree.Path(p.CategoryID) {
		path = append(path, c.Name)
	}
	if path != nil {
		out.Categories = [][]string{path}
	}
	for _, a := range p.Attributes {
		out.Attributes = append(out.Attributes, feed.Attribute(a))
	}
	for _, o := range p.Options {
		out.Options = append(out.Options, feed.Option(o))
	}
	for _, m := range p.Media {
		out.Pictures = append(out.Pictures, f.written(m.URL, m.Source, m.Alt))
	}
	for _, s := range p.SKUs {
		stock := stocks[s.ID].OnHand
		out.SKUs = append(out.SKUs, feed.SKU{Code: s.Code, GTIN: s.GTIN, Options: s.Options, Price: int64(s.Price), ComparePrice: int64(s.ComparePrice),
			Cost: int64(s.Cost), Stock: &stock, WeightGrams: s.WeightG, Picture: f.written(s.Picture, s.Source, "")})
	}
	return out
}

// written gives the address of a picture for a file: where it came from on the
// web, else where it is here. A name that only meant something beside the first
// file is written while there is nothing better.
func (f *Flow) written(path, source, alt string) feed.Picture {
	if catalog.IsPath(source) { // of another shop of this market, where this one has its copy from
		path = source
	}
	switch {
	case strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://"):
		return feed.Picture{URL: source, Alt: alt}
	case path == "" && source == "":
		return feed.Picture{}
	case path == "":
		return feed.Picture{LocalName: source, Alt: alt}
	case f.PublicURL != "":
		return feed.Picture{URL: strings.TrimSuffix(f.PublicURL, "/") + path, Alt: alt}
	}
	return feed.Picture{LocalName: path, Alt: alt}
}
