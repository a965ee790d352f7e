package importing

import (
	"context"
	"io"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Preview is what running an import would do. All is counted, the first rows
// and problems are told in full.
type Preview struct {
	Format    string       `json:"format"`
	Encoding  string       `json:"encoding"`
	Columns   []string     `json:"columns" doc:"headings as in the file"`
	Created   int64        `json:"created"`
	Changed   int64        `json:"changed"`
	Unchanged int64        `json:"unchanged"`
	Refused   int64        `json:"refused"`
	Warnings  int64        `json:"warnings"`
	Pictures  int64        `json:"pictures" doc:"pictures that would be fetched"`
	Rows      []PreviewRow `json:"rows" doc:"the first 200 products"`
	Problems  []Problem    `json:"problems" doc:"the first 500"`
	Broken    *Problem     `json:"broken,omitempty" doc:"where the file cannot be read any further"`
}

// PreviewRow is one product of a preview.
type PreviewRow struct {
	Line      int       `json:"line"`
	Ref       string    `json:"ref" doc:"key of the product in the file"`
	Title     string    `json:"title"`
	Outcome   Outcome   `json:"outcome" enum:"created,changed,unchanged,refused"`
	ProductID id.ID     `json:"product_id" doc:"0 for one that would be created"`
	Changes   []string  `json:"changes" doc:"fields that would change"`
	SKUs      int       `json:"sku_count"`
	PriceMin  money.Fen `json:"price_min" doc:"fen"`
	PriceMax  money.Fen `json:"price_max" doc:"fen"`
	Lists     bool      `json:"lists" doc:"the file says it is on sale and nothing but a picture is missing"`
}

const (
	previewRows     = 200
	previewProblems = 500
)

// Preview reads an uploaded file and says what running it would do; nothing is
// written. With settings they are tried instead of those of the upload.
func (f *Flow) Preview(ctx context.Context, shop, imp id.ID, try *Settings) (Preview, error) {
	i, err := f.Get(ctx, shop, imp)
	if err != nil {
		return Preview{}, err
	}
	if try != nil {
		i.Settings = *try
	}
	file, err := f.open(&i)
	if err != nil {
		return Preview{}, err
	}
	defer func() { _ = file.Close() }()
	src, err := f.source(file, i.Settings)
	if isPictureList(err) {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return Preview{}, err
		}
		return f.previewPictures(ctx, &i, file)
	}
	if b := broken(err); b != nil {
		return Preview{Broken: b, Problems: []Problem{}, Rows: []PreviewRow{}}, nil
	} else if err != nil {
		return Preview{}, err
	}
	next := id.ID(0)
	s := f.session(&i, func() id.ID { next--; return next }) // ids below 0: nothing is stored under them
	out := Preview{Format: string(src.reader.Format()), Columns: src.reader.Columns(), Rows: []PreviewRow{}, Problems: []Problem{}}
	for {
		batch, err := src.next(batchSize)
		if err != nil {
			return out, err
		}
		if len(batch) == 0 {
			out.Encoding, out.Broken = string(src.reader.Encoding()), broken(src.err)
			return out, nil
		}
		err = f.DB.Read(ctx, func(tx *db.Tx) error {
			s.begin()
			k, err := s.look(tx, batch)
			for n := range batch {
				if err != nil {
					return err
				}
				var r result
				if r, err = s.step(tx, &batch[n], &k, false); err == nil {
					out.add(r)
				}
			}
			return err
		})
		if err != nil {
			return out, err
		}
		s.keep()
	}
}

func (p *Preview) add(r result) {
	switch r.outcome {
	case Created:
		p.Created++
	case Changed:
		p.Changed++
	case Unchanged:
		p.Unchanged++
	default:
		p.Refused++
	}
	for _, m := range r.product.Media {
		if m.URL == "" {
			p.Pictures++
		}
	}
	for _, x := range r.item.problems {
		if x.Severity == "warning" {
			p.Warnings++
		}
		if len(p.Problems) < previewProblems {
			x.Seq = int64(len(p.Problems) + 1)
			p.Problems = append(p.Problems, x)
		}
	}
	if len(p.Rows) < previewRows {
		row := PreviewRow{Line: r.item.Row, Ref: r.item.Ref, Title: cut(plain(r.item.Title), 120), Outcome: r.outcome, ProductID: max(r.product.ID, 0),
			Changes: r.fields, SKUs: len(r.item.SKUs), PriceMin: r.product.PriceMin, PriceMax: r.product.PriceMax, Lists: r.outcome == Created && wouldList(r)}
		if row.Changes == nil {
			row.Changes = []string{}
		}
		p.Rows = append(p.Rows, row)
	}
}

// wouldList says whether a new product goes on sale once its pictures are here.
func wouldList(r result) bool {
	if string(r.item.State) != string(catalog.Listed) {
		return false
	}
	for _, lack := range r.product.Unlistable() {
		if lack.Field != "media" || len(r.product.Media) == 0 {
			return false
		}
	}
	return true
}
