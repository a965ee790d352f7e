package delivery

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/shipment"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/region"
)

const (
	askAtOnce   = 4                   // parcels asked about at a time
	askWithin   = 15 * time.Second    // one answer
	askFor      = 30 * 24 * time.Hour // after shipping
	wrongFactor = 12                  // a number that is wrong is asked about so much more rarely
)

// Swept counts what SweepTracks met.
type Swept struct {
	Asked     int // parcels the carrier was asked about
	Fresh     int // tracks that are new
	Delivered int // parcels that have arrived
	Unknown   int // the carrier knows nothing (yet)
	Wrong     int // carrier, number or phone cannot be right
	Later     int // the service did not answer
	Ended     int // shipped so long ago that nobody asks any more
}

// SweepTracks asks the tracking service about parcels that are due, at most limit, and keeps what it says. No transaction is open
// while it asks; several processes may sweep at once. A parcel that fails stops no other; the error tells of the last failure of
// the service and joins at most five of our own.
func (d *Deps) SweepTracks(ctx context.Context, now time.Time, limit int) (Swept, error) {
	if d.Tracker == nil {
		return Swept{}, nil
	}
	var due []shipment.Shipment
	err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = shipment.Due(tx, now, limit)
		return err
	})
	if err != nil {
		return Swept{}, err
	}
	t := tally{}
	var g errgroup.Group
	g.SetLimit(askAtOnce)
	for _, s := range due {
		g.Go(func() error { t.add(d.follow(ctx, s, now)); return nil })
	}
	_ = g.Wait() // what goes wrong is in the tally
	return t.sum()
}

// tally adds up the outcomes of a sweep.
type tally struct {
	mu    sync.Mutex
	swept Swept
	later error
	ours  []error
}

func (t *tally) add(one Swept, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.swept.Asked += one.Asked
	t.swept.Fresh += one.Fresh
	t.swept.Delivered += one.Delivered
	t.swept.Ended += one.Ended
	switch {
	case err == nil:
	case errors.Is(err, shipment.ErrNotYet):
		t.swept.Unknown++
	case errors.Is(err, shipment.ErrWrongNumber):
		t.swept.Wrong++
	case errors.Is(err, shipment.ErrLater):
		t.swept.Later++
		t.later = err
	case len(t.ours) < 5:
		t.ours = append(t.ours, err)
	}
}

func (t *tally) sum() (Swept, error) {
	if t.later != nil {
		t.ours = append(t.ours, fmt.Errorf("%d of %d parcels could not be asked about: %w", t.swept.Later, t.swept.Asked, t.later))
	}
	return t.swept, errors.Join(t.ours...)
}

// follow asks about one parcel.
func (d *Deps) follow(ctx context.Context, s shipment.Shipment, now time.Time) (Swept, error) {
	if now.Sub(s.ShippedAt) > askFor {
		return Swept{Ended: 1}, d.DB.Write(ctx, func(tx *db.Tx) error { return shipment.StopPolling(tx, s.ShopID, s.ID, now) })
	}
	asked, mine, err := d.claim(ctx, s, now)
	if err != nil || !mine {
		return Swept{}, err
	}
	out := Swept{Asked: 1}
	limited, cancel := context.WithTimeout(ctx, askWithin)
	found, err := d.Tracker.Track(limited, asked)
	cancel()
	if err != nil {
		return out, d.notFound(ctx, s, now, err)
	}
	fresh, arrived, err := d.takeTracks(ctx, s.ShopID, s.ID, asked.TrackingNo, found)
	if out.Fresh = fresh; arrived {
		out.Delivered = 1
	}
	return out, err
}

// claim takes the parcel for this sweep and reads what the carrier wants to know.
func (d *Deps) claim(ctx context.Context, s shipment.Shipment, now time.Time) (a shipment.Asked, mine bool, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		o, err := order.Get(tx, s.ShopID, s.OrderID)
		if err != nil {
			return err
		}
		a = shipment.Asked{Carrier: s.Carrier, TrackingNo: s.TrackingNo, PhoneTail: tail(o.Phone)}
		if r, ok := region.ByCode(o.RegionCode); ok {
			a.To = r.FullName()
		}
		mine, err = shipment.Claim(tx, s, now.Add(d.pause(s, now)), now)
		return err
	})
	return a, mine, err
}

