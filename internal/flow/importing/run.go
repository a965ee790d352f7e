package importing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/catalog/feed"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

const (
	// lease is how long an import without a sign of progress belongs to its worker.
	lease = time.Minute
	// keptProblems is how many problems of one import are stored; all are counted.
	keptProblems = 5000
)

// errLost tells that another worker has taken the import over.
var errLost = errors.New("importing: another worker has this import")

// OnEvent wakes the worker; it listens to import.started.
func (f *Flow) OnEvent(_ context.Context, e jobs.Event) error {
	if e.Kind != event.ImportStarted {
		return fmt.Errorf("flow/importing: no listener for %q", e.Kind)
	}
	var i event.Import
	if err := e.Decode(&i); err != nil {
		return err
	}
	select {
	case f.wake <- key{i.ShopID, i.ImportID}:
	default: // the worker looks for waiting imports by itself
	}
	return nil
}

// Serve runs imports, one at a time, until ctx ends: those that were started,
// and those whose worker died. An import takes minutes, so it does not run
// among the jobs.
func (f *Flow) Serve(ctx context.Context) {
	tick := time.NewTicker(lease / 2)
	defer tick.Stop()
	for ctx.Err() == nil {
		list, err := f.waiting(ctx)
		if err != nil && ctx.Err() == nil {
			f.Report(fmt.Errorf("look for imports: %w", err))
		}
		for _, k := range list {
			f.runOne(ctx, k)
		}
		select {
		case <-ctx.Done():
		case k := <-f.wake:
			f.runOne(ctx, k)
		case <-tick.C:
		}
	}
}

func (f *Flow) runOne(ctx context.Context, k key) {
	if err := f.Run(ctx, k.shop, k.imp, nil); err != nil && !errors.Is(err, errLost) && ctx.Err() == nil {
		f.Report(fmt.Errorf("import %d of shop %d: %w", k.imp, k.shop, err))
	}
}

// waiting finds imports that wait or whose worker is gone, over all shops: once
// every half minute, on an index of the few that are open.
func (f *Flow) waiting(ctx context.Context) (list []key, err error) {
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		list, err = db.All(tx, func(r db.Row) (k key, err error) { return k, r.Scan(&k.shop, &k.imp) },
			`SELECT shop_id, id FROM imports WHERE finished_at IS NULL AND (state = 'waiting' OR state IN ('running', 'pictures') AND updated_at < $1)
			ORDER BY updated_at LIMIT 100`, f.Now().Add(-lease))
		return err
	})
	return list, err
}

// Progress is called now and then while an import runs.
type Progress func(Import)

// Run runs an import that waits, or goes on with one whose worker died. It
// returns when the import is done or has failed for good; an error means that
// it can go on later. Running a finished one does nothing.
func (f *Flow) Run(ctx context.Context, shop, imp id.ID, progress Progress) error {
	i, err := f.claim(ctx, shop, imp)
	if err != nil || i.State == Done || i.State == Failed {
		return err
	}
	return f.work(ctx, i, progress, nil)
}

// work does what is left of a claimed import.
func (f *Flow) work(ctx context.Context, i Import, progress Progress, dir *folder) error {
	defer f.beat(ctx, i)()
	w := &worker{f: f, i: i, progress: progress, dir: dir, wishes: map[id.ID]bool{}, touched: map[id.ID]bool{}}
	err := w.rows(ctx)
	if err == nil && w.i.State != Failed {
		err = w.fetch(ctx)
	}
	if err == nil && w.i.State != Failed {
		err = w.list(ctx)
	}
	if err == nil {
		err = w.finish(ctx)
	}
	w.show()
	return err
}

// beat renews the lease while a slow picture gives no sign of progress.
func (f *Flow) beat(ctx context.Context, i Import) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(lease / 4)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			err := f.DB.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(`UPDATE imports SET updated_at = $3 WHERE shop_id = $1 AND id = $2 AND finished_at IS NULL`, i.ShopID, i.ID, f.Now())
				return err
			})
			if err != nil && ctx.Err() == nil {
				f.Report(fmt.Errorf("renew the lease of import %d: %w", i.ID, err))
			}
		}
	}()
	return func() { cancel(); <-done }
}

