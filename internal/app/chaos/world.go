package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

func moneyOf(fen int64) money.Fen { return money.Fen(fen) }

// desk is a pocket WeChat that serves one run after another: making its keys
// takes as long as a thousand steps.
type desk struct {
	pocket *sim.Server
	world  atomic.Pointer[world]
	at     atomic.Int64 // the one clock, microseconds since 1970
}

func newDesk() *desk {
	d := &desk{}
	d.at.Store(epoch.UnixMicro())
	d.pocket = &sim.Server{Now: d.now, Outbound: fromPocket{d}}
	return d
}

func (d *desk) now() time.Time { return time.UnixMicro(d.at.Load()).UTC() }

// world is one run: a house, the pocket WeChat, the people and what they know.
type world struct {
	*desk
	ctx     context.Context
	g       *ground
	rules   Rules
	cfg     config.Config
	house   *app.House
	handler http.Handler
	down    bool // the house fell in this step
	opened  int  // how often it was opened
	calm    bool // no faults any more: everything is to come to rest
	dice    *rand.Rand
	mail    []letter // notices on their way
	passes  map[int]pass
	memory
	watch
}

// Rules of a run.
type Rules struct {
	Seed      uint64 `json:"seed"`
	Steps     int    `json:"steps"`
	Whole     int    `json:"-"`               // compare everything each so many steps
	Break     string `json:"break,omitempty"` // "guard": the guard of the shelves is taken away
	NoFaults  bool   `json:"no_faults,omitempty"`
	NoCrashes bool   `json:"no_crashes,omitempty"`
}

// newWorld opens a fresh market on a desk.
func newWorld(ctx context.Context, d *desk, g *ground, dir string, r Rules) (*world, error) {
	w := &world{desk: d, ctx: ctx, g: g, rules: r, passes: map[int]pass{}, dice: rand.New(rand.NewPCG(r.Seed, 0))}
	w.memory.make()
	w.watch.make(g)
	cfg, err := g.copyTo(dir)
	if err != nil {
		return nil, err
	}
	w.cfg = cfg
	d.world.Store(w)
	d.at.Store(epoch.Add(time.Hour).UnixMicro())
	if _, err := d.pocket.Handler(); err != nil {
		return nil, err
	}
	if err := d.pocket.Reset(bytes.NewReader(g.snapshot)); err != nil {
		return nil, err
	}
	w.sync()
	if err := w.open(); err != nil {
		return nil, err
	}
	if r.Break == BreakGuard {
		return w, w.unguard()
	}
	return w, nil
}

// open opens the house, as after a start of the program.
func (w *world) open() error {
	w.pass(2 * time.Second)
	h, err := app.OpenIn(w.ctx, w.cfg, slog.New(w.log()), app.Outside{Now: w.now, Transport: toPocket{w}, OneByOne: true})
	if err != nil {
		return fmt.Errorf("the house does not open: %w", err)
	}
	w.house, w.handler, w.down = h, h.Handler(), false
	w.opened++
	if w.rules.Break == BreakGuard {
		h.Checkout.Look = lookAway
	}
	return h.Pay.Resume(w.ctx)
}

// fall is what kill -9 is to a house: nothing is finished, nothing given back.
func (w *world) fall() {
	if !w.down {
		w.down = true
		_ = w.house.DB.Close()
	}
}

// rise opens a house that fell.
func (w *world) rise() error {
	if !w.down {
		return nil
	}
	return w.open()
}

// end closes everything of the run but the desk.
func (w *world) end() error {
	err := w.house.DB.Close()
	w.desk.world.Store(nil)
	return errors.Join(err, os.Remove(filepath.Join(w.cfg.Data.Dir, "shuke.db")))
}

// pass lets time go by: what is due at the pocket WeChat happens, each at its moment.
func (w *world) pass(d time.Duration) {
	w.at.Add(d.Microseconds())
	w.sync()
}

// sync brings the pocket WeChat to the moment of the world and returns when
// everything it had to do is done.
func (w *world) sync() {
	w.at.Add(1)
	w.pocket.Clock.Set(w.now())
}

// log is where the house writes; only what should not be is kept.
func (w *world) log() slog.Handler { return &faultLog{w: w} }

// faultLog keeps errors of the house.
type faultLog struct{ w *world }

// Enabled implements slog.Handler.
func (l *faultLog) Enabled(_ context.Context, v slog.Level) bool { return v >= slog.LevelError }

// Handle implements slog.Handler.
func (l *faultLog) Handle(_ context.Context, r slog.Record) error {
	if l.w.down {
		return nil
	}
	text := r.Message
	r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
	l.w.logged(text)
	return nil
}

// WithAttrs implements slog.Handler.
func (l *faultLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements slog.Handler.
func (l *faultLog) WithGroup(string) slog.Handler { return l }