// notFound gives back the reason; a wrong number is put off further.
func (d *Deps) notFound(ctx context.Context, s shipment.Shipment, now time.Time, reason error) error {
	switch {
	case errors.Is(reason, shipment.ErrWrongNumber):
		s.NextPollAt = now.Add(d.pause(s, now))
		err := d.DB.Write(ctx, func(tx *db.Tx) error {
			return shipment.PutOff(tx, s, now.Add(d.pause(s, now)*wrongFactor), now)
		})
		if err != nil {
			return err
		}
		return reason
	case errors.Is(reason, shipment.ErrNotYet), errors.Is(reason, shipment.ErrLater):
		return reason
	}
	return fmt.Errorf("%w: %w", shipment.ErrLater, reason)
}

// pollEvery is the shortest pause between questions about one parcel. 快递100 asks for half an hour.
func (d *Deps) pollEvery() time.Duration { return or(d.Config.PollEvery, 30*time.Minute) }

// pause is how long to wait until the next question: short in the first two days, when most happens, then longer and longer.
func (d *Deps) pause(s shipment.Shipment, now time.Time) time.Duration {
	const day = 24 * time.Hour
	every := d.pollEvery()
	switch age := now.Sub(s.ShippedAt); {
	case age < 2*day:
		return every
	case age < 5*day:
		return 2 * every
	case age < 10*day:
		return 4 * every
	}
	return 12 * every
}

// firstPoll is when a parcel shipped now is asked about for the first time; zero without a tracking service.
func (d *Deps) firstPoll(now time.Time) time.Time {
	if d.Tracker == nil {
		return time.Time{}
	}
	return now.Add(or(d.Config.FirstPoll, min(time.Hour, d.pollEvery())))
}

func tail(phone string) string {
	if len(phone) < 4 {
		return ""
	}
	return phone[len(phone)-4:]
}

// TakeTracks keeps what the tracking service pushed about a parcel. What is told of another number than the parcel has is ignored:
// staff may have corrected it. Doing it twice is fine. Errors: shipment.not_found.
func (d *Deps) TakeTracks(ctx context.Context, shop, no id.ID, trackingNo string, f shipment.Found) error {
	_, _, err := d.takeTracks(ctx, shop, no, trackingNo, f)
	return err
}

func (d *Deps) takeTracks(ctx context.Context, shop, no id.ID, trackingNo string, f shipment.Found) (fresh int, arrived bool, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		fresh, arrived = 0, false
		s, err := shipment.Get(tx, shop, no)
		if err != nil || s.TrackingNo != trackingNo {
			return err
		}
		for _, t := range f.Tracks {
			if !complete(t) {
				continue
			}
			isNew, err := d.addTrack(tx, s, t)
			if err != nil {
				return err
			}
			if isNew {
				fresh++
			}
		}
		if f.State == shipment.Delivered {
			if err := d.delivered(tx, s, deliveredAt(f, d.Now()), d.Now()); err != nil {
				return err
			}
		}
		after, err := shipment.Get(tx, shop, no)
		arrived = after.State == shipment.Delivered && s.State != shipment.Delivered
		return err
	})
	return fresh, arrived, err
}

func deliveredAt(f shipment.Found, now time.Time) time.Time {
	for _, t := range f.Tracks {
		if t.State == shipment.Delivered {
			return t.At
		}
	}
	return now
}

func complete(t shipment.Track) bool {
	return t.Text != "" && !t.At.IsZero() && utf8.RuneCountInString(t.Text) <= 500
}

// addTrack keeps a track once and moves the parcel along; false when it was there.
func (d *Deps) addTrack(tx *db.Tx, s shipment.Shipment, t shipment.Track) (bool, error) {
	fresh, err := shipment.AddTrack(tx, s.ShopID, s.ID, t)
	if err != nil || !fresh {
		return false, err
	}
	if t.State == shipment.Delivered {
		return true, d.delivered(tx, s, t.At, d.Now())
	}
	_, err = shipment.Move(tx, s.ShopID, s.ID, shipment.InTransit, t.At, d.Now())
	return true, err
}
