// Package demo fills an empty market with six shops, their goods and four weeks
// of made-up past, for people who want to see the house alive. The past exists
// in the market's own database only; everything after the seeding is real.
package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/app/demo/world"
	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	flow "github.com/shuke-commerce/shuke/internal/flow/catalog"
	"github.com/shuke-commerce/shuke/internal/flow/onboarding"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/internal/platform/settings"
	"golang.org/x/sync/errgroup"
)

// Password of every login the demo makes.
const Password = "shuke-demo"

// OperatorLogin is the market operator's login.
const OperatorLogin = "market"

// doneSetting marks a seeded market.
const doneSetting = "demo_seeded"

// Seed fills the market unless it was filled before. say reports progress.
func Seed(ctx context.Context, h *app.House, say func(string)) error {
	var done string
	if err := h.DB.Read(ctx, func(tx *db.Tx) (err error) {
		done, err = settings.Get(tx, doneSetting)
		return err
	}); err != nil || done != "" {
		return err
	}
	w, err := world.Load()
	if err != nil {
		return err
	}
	s := &seeder{House: h, world: w, say: say, categories: map[string]id.ID{}}
	for _, step := range []func(context.Context) error{s.operator, s.tree, s.shops, s.past} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	say("搜索与报表")
	if err := h.Queue.Drain(ctx); err != nil {
		return err
	}
	return h.DB.Control().Write(ctx, func(tx *db.Tx) error { return settings.Set(tx, doneSetting, "1", h.Now()) })
}

type seeder struct {
	*app.House
	world      world.World
	say        func(string)
	categories map[string]id.ID
	seeded     []seededShop
}

type seededShop struct {
	world.Shop
	shop  shop.Shop
	items []item
}

// item is a SKU that the made-up past may sell.
type item struct {
	sku   id.ID
	price money.Fen
	stock int64
}

// operator makes the market's own login. A seeding that broke off goes on here.
func (s *seeder) operator(ctx context.Context) error {
	_, err := s.Onboarding.AddMember(ctx, staff.Member{Login: OperatorLogin, Name: "集市运营", Role: staff.Operator}, Password)
	return unlessTaken(err, staff.ErrLoginTaken)
}

func unlessTaken(err error, taken *errs.Error) error {
	if errors.Is(err, taken) {
		return nil
	}
	return err
}

func (s *seeder) picture(ctx context.Context, of id.ID, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	b, err := world.Picture(name)
	if err != nil {
		return "", fmt.Errorf("demo picture %s: %w", name, err)
	}
	m, err := s.Catalog.UploadPicture(ctx, of, bytes.NewReader(b))
	if err != nil {
		return "", fmt.Errorf("demo picture %s: %w", name, err)
	}
	return m.URL, nil
}

// tree writes the categories, top ones first.
func (s *seeder) tree(ctx context.Context) error {
	have, err := s.Catalog.Categories(ctx)
	if err != nil {
		return err
	}
	for _, c := range have.All() {
		s.categories[c.Code] = c.ID
	}
	return s.branch(ctx, s.world.Categories, 0)
}

func (s *seeder) branch(ctx context.Context, all []world.Category, parent id.ID) error {
	for i, c := range all {
		if s.categories[c.Code] == 0 {
			icon, err := s.picture(ctx, 0, c.Icon)
			if err != nil {
				return err
			}
			saved, err := s.Catalog.SaveCategory(ctx, catalog.Category{ParentID: parent, Code: c.Code, Name: c.Name, NameEN: c.NameEn, Icon: icon, Position: int64(i)})
			if err != nil {
				return fmt.Errorf("category %s: %w", c.Code, err)
			}
			s.categories[c.Code] = saved.ID
		}
		if err := s.branch(ctx, c.Children, s.categories[c.Code]); err != nil {
			return err
		}
	}
	return nil
}

func (s *seeder) shops(ctx context.Context) error {
	for _, w := range s.world.Shops {
		s.say(fmt.Sprintf("%s：%d 件商品", w.Name, len(w.Products)))
		if err := s.shop(ctx, w); err != nil {
			return fmt.Errorf("shop %s: %w", w.Handle, err)
		}
	}
	return nil
}