// claim takes an import for this worker.
func (f *Flow) claim(ctx context.Context, shop, imp id.ID) (i Import, err error) {
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		if i, err = load(tx, shop, imp); err != nil {
			return err
		}
		if i.State == Done || i.State == Failed {
			return nil
		}
		n, err := tx.Exec(`UPDATE imports SET state = CASE WHEN state = 'waiting' THEN 'running' ELSE state END, updated_at = $3
			WHERE shop_id = $1 AND id = $2 AND (state = 'waiting' OR state IN ('running', 'pictures') AND updated_at < $4)`,
			shop, imp, f.Now(), f.Now().Add(-lease))
		if err != nil {
			return err
		}
		if n == 0 {
			return errLost
		}
		i, err = load(tx, shop, imp)
		return err
	})
	return i, err
}

// worker runs one import.
type worker struct {
	f        *Flow
	i        Import
	progress Progress
	dir      *folder // where local pictures lie; nil: nowhere
	problems int64   // stored so far
	wishes   map[id.ID]bool
	touched  map[id.ID]bool // products of the file, whose pictures are fetched
}

func (w *worker) show() {
	if w.progress != nil {
		w.progress(w.i)
	}
}

// rows reads the file from where the last worker stopped.
func (w *worker) rows(ctx context.Context) error {
	file, err := w.f.open(&w.i)
	if errors.Is(err, ErrGone) {
		return w.fail(ctx, Problem{Severity: "refusal", Code: ErrGone.Code, Zh: ErrGone.Zh, En: ErrGone.En})
	} else if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	src, err := w.f.source(file, w.i.Settings)
	if isPictureList(err) {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return w.pictureRows(ctx, file)
	}
	if b := broken(err); b != nil {
		return w.fail(ctx, *b)
	} else if err != nil {
		e := errs.Of(err)
		return w.fail(ctx, Problem{Severity: "refusal", Code: "import.settings", Zh: e.Zh, En: e.En, Value: cut(err.Error(), 80)})
	}
	w.i.Format = string(src.reader.Format())
	s := w.f.session(&w.i, w.f.IDs.Next)
	if err := w.skip(ctx, s, src); err != nil {
		return err
	}
	for {
		batch, err := src.next(batchSize)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		if err := w.batch(ctx, s, batch, src.reader.Progress(), nil); err != nil {
			return err
		}
		w.show()
	}
	if b := broken(src.err); b != nil {
		return w.fail(ctx, *b)
	}
	return nil
}

