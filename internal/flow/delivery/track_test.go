package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/shipment"
	"github.com/shuke-commerce/shuke/internal/domain/shipment/kuaidi100"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	client "github.com/shuke-commerce/shuke/wechat/kuaidi100"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

var ctx = context.Background()

const shop id.ID = 7

// yard is a shop with paid orders of one unit each, and the pocket WeChat's carriers on a socket. Its clock is the simulator's.
type yard struct {
	t   *testing.T
	d   *Deps
	sim *sim.Server
}

func newYard(t *testing.T, d *db.DB, key string) *yard {
	t.Helper()
	s := &sim.Server{}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.Clock.Freeze()
	s.Clock.Set(time.Date(2026, 11, 11, 4, 0, 0, 0, time.UTC))
	if _, err := s.AddCarrierCustomer(sim.CarrierCustomer{Customer: "SHUKE", Key: "key12345"}); err != nil {
		t.Fatal(err)
	}
	y := &yard{t: t, sim: s}
	ids := &id.Source{Now: y.now, Node: 1}
	y.d = &Deps{DB: d, IDs: ids, Emitter: &jobs.Emitter{IDs: ids}, Now: y.now, Tracker: tracker(t, s.URL(), key)}
	y.write(func(tx *db.Tx) error {
		_, err := inventory.SetOnHand(tx, inventory.Move{IDs: ids, Shop: shop, Now: y.now()}, 1, 1000)
		return err
	})
	return y
}

func tracker(t *testing.T, base, key string) *kuaidi100.Tracker {
	t.Helper()
	c, err := client.New(client.Config{Customer: "SHUKE", Key: key, BaseURL: base})
	if err != nil {
		t.Fatal(err)
	}
	return &kuaidi100.Tracker{Client: c}
}

func (y *yard) now() time.Time { return y.sim.Clock.Now().UTC().Truncate(time.Microsecond) }

func (y *yard) write(fn func(*db.Tx) error) {
	y.t.Helper()
	if err := y.d.DB.Write(ctx, fn); err != nil {
		y.t.Fatal(err)
	}
}

// ship makes a paid order and sends it off.
func (y *yard) ship(carrier, no string) id.ID {
	y.t.Helper()
	o, now := y.d.IDs.Next(), y.now()
	y.write(func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO orders (shop_id, id, buyer_id, checkout_id, state, items_total, shipping_fee, total, line_count, title, picture, receiver, phone, address,
			region_code, pay_deadline, created_at, paid_at, updated_at) VALUES ($1, $2, 9, 8, 'paid', 100, 0, 100, 1, '茶', '', '王小明', '13800138000', '广东省深圳市南山区科技园路 1 号', '440305', $3, $3, $3, $3)`,
			shop, o, now); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO order_lines (shop_id, order_id, line_no, product_id, sku_id, title, options, picture, price, quantity, amount)
			VALUES ($1, $2, 1, 1, 1, '茶', '[]', '', 100, 1, 100)`, shop, o); err != nil {
			return err
		}
		return inventory.Reserve(tx, shop, []inventory.Line{{SKU: 1, Qty: 1}})
	})
	sent, err := y.d.Ship(ctx, ShipIn{Shop: shop, Staff: 1, Order: o, Key: fmt.Sprintf("key-%d", o), InputHash: "h", Carrier: carrier, TrackingNo: no})
	if err != nil {
		y.t.Fatal(err)
	}
	return sent.ShipmentID
}

func (y *yard) parcel(no id.ID) (s shipment.Shipment, tracks []shipment.Track) {
	y.t.Helper()
	if err := y.d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if s, err = shipment.Get(tx, shop, no); err == nil {
			tracks, err = shipment.Tracks(tx, shop, no)
		}
		return err
	}); err != nil {
		y.t.Fatal(err)
	}
	return s, tracks
}

