package catalog

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Category is one node of the market's tree, at most three levels deep.
type Category struct {
	ID       id.ID  `json:"id"`
	ParentID id.ID  `json:"parent_id" doc:"0 at the top"`
	Code     string `json:"code" doc:"stable name in addresses: lower-case letters, digits, hyphens"`
	Name     string `json:"name"`
	NameEN   string `json:"name_en"`
	Icon     string `json:"icon" doc:"name of an icon or path of a picture"`
	Position int64  `json:"position" doc:"place among its siblings, rising"`
}

const maxDepth = 3

var categoryCode = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// Tree is the whole category tree, read only and safe to share.
type Tree struct {
	all   []Category // in order: position, then id
	byID  map[id.ID]Category
	paths map[string]id.ID // "a\x00b" of lower-case names, Chinese and English
	leafs map[string]id.ID // a single name; 0 when several categories have it
}

// Categories reads the tree.
func Categories(tx *db.Tx) (*Tree, error) {
	list, err := db.All(tx, func(r db.Row) (c Category, err error) {
		err = r.Scan(&c.ID, &c.ParentID, &c.Code, &c.Name, &c.NameEN, &c.Icon, &c.Position)
		return c, err
	}, `SELECT id, parent_id, code, name, name_en, icon, position FROM categories ORDER BY position, id LIMIT 5000`)
	if err != nil {
		return nil, err
	}
	return NewTree(list), nil
}

// NewTree makes a tree of a list.
func NewTree(list []Category) *Tree {
	t := &Tree{all: slices.Clone(list), byID: map[id.ID]Category{}, paths: map[string]id.ID{}, leafs: map[string]id.ID{}}
	slices.SortStableFunc(t.all, func(a, b Category) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	for _, c := range t.all {
		t.byID[c.ID] = c
	}
	for _, c := range t.all {
		way := t.Path(c.ID)
		zh, en := make([]string, len(way)), make([]string, len(way))
		for i, w := range way {
			zh[i], en[i] = w.Name, w.NameEN
		}
		t.paths[pathKey(zh)], t.paths[pathKey(en)] = c.ID, c.ID
		for _, name := range tidyList([]string{c.Name, c.NameEN, c.Code}, strings.ToLower) {
			if other, there := t.leafs[name]; there && other != c.ID {
				t.leafs[name] = 0
			} else {
				t.leafs[name] = c.ID
			}
		}
	}
	return t
}

func pathKey(names []string) string {
	return strings.Join(each(names, func(s string) string { return strings.ToLower(line(s)) }), "\x00")
}

// All gives every category, siblings in order.
func (t *Tree) All() []Category { return t.all }

// Get finds a category.
func (t *Tree) Get(category id.ID) (Category, bool) {
	c, ok := t.byID[category]
	return c, ok
}

// Path gives the categories from the top down to this one; nothing for an unknown one.
func (t *Tree) Path(category id.ID) []Category {
	var way []Category
	for c, ok := t.byID[category]; ok && len(way) < maxDepth; c, ok = t.byID[c.ParentID] {
		way = append(way, c)
	}
	slices.Reverse(way)
	return way
}

// Top gives the top category above this one (itself at the top), 0 for an unknown one.
func (t *Tree) Top(category id.ID) id.ID {
	if way := t.Path(category); len(way) > 0 {
		return way[0].ID
	}
	return 0
}

// Find gives the category a file means: the whole path by names (Chinese or
// English, case does not matter), else the last name when just one category has it.
func (t *Tree) Find(path []string) (id.ID, bool) {
	if len(path) == 0 {
		return 0, false
	}
	if c, ok := t.paths[pathKey(path)]; ok {
		return c, true
	}
	c := t.leafs[strings.ToLower(line(path[len(path)-1]))]
	return c, c != 0
}

// check refuses a category that does not fit into the tree.
func (t *Tree) check(c Category) error {
	if !categoryCode.MatchString(c.Code) {
		return ErrCategoryCode.At("code")
	}
	if c.Name == "" || length(c.Name) > 30 || length(c.NameEN) > 60 || length(c.Icon) > 500 {
		return ErrInvalid.At("name")
	}
	for _, other := range t.all {
		if other.Code == c.Code && other.ID != c.ID {
			return ErrCategoryCode.At("code")
		}
	}
	depth := 1
	for up := c.ParentID; up != 0; depth++ {
		parent, ok := t.byID[up]
		if !ok || parent.ID == c.ID || depth >= maxDepth {
			return ErrCategoryTree.At("parent_id")
		}
		up = parent.ParentID
	}
	if depth+t.below(c.ID) > maxDepth {
		return ErrCategoryTree.At("parent_id")
	}
	return nil
}

// below counts the levels under a category.
func (t *Tree) below(category id.ID) int {
	deepest := 0
	for _, c := range t.all {
		if c.ParentID == category && category != 0 && c.ID != category {
			deepest = max(deepest, 1+t.below(c.ID))
		}
	}
	return deepest
}

// SaveCategory writes a category; one without an ID is new.
func SaveCategory(tx *db.Tx, ids *id.Source, c Category) (Category, error) {
	c.Name, c.NameEN, c.Code = line(c.Name), line(c.NameEN), strings.TrimSpace(c.Code)
	t, err := Categories(tx)
	if err != nil {
		return c, err
	}
	if _, there := t.byID[c.ID]; c.ID != 0 && !there {
		return c, ErrCategory
	}
	if err := t.check(c); err != nil {
		return c, err
	}
	if c.ID == 0 {
		c.ID = ids.Next()
	}
	_, err = tx.Exec(`INSERT INTO categories (id, parent_id, code, name, name_en, icon, position) VALUES ($1,$2,$3,$4,$5,$6,$7)
		ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id, code = excluded.code, name = excluded.name, name_en = excluded.name_en,
		icon = excluded.icon, position = excluded.position`, c.ID, c.ParentID, c.Code, c.Name, c.NameEN, c.Icon, c.Position)
	return c, err
}

// DeleteCategory takes a category without sub-categories out of the tree.
// Products that name it count as uncategorised from then on.
func DeleteCategory(tx *db.Tx, category id.ID) error {
	var child id.ID
	err := tx.QueryRow(`SELECT id FROM categories WHERE parent_id = $1 LIMIT 1`, category).Scan(&child)
	if err == nil {
		return ErrCategoryUsed
	}
	if !errors.Is(err, db.ErrNoRow) {
		return err
	}
	if err := tx.Must(`DELETE FROM categories WHERE id = $1`, category); errors.Is(err, db.ErrNoRow) {
		return ErrCategory
	} else if err != nil {
		return err
	}
	return nil
}
