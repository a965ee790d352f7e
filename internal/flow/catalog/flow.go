// Package catalog is what merchants do with products and what buyers read of
// them: writing, listing, prices, stock, pictures, the page of a product, and
// keeping the market's index up to date.
package catalog

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/blob"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// Config is what the flow works with.
type Config struct {
	DB    *db.DB
	IDs   *id.Source
	Emit  *jobs.Emitter
	Now   func() time.Time
	Media *blob.Store // pictures
	// Say gives other processes a hint of what changed, which they Hear; nil: there
	// are none.
	Say func(hint string)
}

// Flow is safe for many goroutines.
type Flow struct {
	Config
	pages *pages
	tree  cachedTree
	work  chan struct{} // one picture is decoded at a time: each may take 250 MB
}

// New checks the config and makes a flow.
func New(cfg Config) (*Flow, error) {
	if cfg.DB == nil || cfg.IDs == nil || cfg.Emit == nil || cfg.Now == nil || cfg.Media == nil {
		return nil, errors.New("flow/catalog: DB, IDs, Emit, Now and Media are all needed")
	}
	f := &Flow{Config: cfg, work: make(chan struct{}, 1)}
	f.pages = newPages(cfg.Now, f.render)
	return f, nil
}

// Who is the member of staff that acts; 0 for the system or the operator.
type Who struct {
	Shop  id.ID
	Staff id.ID
}

// Changed notes that buyers see something else of a product from the commit on.
func (f *Flow) Changed(tx *db.Tx, shop, product id.ID) error {
	tx.AfterCommit(func() { f.Invalidate(shop, product) })
	return f.Emit.Emit(tx, f.Now(), shop, event.ProductChanged, event.Product{ShopID: shop, ProductID: product})
}

func (f *Flow) move(who Who, note string) inventory.Move {
	return inventory.Move{IDs: f.IDs, Shop: who.Shop, Staff: who.Staff, Note: note, Now: f.Now()}
}

// cachedTree keeps the category tree for a moment; it is read with every page.
type cachedTree struct {
	mu      sync.Mutex
	tree    *catalog.Tree
	expires time.Time
	version int
}

const treeLifetime = 5 * time.Second

// Categories gives the category tree; a change made by another process is seen
// within five seconds, one made here at once.
func (f *Flow) Categories(ctx context.Context) (*catalog.Tree, error) {
	f.tree.mu.Lock()
	tree, version := f.tree.tree, f.tree.version
	if f.Now().After(f.tree.expires) {
		tree = nil
	}
	f.tree.mu.Unlock()
	if tree != nil {
		return tree, nil
	}
	err := f.DB.Read(ctx, func(tx *db.Tx) (err error) {
		tree, err = catalog.Categories(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	f.tree.mu.Lock()
	defer f.tree.mu.Unlock()
	if f.tree.version == version {
		f.tree.tree, f.tree.expires = tree, f.Now().Add(treeLifetime)
	}
	return tree, nil
}

func (f *Flow) forgetTree() {
	f.tree.mu.Lock()
	defer f.tree.mu.Unlock()
	f.tree.tree, f.tree.version = nil, f.tree.version+1
}

// SaveCategory writes a category (operator only); one without an ID is new.
func (f *Flow) SaveCategory(ctx context.Context, c catalog.Category) (saved catalog.Category, err error) {
	err = f.DB.Control().Write(ctx, func(tx *db.Tx) error {
		tx.AfterCommit(func() { f.forgetTree(); f.say(hintTree) })
		saved, err = catalog.SaveCategory(tx, f.IDs, c)
		return err
	})
	return saved, err
}

// DeleteCategory takes a category without sub-categories away (operator only).
func (f *Flow) DeleteCategory(ctx context.Context, category id.ID) error {
	return f.DB.Control().Write(ctx, func(tx *db.Tx) error {
		tx.AfterCommit(func() { f.forgetTree(); f.say(hintTree) })
		return catalog.DeleteCategory(tx, category)
	})
}
