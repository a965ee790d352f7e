package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/domain/recon/wechatbill"
	"github.com/shuke-commerce/shuke/internal/flow/reconcile"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// BillsOptions say how large a day is reconciled.
type BillsOptions struct {
	Options
	Lines    int
	Prepared string // a folder that this bench has prepared: reconcile it, and nothing else
	Hashes   string // of its two bills, "trade,fund"
}

// BillsResult is what `shuke bench bills` prints.
type BillsResult struct {
	Engine         string         `json:"engine"`
	Cores          int            `json:"cores"`
	Lines          int64          `json:"lines"`
	FundLines      int64          `json:"fund_lines"`
	Seconds        float64        `json:"seconds"`
	LinesPerSecond float64        `json:"lines_per_second"`
	CPUSeconds     float64        `json:"cpu_seconds"`
	PeakMB         float64        `json:"peak_rss_mb"`
	Seeded         int            `json:"seeded_faults"`
	Found          map[string]int `json:"found"`
	Exactly        bool           `json:"exactly_the_seeded"`
	Day            string         `json:"day"`
}

// Bills makes a day of payments, a bill of it with faults in it, and reconciles it
// in a process of its own, whose memory is read at its end.
func Bills(ctx context.Context, o BillsOptions) (BillsResult, error) {
	if o.Prepared != "" {
		return reconcilePrepared(ctx, o)
	}
	w, err := newBillsWorld(ctx, o)
	if err != nil {
		return BillsResult{}, err
	}
	if !o.Keep {
		defer func() { _ = os.RemoveAll(w.dir) }()
	}
	if err := w.fill(ctx); err != nil {
		return BillsResult{}, err
	}
	out, err := w.inOwnProcess(ctx)
	if err != nil {
		return out, err
	}
	out.Seeded = len(w.want)
	return out, w.check(ctx, &out)
}

// inOwnProcess runs this binary on what is prepared.
func (w *billsWorld) inOwnProcess(ctx context.Context) (BillsResult, error) {
	var out BillsResult
	self, err := os.Executable()
	if err != nil {
		return out, err
	}
	args := []string{"bench", "bills", "--engine", w.o.Engine, "--prepared", w.dir, "--hashes", w.hashes[0] + "," + w.hashes[1], "--json"}
	if w.o.URL != "" {
		args = append(args, "--url", w.o.URL)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("bench: the reconciling process: %w", err)
	}
	return out, json.Unmarshal(text, &out)
}

// preparedSource gives the bills of a folder.
type preparedSource struct {
	wechatbill.Source
	dir    string
	hashes map[recon.Bill]string
}

// Fetch implements recon.Source.
func (s *preparedSource) Fetch(_ context.Context, which recon.Bill, _ string) (recon.File, error) {
	f, err := os.Open(filepath.Join(s.dir, string(which)+".csv.gz"))
	return recon.File{Body: f, Hash: s.hashes[which]}, err
}

// reconcilePrepared makes the run and says what it took.
func reconcilePrepared(ctx context.Context, o BillsOptions) (BillsResult, error) {
	out := BillsResult{Engine: o.Engine, Cores: runtime.NumCPU()}
	cfg, err := config.Load("", nil)
	if err != nil {
		return out, err
	}
	cfg.Data.Dir, cfg.Database.URL = o.Prepared, o.URL
	h, err := app.Open(ctx, cfg, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return out, err
	}
	trade, fund, ok := bytes.Cut([]byte(o.Hashes), []byte(","))
	if !ok {
		return out, errors.Join(errors.New("bench: --hashes belongs to --prepared"), h.Close())
	}
	d := h.Reconcile
	d.AskPayment, d.AskRefund = nil, nil // there is no provider to ask
	d.Accounts = []reconcile.Account{{Account: payment.Account{Provider: payment.Wechat, MchID: billsMerchant}, FeeBps: 60,
		Source: &preparedSource{dir: o.Prepared, hashes: map[recon.Bill]string{recon.TradeBill: string(trade), recon.FundBill: string(fund)}}}}
	out.Day = recon.Day(h.Now().Add(-24 * time.Hour))
	begin := time.Now()
	run, err := d.Again(ctx, payment.Wechat, billsMerchant, out.Day, 0)
	if err == nil {
		_, err = d.Sweep(ctx, h.Now())
	}
	out.Seconds = time.Since(begin).Seconds()
	if err == nil {
		err = h.DB.Read(ctx, func(tx *db.Tx) (err error) {
			run, err = recon.GetRun(tx, 0, run.ID)
			return err
		})
	}
	if err == nil && run.State != recon.Done {
		err = fmt.Errorf("bench: the run is %s: %s", run.State, run.Problem)
	}
	out.Lines, out.Found = run.Lines, map[string]int{}
	for k, n := range run.Figures.Kinds {
		out.Found[string(k)] = int(n)
	}
	for _, m := range run.Figures.Flows {
		out.FundLines += m.Count
	}
	out.LinesPerSecond = float64(out.Lines) / out.Seconds
	spent, cpuErr := cpu(os.Getpid())
	peak, memErr := peakMemory()
	out.CPUSeconds, out.PeakMB = spent.Seconds(), float64(peak)/(1<<20)
	return out, errors.Join(err, cpuErr, memErr, h.Close())
}

// peakMemory is the largest resident memory this process has had, in bytes (Linux).
func peakMemory() (int64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		if v, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			kb, err := strconv.ParseInt(string(bytes.Fields(v)[0]), 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("bench: no VmHWM")
}

// check compares what was found with what was seeded, number by number.
func (w *billsWorld) check(ctx context.Context, out *BillsResult) error {
	d, _, err := app.OpenDB(ctx, w.cfg, false)
	if err != nil {
		return err
	}
	found := 0
	wrong := map[string]bool{}
	err = d.Read(ctx, func(tx *db.Tx) error {
		run, err := recon.RunOf(tx, 0, payment.Wechat, billsMerchant, out.Day)
		if err != nil {
			return err
		}
		all, err := recon.List(tx, 0, recon.Filter{Run: run.ID, Limit: 1_000_000})
		for _, x := range all {
			found++
			if key := string(x.Kind) + " " + x.Number; !w.want[key] {
				wrong[key] = true
			}
		}
		return err
	})
	out.Exactly = err == nil && len(wrong) == 0 && found == len(w.want)
	return errors.Join(err, d.Close())
}