// skip passes over what a worker before has done, noting whose pictures and
// listing are still to come.
func (w *worker) skip(ctx context.Context, s *session, src *source) error {
	for left := w.i.seen(); left > 0; {
		batch, err := src.next(int(min(left, batchSize)))
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			return nil
		}
		left -= int64(len(batch))
		err = w.f.DB.Read(ctx, func(tx *db.Tx) error {
			if err := tx.QueryRow(`SELECT COUNT(*) FROM import_problems WHERE shop_id = $1 AND import_id = $2`, w.i.ShopID, w.i.ID).Scan(&w.problems); err != nil {
				return err
			}
			k, err := s.look(tx, batch)
			if err != nil {
				return err
			}
			for n := range batch {
				p, err := s.find(tx, &batch[n], &k)
				if err != nil {
					return err
				}
				if p != nil && !batch[n].refused {
					w.note(&batch[n], p.ID)
					s.kept.matched[p.ID] = true
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// note remembers a product for the pictures and, if the file says it is on sale, for listing.
func (w *worker) note(it *item, product id.ID) {
	w.touched[product] = true
	if it.State == feed.Listed {
		w.wishes[product] = true
	}
}

// batch writes a batch of products, what was wrong with them and the counts,
// all in one transaction: what is counted is done, once. do, if any, stands in
// for writing the whole product.
func (w *worker) batch(ctx context.Context, s *session, batch []item, read int64, do stepFunc) error {
	var next Import
	var results []result
	var told int64
	err := w.f.DB.Write(ctx, func(tx *db.Tx) error {
		next, results = w.i, nil
		s.begin()
		step, err := s.stepper(tx, batch, do)
		if err != nil {
			return err
		}
		for n := range batch {
			it := batch[n]
			it.problems = append([]Problem(nil), it.problems...)
			r, err := step(tx, &it, true)
			if err != nil {
				return fmt.Errorf("line %d: %w", it.Row, err)
			}
			next.count(r)
			results = append(results, r)
		}
		next.ReadBytes, next.UpdatedAt = read, w.f.Now()
		if told, err = w.writeProblems(tx, results); err != nil {
			return err
		}
		return w.advance(tx, next)
	})
	if err != nil {
		return err
	}
	s.keep()
	w.i, w.problems = next, w.problems+told
	for _, r := range results {
		if r.outcome != Refused {
			w.note(r.item, r.product.ID)
		}
	}
	return nil
}

// stepFunc plans one item and, with true, writes it.
type stepFunc func(*db.Tx, *item, bool) (result, error)

// stepper is do, or else what writes the products of a batch whole.
func (s *session) stepper(tx *db.Tx, batch []item, do stepFunc) (stepFunc, error) {
	if do != nil {
		return do, nil
	}
	k, err := s.look(tx, batch)
	return func(tx *db.Tx, it *item, write bool) (result, error) { return s.step(tx, it, &k, write) }, err
}

func (i *Import) count(r result) {
	switch r.outcome {
	case Created:
		i.Created++
	case Changed:
		i.Changed++
	case Unchanged:
		i.Unchanged++
	default:
		i.Refused++
	}
	for _, p := range r.item.problems {
		if p.Severity == string(feed.Warning) {
			i.Warnings++
		}
	}
}

// advance stores the counts, unless another worker has counted on.
func (w *worker) advance(tx *db.Tx, next Import) error {
	err := tx.Must(`UPDATE imports SET format = $4, read_bytes = $5, created = $6, changed = $7, unchanged = $8, refused = $9, warnings = $10, updated_at = $11
		WHERE shop_id = $1 AND id = $2 AND state = 'running' AND created + changed + unchanged + refused = $3`,
		next.ShopID, next.ID, w.i.seen(), next.Format, next.ReadBytes, next.Created, next.Changed, next.Unchanged, next.Refused, next.Warnings, next.UpdatedAt)
	if errors.Is(err, db.ErrNoRow) {
		return errLost
	}
	return err
}

// writeProblems stores problems, up to keptProblems for one import.
func (w *worker) writeProblems(tx *db.Tx, results []result) (n int64, err error) {
	for _, r := range results {
		for _, p := range r.item.problems {
			if w.problems+n >= keptProblems {
				return n, nil
			}
			n++
			if err := w.writeProblem(tx, w.problems+n, p); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func (w *worker) writeProblem(tx *db.Tx, seq int64, p Problem) error {
	_, err := tx.Exec(`INSERT INTO import_problems (shop_id, import_id, seq, line, col, severity, code, field, value, zh, en)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`, w.i.ShopID, w.i.ID, seq, p.Line, p.Column, p.Severity, p.Code,
		clean(p.Field), clean(p.Value), clean(p.Zh), clean(p.En))
	return err
}

// fail ends the import where the file cannot be read any further.
func (w *worker) fail(ctx context.Context, p Problem) error {
	w.i.State, w.i.Error = Failed, p.Code
	return w.f.DB.Write(ctx, func(tx *db.Tx) error {
		err := tx.QueryRow(`SELECT COALESCE(MAX(seq), 0) FROM import_problems WHERE shop_id = $1 AND import_id = $2`, w.i.ShopID, w.i.ID).Scan(&w.problems)
		if err != nil {
			return err
		}
		return w.writeProblem(tx, w.problems+1, p)
	})
}

// finish stores the end.
func (w *worker) finish(ctx context.Context) error {
	if w.i.State != Failed {
		w.i.State = Done
		w.i.ReadBytes = w.i.Size
	}
	w.i.UpdatedAt, w.i.FinishedAt = w.f.Now(), w.f.Now()
	return w.f.DB.Write(ctx, func(tx *db.Tx) error {
		err := tx.Must(`UPDATE imports SET state = $3, error = $4, format = $5, read_bytes = $6, pictures_waiting = 0, updated_at = $7, finished_at = $7
			WHERE shop_id = $1 AND id = $2`, w.i.ShopID, w.i.ID, w.i.State, w.i.Error, w.i.Format, w.i.ReadBytes, w.f.Now())
		if err != nil {
			return err
		}
		return w.f.Emit.Emit(tx, w.f.Now(), w.i.ShopID, event.ImportFinished, event.Import{ShopID: w.i.ShopID, ImportID: w.i.ID})
	})
}