func (s *seeder) shop(ctx context.Context, w world.Shop) error {
	of, err := s.findShop(ctx, w.Handle)
	if errors.Is(err, shop.ErrNotFound) {
		of, err = s.newShop(ctx, w)
	}
	if err != nil {
		return err
	}
	for _, m := range w.Staff {
		_, err := s.Onboarding.AddMember(ctx, staff.Member{ShopID: of.ID, Login: m.Login, Name: m.Name, Role: staff.Role(m.Role)}, Password)
		if err := unlessTaken(err, staff.ErrLoginTaken); err != nil {
			return err
		}
	}
	out := seededShop{Shop: w, shop: of}
	items := make([][]item, len(w.Products))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, p := range w.Products {
		g.Go(func() (err error) {
			items[i], err = s.product(ctx, of.ID, p)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, part := range items {
		out.items = append(out.items, part...)
	}
	s.seeded = append(s.seeded, out)
	return nil
}

func (s *seeder) findShop(ctx context.Context, handle string) (of shop.Shop, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		of, err = shop.ByHandle(tx, handle)
		return err
	})
	return of, err
}

func (s *seeder) newShop(ctx context.Context, w world.Shop) (shop.Shop, error) {
	of := shop.Shop{ID: s.IDs.Next(), Handle: w.Handle, Name: w.Name, NameEn: w.NameEn, Slogan: w.Slogan, Intro: w.Intro, Notice: w.Notice, City: w.City,
		Hours: w.ServiceHours, ShippingFee: money.Fen(w.Shipping.FeeFen), FreeOver: money.Fen(w.Shipping.FreeOverFen),
		ReturnAddress: fmt.Sprintf("%s 集市路 8 号 %s 售后仓（电话 400-000-0000）", w.City, w.Name)}
	var err error
	if of.Logo, err = s.picture(ctx, of.ID, w.Logo); err != nil {
		return of, err
	}
	if of.Cover, err = s.picture(ctx, of.ID, w.Cover); err != nil {
		return of, err
	}
	of, _, err = s.Onboarding.CreateShop(ctx, of, onboarding.Owner{Login: w.Owner.Login, Name: w.Owner.Name, Password: Password})
	return of, err
}

// product writes one product and puts it on sale. Its key makes a seeding that
// broke off go on without writing it twice.
func (s *seeder) product(ctx context.Context, of id.ID, w world.Product) ([]item, error) {
	in := catalog.Input{CategoryID: s.categories[w.Category], Title: w.Title, TitleEN: w.TitleEn, Subtitle: w.Subtitle, Brand: w.Brand, Description: w.DescriptionHTML}
	byName := map[string]string{}
	for _, name := range w.Pictures {
		url, err := s.picture(ctx, of, name)
		if err != nil {
			return nil, err
		}
		byName[name] = url
		in.Media = append(in.Media, catalog.Picture{URL: url, Alt: w.Title})
	}
	for _, o := range w.Options {
		axis := catalog.Axis{Name: o.Name}
		for _, v := range o.Values {
			axis.Values = append(axis.Values, v.Name)
		}
		in.Options = append(in.Options, axis)
	}
	for _, k := range w.SKUs {
		url, ok := byName[k.Picture]
		if !ok && k.Picture != "" {
			var err error
			if url, err = s.picture(ctx, of, k.Picture); err != nil {
				return nil, err
			}
			byName[k.Picture] = url
		}
		stock := k.Stock
		in.SKUs = append(in.SKUs, catalog.SKUInput{Code: k.Code, GTIN: k.GTIN, Options: k.Values, Price: money.Fen(k.PriceFen),
			ComparePrice: money.Fen(k.CompareAtFen), WeightG: k.WeightGrams, Picture: url, Stock: &stock})
	}
	who := flow.Who{Shop: of}
	p, err := s.Catalog.CreateProduct(ctx, who, "demo-product-"+w.Code, in)
	if err != nil {
		return nil, fmt.Errorf("product %s: %w", w.Code, err)
	}
	if p.State == catalog.Draft {
		if _, err = s.Catalog.SetState(ctx, who, p.ID, catalog.Listed); err != nil {
			return nil, fmt.Errorf("product %s: %w", w.Code, err)
		}
	}
	var out []item
	for i, k := range p.SKUs {
		out = append(out, item{sku: k.ID, price: k.Price, stock: w.SKUs[i].Stock})
	}
	return out, nil
}
