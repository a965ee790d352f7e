// Package world is the demo world: a market of six shops with their people,
// products, pictures and four weeks of habits, as plain data. It knows nothing
// of databases; whoever seeds a database reads it with Load.
//
// Money is integer fen, weights are grams, shares are basis points of 10,000.
package world

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed *.json pictures
var files embed.FS

// shopHandles lists the shops in the order a newcomer sees them.
var shopHandles = []string{"tea", "fruit", "shoes", "ceramics", "snacks", "books"}

// World is everything the demo is seeded with.
type World struct {
	Market     Market
	Categories []Category
	Shops      []Shop
	People     []Person
}

// Market is the face of the market's service account. Welcome is the text a
// new follower receives; Menu holds at most three buttons.
type Market struct {
	Name      string       `json:"name"`
	NameEn    string       `json:"name_en"`
	Slogan    string       `json:"slogan"`
	SloganEn  string       `json:"slogan_en"`
	Logo      string       `json:"logo"`
	Welcome   string       `json:"welcome"`
	WelcomeEn string       `json:"welcome_en"`
	Menu      []MenuButton `json:"menu"`
}

// MenuButton opens Path (under the storefront's root) or, when it has
// Children, unfolds up to five further buttons.
type MenuButton struct {
	Name     string       `json:"name"`
	NameEn   string       `json:"name_en"`
	Path     string       `json:"path,omitempty"`
	Children []MenuButton `json:"children,omitempty"`
}

// Category is a node of the market-wide tree, which has two levels; products
// belong to leaves. Icon is a name for Picture.
type Category struct {
	Code     string     `json:"code"`
	Name     string     `json:"name"`
	NameEn   string     `json:"name_en"`
	Icon     string     `json:"icon"`
	Children []Category `json:"children,omitempty"`
}

// Shop is one merchant. Logo and Cover are names for Picture.
type Shop struct {
	Handle       string    `json:"handle"`
	Name         string    `json:"name"`
	NameEn       string    `json:"name_en"`
	Slogan       string    `json:"slogan"`
	SloganEn     string    `json:"slogan_en"`
	Intro        string    `json:"intro"`
	Notice       string    `json:"notice"`
	City         string    `json:"city"`
	ServiceHours string    `json:"service_hours"`
	Logo         string    `json:"logo"`
	Cover        string    `json:"cover"`
	Shipping     Shipping  `json:"shipping"`
	Owner        Staff     `json:"owner"`
	Staff        []Staff   `json:"staff"`
	Products     []Product `json:"products"`
	History      History   `json:"history"`
}

// Shipping is a flat fee, waived from an order sum upwards. Both are in fen.
type Shipping struct {
	FeeFen      int64 `json:"fee_fen"`
	FreeOverFen int64 `json:"free_over_fen"`
}

// Staff is someone who logs in to a shop's console. Role is one of owner,
// manager, service, warehouse and cashier.
type Staff struct {
	Name  string `json:"name"`
	Login string `json:"login"`
	Role  string `json:"role"`
}

// Product is a listed product. Category is the code of a leaf, Pictures are
// names for Picture with the main one first, DescriptionHTML uses only p, ul
// and li.
type Product struct {
	Code            string   `json:"code"`
	Title           string   `json:"title"`
	TitleEn         string   `json:"title_en"`
	Subtitle        string   `json:"subtitle"`
	SubtitleEn      string   `json:"subtitle_en"`
	Brand           string   `json:"brand"`
	Category        string   `json:"category"`
	DescriptionHTML string   `json:"description_html"`
	Pictures        []string `json:"pictures"`
	Options         []Option `json:"options"`
	SKUs            []SKU    `json:"skus"`
}

// Option is an axis a buyer chooses on, such as colour or size.
type Option struct {
	Name   string  `json:"name"`
	NameEn string  `json:"name_en"`
	Values []Value `json:"values"`
}

// Value is one choice of an option; Picture is empty where a picture would say
// nothing.
type Value struct {
	Name    string `json:"name"`
	NameEn  string `json:"name_en"`
	Picture string `json:"picture,omitempty"`
}

