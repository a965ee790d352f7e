package importing

import (
	"strings"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/catalog/feed"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

func moneyOf(fen int64) money.Fen { return money.Fen(fen) }

// address is where a picture of a file is: an address on the web, the name of a
// file beside the catalog, or the path of a picture of this market.
func (f *Flow) address(p feed.Picture) string {
	if p.URL == "" {
		return p.LocalName
	}
	if f.PublicURL != "" {
		if path := strings.TrimPrefix(p.URL, strings.TrimSuffix(f.PublicURL, "/")); catalog.IsPath(path) {
			return path
		}
	}
	return p.URL
}

// pictures says which pictures the product shall have. One the product has
// already, by its source or path, is kept with what is known of it.
func (s *session) pictures(tx *db.Tx, it *item, old *catalog.Product, in *catalog.Input) error {
	if old != nil {
		in.Media = append(in.Media, old.Media...)
	}
	if s.settings.NoPictures {
		s.oldSKUPictures(old, in)
		return nil
	}
	had := in.Media
	in.Media = nil
	at := map[string]int{}
	add := func(p feed.Picture) (int, error) {
		address := s.f.address(p)
		if i, there := at[address]; there {
			return i, nil
		}
		m, err := s.picture(tx, had, address, cut(plain(p.Alt), 199))
		in.Media = append(in.Media, m)
		at[address] = len(in.Media) - 1
		return len(in.Media) - 1, err
	}
	for _, p := range it.Pictures {
		if _, err := add(p); err != nil {
			return err
		}
	}
	for i, sku := range it.SKUs {
		if _, there := at[s.f.address(sku.Picture)]; sku.Picture.IsZero() || !there && len(in.Media) >= 100 {
			continue
		}
		n, err := add(sku.Picture)
		if err != nil {
			return err
		}
		in.SKUs[i].Picture, in.SKUs[i].Source = in.Media[n].URL, in.Media[n].Source
	}
	return nil
}

// picture gives what is known of a picture by its address.
func (s *session) picture(tx *db.Tx, had []catalog.Picture, address, alt string) (catalog.Picture, error) {
	for _, m := range had {
		if m.Source == address || m.URL == address {
			if alt != "" {
				m.Alt = alt
			}
			return m, nil
		}
	}
	if m, ok, err := catalog.ByPath(tx, s.shop, address); err != nil {
		return catalog.Picture{}, err
	} else if ok && m.URL == address {
		return catalog.Picture{URL: m.URL, Alt: alt}, nil
	}
	return catalog.Picture{Source: address, Alt: alt}, nil
}

// oldSKUPictures keeps the pictures SKUs have, by code or combination.
func (s *session) oldSKUPictures(old *catalog.Product, in *catalog.Input) {
	if old == nil {
		return
	}
	for i := range in.SKUs {
		w := &in.SKUs[i]
		for _, sku := range old.SKUs {
			if w.Code != "" && w.Code == sku.Code || strings.Join(w.Options, "\x00") == strings.Join(sku.Options, "\x00") {
				w.Picture, w.Source = sku.Picture, sku.Source
				break
			}
		}
	}
}
