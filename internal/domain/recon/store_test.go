package recon

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 3, 11, 3, 0, 0, 0, time.UTC)
	ids = &id.Source{Now: time.Now, Node: 3}
)

func write(t *testing.T, d *db.DB, fn func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

// TestStepsOfRunsObeyTheTable tries every verb on a run in every state.
func TestStepsOfRunsObeyTheTable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		day := 0
		for _, from := range []RunState{Waiting, Running, Done, Failed} {
			for to, fn := range map[RunState]func(tx *db.Tx, r Run) error{
				Running: func(tx *db.Tx, r Run) error {
					_, ok, err := Claim(tx, r, now.Add(time.Minute), now)
					if !ok && err == nil {
						err = ErrLost
					}
					return err
				},
				Waiting: func(tx *db.Tx, r Run) error { return Rest(tx, r, ProblemMissing, now.Add(time.Hour), now) },
				Failed:  func(tx *db.Tx, r Run) error { return Rest(tx, r, ProblemHash, time.Time{}, now) },
				Done:    func(tx *db.Tx, r Run) error { return Finish(tx, r, now) },
			} {
				day++
				r := Run{ID: ids.Next(), Provider: "wechat", Account: "19", Day: fmt.Sprintf("2025-%02d-%02d", day/28+1, day%28+1)}
				write(t, d, func(tx *db.Tx) error { return Plan(tx, r, now.Add(-time.Minute), now) })
				write(t, d, func(tx *db.Tx) error {
					return tx.Must(`UPDATE recon_runs SET state = $2 WHERE shop_id = 0 AND id = $1`, r.ID, string(from))
				})
				err := d.Write(ctx, func(tx *db.Tx) error { return fn(tx, r) })
				want := states.Allowed(RunStates(), string(from), string(to)) || from == Running && to == Running // a run whose worker is gone
				if (err == nil) != want || err != nil && !errors.Is(err, ErrLost) {
					t.Errorf("%s → %s: %v", from, to, err)
				}
			}
		}
	})
}

func TestDifferencesKeepWhatWasDone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := Run{ID: ids.Next(), Provider: "wechat", Account: "19", Day: "2026-03-10", Round: 1}
		other := Run{ID: ids.Next(), Provider: "wechat", Account: "19", Day: "2026-03-11", Round: 1}
		all := []Difference{{Kind: MissingThere, State: Open, Number: "a", Here: 100}, {Kind: FeeDiffers, State: Noted, Number: "a"}, {Kind: MissingHere, State: Open, Number: "b", There: 5, Line: 7},
			{Kind: MissingHere, State: Open, Number: "b"}}
		write(t, d, func(tx *db.Tx) error {
			return errors.Join(Plan(tx, r, now, now), Plan(tx, r, now, now), Plan(tx, other, now, now), Store(tx, ids, r, all, now),
				tx.Must(`UPDATE recon_runs SET state = 'running', round = 1, open_count = 2 WHERE shop_id = 0 AND id = $1`, r.ID))
		})
		list := func(f Filter) (out []Difference) {
			t.Helper()
			if err := d.Read(ctx, func(tx *db.Tx) (err error) {
				f.Limit = 10
				out, err = List(tx, 0, f)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return out
		}
		open := func(want int64) {
			t.Helper()
			if err := d.Read(ctx, func(tx *db.Tx) error {
				got, err := GetRun(tx, 0, r.ID)
				if got.Open != want {
					t.Errorf("%d open, want %d", got.Open, want)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if got := list(Filter{Run: r.ID}); len(got) != 3 || got[0].Here != 100 || got[2].Line != 7 || got[2].There != 5 {
			t.Fatalf("%+v", got)
		}
		if len(list(Filter{Run: r.ID, State: Open})) != 2 || len(list(Filter{Run: r.ID, Kind: FeeDiffers})) != 1 || len(list(Filter{})) != 2 || len(list(Filter{Kind: MissingHere})) != 1 {
			t.Fatal("filters")
		}
		b := list(Filter{Run: r.ID, Kind: MissingHere})[0]
		for range 2 { // of two rivals one heals it
			write(t, d, func(tx *db.Tx) error {
				_, err := Heal(tx, b, "settled", 0, now)
				return err
			})
		}
		open(1)
		write(t, d, func(tx *db.Tx) error { return HealOther(tx, other, []string{"a", "b", "c"}, now) })
		open(0)
		r.Round = 2 // the second round finds one of them again
		write(t, d, func(tx *db.Tx) error { return errors.Join(Store(tx, ids, r, all[2:3], now), HealGone(tx, r, now)) })
		if got := list(Filter{}); len(got) != 1 || got[0].ID != b.ID || got[0].Outcome != "settled" {
			t.Fatalf("%+v", got)
		}
		write(t, d, func(tx *db.Tx) error { return Tried(tx, b, "says_unpaid", 4, now) })
		if got := list(Filter{})[0]; got.Outcome != "says_unpaid" || got.StaffID != 4 || got.State != Open {
			t.Fatalf("%+v", got)
		}
		if err := d.Read(ctx, func(tx *db.Tx) error {
			counts, err := Counts(tx, 0, r.ID)
			if len(counts) != 3 {
				t.Errorf("%+v", counts)
			}
			if _, missing := GetRun(tx, 1, r.ID); !errors.Is(missing, ErrNotFound) {
				t.Error("another shop's run was found")
			}
			if _, missing := Get(tx, 1, b.ID); !errors.Is(missing, ErrNotFound) {
				t.Error("another shop's difference was found")
			}
			runs, err2 := Runs(tx, 0, Run{}, 1)
			if len(runs) != 1 || runs[0].ID != other.ID {
				t.Errorf("%+v", runs)
			}
			next, err3 := Runs(tx, 0, runs[0], 5)
			if len(next) != 1 || next[0].ID != r.ID {
				t.Errorf("%+v", next)
			}
			return errors.Join(err, err2, err3)
		}); err != nil {
			t.Fatal(err)
		}
	})
}