func (y *yard) events(kind string) (n int) {
	y.t.Helper()
	if err := y.d.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM outbox WHERE kind = $1`, kind).Scan(&n)
	}); err != nil {
		y.t.Fatal(err)
	}
	return n
}

func (y *yard) sweep() (Swept, error) { return y.d.SweepTracks(ctx, y.now(), 100) }

// TestParcelsAreFollowed takes two parcels through their whole journeys, asked about every other hour of the simulator's time.
func TestParcelsAreFollowed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		y := newYard(t, d, "key12345")
		guarded, plain, wrong := y.ship("shunfeng", "SF1234567890123"), y.ship("yunda", "431234567890123"), y.ship("yunda", "0000000000000")
		if s, _ := y.parcel(plain); !s.NextPollAt.Equal(y.now().Add(30 * time.Minute)) {
			t.Fatalf("first question at %v", s.NextPollAt)
		}
		fresh, arrived, moving := 0, 0, false
		for range 45 {
			y.sim.Clock.Advance(2 * time.Hour)
			got, err := y.sweep()
			if err != nil || got.Wrong+got.Later > 0 {
				t.Fatalf("%+v %v", got, err)
			}
			fresh, arrived = fresh+got.Fresh, arrived+got.Delivered
			s, _ := y.parcel(guarded)
			moving = moving || s.State == shipment.InTransit
		}
		total := 0
		for _, no := range []id.ID{guarded, plain} {
			s, tracks := y.parcel(no)
			total += len(tracks)
			if s.State != shipment.Delivered || !s.NextPollAt.IsZero() || len(tracks) < 9 || tracks[0].State != shipment.Delivered || !s.DeliveredAt.Equal(tracks[0].At) {
				t.Errorf("%s: %+v %+v", s.TrackingNo, s, tracks[0])
			}
			if !strings.Contains(tracks[0].Text+tracks[1].Text+tracks[2].Text, "深圳") {
				t.Errorf("it went elsewhere: %s", tracks[1].Text)
			}
		}
		if s, tracks := y.parcel(wrong); s.State != shipment.Shipped || len(tracks) > 0 || s.Polls < 10 {
			t.Errorf("a number nobody knows: %+v", s)
		}
		if !moving || arrived != 2 || fresh != total || y.events("order.delivered") != 2 {
			t.Errorf("moving %v, %d arrived, %d fresh of %d, %d events", moving, arrived, fresh, total, y.events("order.delivered"))
		}
		y.sim.Clock.Advance(31 * 24 * time.Hour)
		if got, err := y.sweep(); err != nil || got.Ended != 1 || got.Asked != 0 {
			t.Errorf("after a month %+v %v", got, err)
		}
		if s, _ := y.parcel(wrong); !s.NextPollAt.IsZero() {
			t.Errorf("still to be asked about at %v", s.NextPollAt)
		}
	})
}

// TestSweepsShareTheWork: rival sweeps ask once about each parcel, and what is told twice is kept once.
func TestSweepsShareTheWork(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		y := newYard(t, d, "key12345")
		var parcels []id.ID
		for i := range 12 {
			parcels = append(parcels, y.ship("jd", fmt.Sprintf("JDVA1234567%04d", i)))
		}
		y.sim.Clock.Advance(30 * time.Minute)
		for round := range 2 { // the first plans the journeys
			var wg sync.WaitGroup
			var mu sync.Mutex
			asked := 0
			for range 4 {
				wg.Go(func() {
					got, err := y.sweep()
					mu.Lock()
					defer mu.Unlock()
					if asked += got.Asked; err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if asked != len(parcels) {
				t.Errorf("round %d: %d questions about %d parcels", round, asked, len(parcels))
			}
			y.sim.Clock.Advance(90 * time.Hour)
		}
		for _, no := range parcels {
			s, tracks := y.parcel(no)
			f := shipment.Found{State: shipment.Delivered}
			f.Tracks = append(f.Tracks, tracks...)
			if err := y.d.TakeTracks(ctx, shop, no, s.TrackingNo, f); err != nil {
				t.Fatal(err)
			}
			if after, again := y.parcel(no); len(again) != len(tracks) || after.State != shipment.Delivered || after.Polls != 2 {
				t.Errorf("%+v: %d tracks, then %d", after, len(tracks), len(again))
			}
		}
		if n := y.events("order.delivered"); n != len(parcels) {
			t.Errorf("%d events", n)
		}
	})
}

// TestCarrierIsDown: a service that does not answer, or refuses the key, costs nothing but time.
func TestCarrierIsDown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		y := newYard(t, d, "forged99")
		one, two := y.ship("yunda", "431234567890123"), y.ship("yunda", "431234567890124")
		gone := httptest.NewServer(http.NotFoundHandler())
		gone.Close()
		for _, tr := range []shipment.Tracker{y.d.Tracker, tracker(t, gone.URL, "key12345")} {
			y.d.Tracker = tr
			y.sim.Clock.Advance(time.Hour)
			if got, err := y.sweep(); got.Later != 2 || got.Asked != 2 || !errors.Is(err, shipment.ErrLater) {
				t.Fatalf("%+v %v", got, err)
			}
			if s, _ := y.parcel(one); !s.NextPollAt.Equal(y.now().Add(30*time.Minute)) || s.State != shipment.Shipped {
				t.Fatalf("%+v", s)
			}
		}
		y.d.Tracker = tracker(t, y.sim.URL(), "key12345")
		for range 2 {
			y.sim.Clock.Advance(90 * time.Hour)
			if _, err := y.sweep(); err != nil {
				t.Fatal(err)
			}
		}
		for _, no := range []id.ID{one, two} {
			if s, _ := y.parcel(no); s.State != shipment.Delivered {
				t.Errorf("%+v", s)
			}
		}
	})
}

// said is a tracker that answers by number.
type said func(a shipment.Asked) (shipment.Found, error)

func (f said) Track(_ context.Context, a shipment.Asked) (shipment.Found, error) { return f(a) }

// TestOneBadParcelStopsNoOther covers what only a bad service says: wrong phone, nonsense, and a number corrected while it is asked.
func TestOneBadParcelStopsNoOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		y := newYard(t, d, "key12345")
		bad, odd, late, good := y.ship("shunfeng", "SF0000001"), y.ship("yunda", "YD0000002"), y.ship("yunda", "YD0000003"), y.ship("yunda", "YD0000004")
		at := y.now().Add(time.Minute)
		y.d.Tracker = said(func(a shipment.Asked) (shipment.Found, error) {
			if a.PhoneTail != "8000" || a.To != "广东省深圳市南山区" {
				t.Errorf("asked %+v", a)
			}
			found := shipment.Found{State: shipment.InTransit, Tracks: []shipment.Track{{At: at, Text: "已揽收"}, {At: at, Text: ""}, {Text: "无时间"}, {At: at, Text: "已揽收"}}}
			switch a.TrackingNo {
			case "SF0000001":
				return found, fmt.Errorf("phone: %w", shipment.ErrWrongNumber)
			case "YD0000002":
				return found, errors.New("the moon is full")
			case "YD0000003":
				return found, d.Write(ctx, func(tx *db.Tx) error {
					_, err := shipment.Correct(tx, shop, late, "yunda", "YD0000033", y.now())
					return err
				})
			}
			return found, nil
		})
		y.sim.Clock.Advance(30 * time.Minute)
		got, err := y.sweep()
		if want := (Swept{Asked: 4, Fresh: 1, Wrong: 1, Later: 1}); got != want || !errors.Is(err, shipment.ErrLater) {
			t.Fatalf("%+v %v", got, err)
		}
		if s, tracks := y.parcel(good); s.State != shipment.InTransit || len(tracks) != 1 {
			t.Errorf("good %+v %+v", s, tracks)
		}
		if s, _ := y.parcel(bad); !s.NextPollAt.Equal(y.now().Add(6 * time.Hour)) {
			t.Errorf("bad %+v", s)
		}
		if s, _ := y.parcel(odd); !s.NextPollAt.Equal(y.now().Add(30 * time.Minute)) {
			t.Errorf("odd %+v", s)
		}
		if s, tracks := y.parcel(late); len(tracks) != 0 || s.State != shipment.Shipped || s.TrackingNo != "YD0000033" || s.NextPollAt.After(y.now()) {
			t.Errorf("the corrected parcel took tracks of the wrong number: %+v %+v", s, tracks)
		}
	})
}

func TestPauseGrows(t *testing.T) {
	now := time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)
	d := &Deps{Tracker: said(nil), Config: Config{PollEvery: 20 * time.Second}}
	last := time.Duration(0)
	for hours := range 31 * 24 {
		p := d.pause(shipment.Shipment{ShippedAt: now.Add(-time.Duration(hours) * time.Hour)}, now)
		if p < last || p < 20*time.Second || p > 4*time.Minute {
			t.Fatalf("after %d hours %v, before %v", hours, p, last)
		}
		last = p
	}
	if got := d.firstPoll(now); !got.Equal(now.Add(20 * time.Second)) {
		t.Errorf("first question at %v", got)
	}
	if got := (&Deps{}).firstPoll(now); !got.IsZero() {
		t.Errorf("without a tracker the first question is at %v", got)
	}
	if got, err := (&Deps{}).SweepTracks(ctx, now, 10); got != (Swept{}) || err != nil {
		t.Errorf("without a tracker %+v %v", got, err)
	}
}
