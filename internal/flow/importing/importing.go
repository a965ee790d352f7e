// Package importing brings catalog files of other systems, and our own, into a
// shop: preview, then a run that goes on after a crash and changes nothing the
// second time; and writes a shop's products as our own file.
//
// Rules:
//   - A product is found by its key in the file (source_ref), else by the
//     merchant codes of its SKUs when a product without a key holds them.
//   - What the file says replaces what is there, but the state: a changed
//     product keeps its state. A new one is a draft, unless the file says it is
//     on sale and it is fit to be listed (category, price, picture) by the end of
//     the run.
//   - A category is found by its names; an unknown one leaves the product
//     uncategorised (or where it was), with a warning.
//   - Stock in the file is what is on hand, for old SKUs too unless KeepStock.
//   - Pictures are fetched after the rows; one that cannot be had is told and
//     tried again with the next import.
package importing

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/catalog/feed"
	"github.com/shuke-commerce/shuke/internal/platform/blob"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/fetch"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// Config is what the flow works with.
type Config struct {
	DB      *db.DB
	IDs     *id.Source
	Emit    *jobs.Emitter
	Now     func() time.Time
	Media   *blob.Store   // pictures
	Uploads *blob.Store   // catalog files, kept for a while
	Fetch   *fetch.Client // gets pictures
	// PublicURL is where the market is reached ("https://shop.example"); pictures of
	// exported files begin with it. "" writes their paths only.
	PublicURL string
	// Changed is called after a product changed, to forget its page; nil is fine.
	Changed func(shop, product id.ID)
	// Report is called with errors no one waits for; nil drops them.
	Report func(error)
}

// Flow is safe for many goroutines.
type Flow struct {
	Config
	wake   chan key
	decode chan struct{} // one picture is decoded at a time: each may take 250 MB
}

type key struct{ shop, imp id.ID }

// New checks the config and makes a flow.
func New(cfg Config) (*Flow, error) {
	if cfg.DB == nil || cfg.IDs == nil || cfg.Emit == nil || cfg.Now == nil || cfg.Media == nil || cfg.Uploads == nil || cfg.Fetch == nil {
		return nil, errors.New("flow/importing: DB, IDs, Emit, Now, Media, Uploads and Fetch are all needed")
	}
	if cfg.Changed == nil {
		cfg.Changed = func(id.ID, id.ID) {}
	}
	if cfg.Report == nil {
		cfg.Report = func(error) {}
	}
	return &Flow{Config: cfg, wake: make(chan key, 64), decode: make(chan struct{}, 1)}, nil
}

// Who is the member of staff that acts; 0 for the operator's command line.
type Who struct {
	Shop  id.ID
	Staff id.ID
}

// State says how far an import is.
type State string

// The states: uploaded → waiting → running → pictures → done, or failed.
const (
	Uploaded State = "uploaded" // the file is here and can be previewed
	Waiting  State = "waiting"  // for a worker
	Running  State = "running"  // rows are being read
	Pictures State = "pictures" // all rows are in, pictures are being fetched
	Done     State = "done"
	Failed   State = "failed" // Error says why; rows before it are in
)

// Settings say how to read a file; the zero value detects what it can.
type Settings struct {
	Format     feed.Format   `json:"format,omitempty" doc:"shuke, shopify, woocommerce, taobao, magento or medusa; empty: detected"`
	Encoding   feed.Encoding `json:"encoding,omitempty" doc:"utf-8, utf-16le, utf-16be or gb18030; empty: detected"`
	Currency   string        `json:"currency,omitempty" doc:"ISO 4217 code of the prices; empty: CNY"`
	Rate       string        `json:"rate,omitempty" doc:"yuan for one unit of the currency, e.g. 7.13"`
	KeepStock  bool          `json:"keep_stock,omitempty" doc:"leave the stock of SKUs that exist alone"`
	NoPictures bool          `json:"no_pictures,omitempty" doc:"do not fetch pictures"`
}

// Errors of the flow.
var (
	ErrNotFound = errs.New(errs.NotFound, "import.not_found", "没有这个导入任务", "There is no such import")
	ErrState    = errs.New(errs.Conflict, "import.state", "导入任务已经开始", "The import has started already")
	ErrSettings = errs.New(errs.Invalid, "import.settings", "导入设置有误", "The settings of the import are wrong")
	ErrTooLarge = errs.New(errs.TooLarge, "import.too_large", "文件太大", "The file is too large")
	ErrEmpty    = errs.New(errs.Invalid, "import.empty", "文件是空的", "The file is empty")
	ErrGone     = errs.New(errs.Gone, "import.file_gone", "文件已过期，请重新上传", "The file has expired; upload it again")
)