// SKU is what is sold: one value of every option, in the order of the options.
// CompareAtFen is zero when there is no struck-out price; Stock is in pieces.
type SKU struct {
	Code         string   `json:"code"`
	GTIN         string   `json:"gtin"`
	Values       []string `json:"values"`
	PriceFen     int64    `json:"price_fen"`
	CompareAtFen int64    `json:"compare_at_fen,omitempty"`
	Stock        int64    `json:"stock"`
	WeightGrams  int64    `json:"weight_grams"`
	Picture      string   `json:"picture,omitempty"`
}

// History says how a shop's past four weeks went. A day's visits are
// VisitsPerDay × the weekday's percent (Monday first) × growth, which runs
// evenly from 100 on the first day to GrowthPercent on the last. HourWeights
// spread a day's visits over its 24 hours in Asia/Shanghai.
type History struct {
	VisitsPerDay   int64     `json:"visits_per_day"`
	WeekdayPercent [7]int64  `json:"weekday_percent"`
	ConversionBP   int64     `json:"conversion_bp"`
	GrowthPercent  int64     `json:"growth_percent"`
	SourceBP       SourceMix `json:"source_bp"`
	HourWeights    [24]int64 `json:"hour_weights"`
}

// SourceMix shares visits among the four sources, in basis points that add up
// to 10,000.
type SourceMix struct {
	Inside  int64 `json:"inside"`
	Outside int64 `json:"outside"`
	Paid    int64 `json:"paid"`
	Floor   int64 `json:"floor"`
}

// Person is someone whose phone the pocket WeChat shows.
type Person struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	NameEn string `json:"name_en"`
	City   string `json:"city"`
	Bio    string `json:"bio"`
	Avatar Avatar `json:"avatar"`
}

// Avatar tells a page how to draw a face: one character on a ground. The
// colours are CSS hex colours.
type Avatar struct {
	Glyph      string `json:"glyph"`
	Background string `json:"background"`
	Ink        string `json:"ink"`
}

// Load reads the embedded world and checks all of it. The error lists every
// fault found, each with the place where it stands.
func Load() (World, error) {
	var w World
	if err := read("market.json", &w.Market); err != nil {
		return World{}, err
	}
	if err := read("categories.json", &w.Categories); err != nil {
		return World{}, err
	}
	if err := read("people.json", &w.People); err != nil {
		return World{}, err
	}
	for _, handle := range shopHandles {
		var s Shop
		if err := read(handle+".json", &s); err != nil {
			return World{}, err
		}
		w.Shops = append(w.Shops, s)
	}
	if err := Check(w); err != nil {
		return World{}, err
	}
	return w, nil
}

// Picture returns the WebP file of a picture by the name the data uses, such
// as "tea/longjing.webp". A name that is not there gives fs.ErrNotExist.
func Picture(name string) ([]byte, error) {
	if !fs.ValidPath(name) || path.Ext(name) != ".webp" || strings.HasPrefix(name, ".") {
		return nil, fmt.Errorf("world: picture %q: %w", name, fs.ErrNotExist)
	}
	b, err := files.ReadFile("pictures/" + name)
	if err != nil {
		return nil, fmt.Errorf("world: picture %q: %w", name, err)
	}
	return b, nil
}

// Pictures returns the names of all pictures in order.
func Pictures() ([]string, error) {
	var names []string
	err := fs.WalkDir(files, "pictures", func(p string, d fs.DirEntry, err error) error {
		if err == nil && path.Ext(p) == ".webp" {
			names = append(names, strings.TrimPrefix(p, "pictures/"))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("world: list pictures: %w", err)
	}
	return names, nil
}

func read(name string, into any) error {
	b, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("world: %s: %w", name, err)
	}
	return decode(name, b, into)
}

func decode(name string, b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("world: %s: %w", name, err)
	}
	if d.More() {
		return fmt.Errorf("world: %s: %w", name, errors.New("more than one JSON value"))
	}
	return nil
}
