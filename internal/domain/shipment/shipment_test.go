package shipment

import (
	"context"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

func TestStates(t *testing.T) {
	if err := states.Check(States()); err != nil {
		t.Error(err)
	}
}

func TestParcelGoesForwardOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at := time.Date(2026, 11, 11, 8, 0, 0, 0, time.UTC)
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			s := Shipment{ShopID: 1, ID: 2, OrderID: 3, Carrier: "shunfeng", TrackingNo: "SF1", NextPollAt: at, ShippedAt: at}
			if err := Put(tx, s, []Line{{1, 2}, {2, 1}}); err != nil {
				return err
			}
			due, err := Due(tx, at, 10)
			if err != nil || len(due) != 1 || due[0].ID != 2 {
				t.Errorf("due %+v %v", due, err)
			}
			for i, mine := range []bool{true, false} { // the second process comes too late
				if ok, err := Claim(tx, due[0], at.Add(time.Hour), at); ok != mine || err != nil {
					t.Errorf("claim %d: %v %v", i, ok, err)
				}
			}
			if due, _ := Due(tx, at, 10); len(due) != 0 {
				t.Error("claimed and still due")
			}
			if ok, err := Correct(tx, 1, 2, "zhongtong", "ZT9", at); !ok || err != nil {
				t.Errorf("correct: %v %v", ok, err)
			}
			for i, step := range []struct {
				to State
				ok bool
			}{{InTransit, true}, {InTransit, false}, {Delivered, true}, {Delivered, false}, {InTransit, false}, {"lost", false}} {
				if ok, err := Move(tx, 1, 2, step.to, at, at); ok != step.ok || err != nil {
					t.Errorf("step %d to %s: %v %v", i, step.to, ok, err)
				}
			}
			if ok, _ := Correct(tx, 1, 2, "x", "y", at); ok {
				t.Error("a delivered parcel was corrected")
			}
			for i := range MaxTracks + 5 {
				ok, err := AddTrack(tx, 1, 2, Track{At: at.Add(time.Duration(i) * time.Minute), Text: "到达"})
				if ok != (i < MaxTracks) || err != nil {
					t.Fatalf("track %d: %v %v", i, ok, err)
				}
			}
			got, err := Get(tx, 1, 2)
			if got.TrackingNo != "ZT9" || got.DeliveredAt.IsZero() || got.Polls != 1 {
				t.Errorf("%+v", got)
			}
			lines, err2 := Lines(tx, 1, 2)
			if len(lines) != 2 || lines[0].Qty != 2 || err2 != nil {
				t.Errorf("%+v %v", lines, err2)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
