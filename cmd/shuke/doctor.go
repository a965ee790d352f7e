package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/flow/audit"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/schema"
)

// checkup is one line of the doctor.
type checkup struct {
	Name   string   `json:"name"`
	OK     bool     `json:"ok"`
	Says   string   `json:"says"`
	Wrong  []string `json:"wrong,omitempty"`
	Advice string   `json:"advice,omitempty"`
}

func runDoctor(ctx context.Context, args []string) error {
	f := flags("doctor", "[--json]\n\nChecks that debits equal credits and agree with orders, payments and refunds, that stock movements add up to stock, and that no event is stuck.")
	path := configFlag(f)
	asJSON := f.Bool("json", false, "print JSON")
	if err := parse(f, args); err != nil {
		return err
	}
	c, err := loadConfig(*path)
	if err != nil {
		return err
	}
	d, _, err := app.OpenDB(ctx, c, false)
	if err != nil {
		return err
	}
	all, err := examine(ctx, d, time.Now())
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	bad := 0
	for _, k := range all {
		if !k.OK {
			bad++
		}
	}
	if *asJSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		err = e.Encode(map[string]any{"ok": bad == 0, "checks": all})
	} else {
		printCheckups(all)
	}
	if bad > 0 {
		return errors.Join(err, fmt.Errorf("doctor: %d of %d checks failed · 有检查未通过", bad, len(all)))
	}
	return err
}

func examine(ctx context.Context, d *db.DB, now time.Time) ([]checkup, error) {
	var out []checkup
	m, err := migrated(ctx, d)
	out = append(out, m)
	if err != nil || !m.OK {
		return out, err
	}
	r, err := audit.Run(ctx, d)
	if err != nil {
		return out, err
	}
	out = append(out, books(r), ledgerLine(r))
	q, err := jobs.ReadHealth(ctx, d)
	if err != nil {
		return out, err
	}
	return append(out, events(q, now), parked(q)), nil
}

func migrated(ctx context.Context, d *db.DB) (checkup, error) {
	all, err := db.LoadMigrations(schema.Migrations())
	if err != nil {
		return checkup{}, err
	}
	var have int
	err = d.Control().Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM schema_migrations`).Scan(&have)
	})
	k := checkup{Name: "数据库版本 schema", OK: err == nil && have == len(all), Says: fmt.Sprintf("%s, %d of %d migrations", d.Engine(), have, len(all))}
	if err != nil {
		k.Says = "not migrated yet: " + err.Error()
	}
	if !k.OK {
		k.Advice = "run: shuke migrate"
	}
	if have > len(all) {
		k.Advice = "the database is newer than this program: use the newer one"
	}
	return k, nil
}

func books(r audit.Report) checkup {
	k := checkup{Name: "账实相符 books, orders and stock agree", OK: r.OK(), Says: fmt.Sprintf("%d shops, %d orders, %d SKUs", r.Shops, r.Orders, r.SKUs)}
	for _, v := range r.Violations {
		k.Wrong = append(k.Wrong, v.String())
	}
	return k
}

// ledgerLine adds up all accounts: debits less credits over the whole must be 0.
func ledgerLine(r audit.Report) checkup {
	var names []string
	sum := int64(0)
	for a, v := range r.Balances {
		sum += int64(v)
		names = append(names, fmt.Sprintf("%s %s", a, v))
	}
	sort.Strings(names)
	return checkup{Name: "借贷相等 debits equal credits", OK: sum == 0, Says: fmt.Sprintf("difference %d fen; %v", sum, names)}
}

// stuckAfter is how long an event may wait while a process runs.
const stuckAfter = 5 * time.Minute

func events(q jobs.Health, now time.Time) checkup {
	k := checkup{Name: "事件 events", OK: q.EventsWaiting == 0 || now.Sub(q.OldestEvent) < stuckAfter, Says: fmt.Sprintf("%d waiting, %d jobs ready", q.EventsWaiting, q.JobsReady)}
	if !k.OK {
		k.Says += fmt.Sprintf(", the oldest since %s", q.OldestEvent.Format(time.RFC3339))
		k.Advice = "start shuke serve (or demo): it relays them"
	}
	return k
}

func parked(q jobs.Health) checkup {
	k := checkup{Name: "搁置的任务 parked jobs", OK: q.JobsParked == 0, Says: fmt.Sprintf("%d parked", q.JobsParked)}
	if !k.OK {
		k.Advice = "look at them in the console (待处理任务) and retry"
	}
	return k
}

func printCheckups(all []checkup) {
	for _, k := range all {
		mark := "✓"
		if !k.OK {
			mark = "✗"
		}
		fmt.Printf("%s %s — %s\n", mark, k.Name, k.Says)
		for _, w := range k.Wrong {
			fmt.Println("    ", w)
		}
		if k.Advice != "" {
			fmt.Println("    →", k.Advice)
		}
	}
}