// options makes the reader's options of the settings.
func (s Settings) options(now time.Time) (feed.Options, error) {
	o := feed.Options{Format: s.Format, Encoding: s.Encoding, Currency: s.Currency, Now: now,
		Limits: feed.Limits{SKUs: 500, OptionAxes: 5, OptionValues: 100, Pictures: 100}}
	if s.Rate != "" {
		rate, ok := new(big.Rat).SetString(s.Rate)
		if len(s.Rate) > 20 || !ok || rate.Sign() <= 0 {
			return o, ErrSettings.At("settings.rate")
		}
		o.Rate = rate
	}
	if s.Currency == "CNY" {
		o.Currency = ""
	}
	return o, nil
}

// Import is one import of a file.
type Import struct {
	ShopID         id.ID     `json:"shop_id"`
	ID             id.ID     `json:"id"`
	FileName       string    `json:"file_name"`
	Format         string    `json:"format" doc:"empty until the file was read"`
	Settings       Settings  `json:"settings"`
	State          State     `json:"state" enum:"uploaded,waiting,running,pictures,done,failed"`
	Size           int64     `json:"size" doc:"bytes"`
	ReadBytes      int64     `json:"read_bytes" doc:"how much of the file was read"`
	Created        int64     `json:"created" doc:"products"`
	Changed        int64     `json:"changed"`
	Unchanged      int64     `json:"unchanged"`
	Refused        int64     `json:"refused"`
	Warnings       int64     `json:"warnings"`
	PicturesWait   int64     `json:"pictures_waiting"`
	PicturesDone   int64     `json:"pictures_done"`
	PicturesFailed int64     `json:"pictures_failed"`
	Error          string    `json:"error" doc:"code of what stopped it"`
	StaffID        id.ID     `json:"staff_id"`
	CreatedAt      time.Time `json:"created_at"`
	UpdatedAt      time.Time `json:"updated_at"`
	FinishedAt     time.Time `json:"finished_at" doc:"zero time while it is not finished"`

	blob string
}

// seen counts the products that were read.
func (i *Import) seen() int64 { return i.Created + i.Changed + i.Unchanged + i.Refused }

const importColumns = `shop_id, id, file_name, blob, format, settings, state, size, read_bytes, created, changed, unchanged, refused, warnings,
	pictures_waiting, pictures_done, pictures_failed, error, staff_id, created_at, updated_at, finished_at`

func scanImport(r db.Row) (i Import, err error) {
	var settings string
	err = r.Scan(&i.ShopID, &i.ID, &i.FileName, &i.blob, &i.Format, &settings, &i.State, &i.Size, &i.ReadBytes, &i.Created, &i.Changed, &i.Unchanged,
		&i.Refused, &i.Warnings, &i.PicturesWait, &i.PicturesDone, &i.PicturesFailed, &i.Error, &i.StaffID, &i.CreatedAt, &i.UpdatedAt, &i.FinishedAt)
	if err != nil {
		return i, err
	}
	return i, json.Unmarshal([]byte(settings), &i.Settings)
}

func load(tx *db.Tx, shop, imp id.ID) (Import, error) {
	i, err := scanImport(tx.QueryRow(`SELECT `+importColumns+` FROM imports WHERE shop_id = $1 AND id = $2`, shop, imp))
	if errors.Is(err, db.ErrNoRow) {
		return i, ErrNotFound
	}
	return i, err
}

// Get gives an import with its progress.
func (f *Flow) Get(ctx context.Context, shop, imp id.ID) (i Import, err error) {
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		i, err = load(tx, shop, imp)
		return err
	})
	return i, err
}

// List gives a page of a shop's imports, newest first; before is the last id of
// the page before, 0 for the first page.
func (f *Flow) List(ctx context.Context, shop, before id.ID, limit int) (list []Import, err error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		list, err = db.All(tx, scanImport, `SELECT `+importColumns+` FROM imports WHERE shop_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`,
			shop, before, min(max(limit, 1), 100))
		return err
	})
	return list, err
}

// Problem is what was wrong with a row or a picture of a file.
type Problem struct {
	Seq      int64  `json:"seq"`
	Line     int    `json:"line" doc:"line of the file, from 1; 0 when it has no place"`
	Column   int    `json:"column" doc:"number of the column, from 1; 0 when it has no place"`
	Severity string `json:"severity" enum:"refusal,warning"`
	Code     string `json:"code"`
	Field    string `json:"field" doc:"heading of the column, or the field"`
	Value    string `json:"value" doc:"what stood there, cut"`
	Zh       string `json:"zh"`
	En       string `json:"en"`
}

// Problems gives a page of the problems of an import in the order they were
// found; after is the seq of the last one of the page before.
func (f *Flow) Problems(ctx context.Context, shop, imp id.ID, after int64, limit int) (list []Problem, err error) {
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		list, err = db.All(tx, func(r db.Row) (p Problem, err error) {
			return p, r.Scan(&p.Seq, &p.Line, &p.Column, &p.Severity, &p.Code, &p.Field, &p.Value, &p.Zh, &p.En)
		}, `SELECT seq, line, col, severity, code, field, value, zh, en FROM import_problems
			WHERE shop_id = $1 AND import_id = $2 AND seq > $3 ORDER BY seq LIMIT $4`, shop, imp, after, min(max(limit, 1), 500))
		return err
	})
	return list, err
}
