package shipment

import (
	"context"
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Asked is what a tracking service is asked about.
type Asked struct {
	Carrier, TrackingNo string
	PhoneTail           string // last four digits of the receiver's phone; some carriers want them
	To                  string // where it goes: 广东省深圳市南山区; may be empty
}

// Found is what a tracking service knows.
type Found struct {
	State  State   // InTransit or Delivered
	Tracks []Track // oldest first; the one of the delivery has State Delivered
}

// Outcomes of Tracker.Track besides Found; anything else is the service's or the network's trouble, to be tried later.
var (
	// ErrNotYet says that nothing is known of the number, or not yet.
	ErrNotYet = errors.New("shipment: the carrier does not know the parcel (yet)")
	// ErrWrongNumber says that carrier, number or phone cannot be right.
	ErrWrongNumber = errors.New("shipment: carrier, number or phone of the parcel is wrong")
	// ErrLater says that the service cannot answer now: out of order, out of quota, or set up wrongly.
	ErrLater = errors.New("shipment: the tracking service does not answer now")
)

// Tracker asks a tracking service, with a deadline of ctx, outside any transaction. Safe for concurrent use.
type Tracker interface {
	Track(ctx context.Context, a Asked) (Found, error)
}

// Claim takes a due parcel to ask about and says when it is due again; false when another process took it or it is delivered.
func Claim(tx *db.Tx, s Shipment, next, now time.Time) (bool, error) {
	n, err := tx.Exec(`UPDATE shipments SET polls = polls + 1, next_poll_at = $3, updated_at = $4
		WHERE shop_id = $1 AND id = $2 AND next_poll_at = $5 AND state <> 'delivered'`, s.ShopID, s.ID, next, now, s.NextPollAt)
	return n == 1, err
}

// PutOff moves the next question about a parcel that was claimed until s.NextPollAt, unless that has changed meanwhile.
func PutOff(tx *db.Tx, s Shipment, next, now time.Time) error {
	_, err := tx.Exec(`UPDATE shipments SET next_poll_at = $3, updated_at = $4 WHERE shop_id = $1 AND id = $2 AND next_poll_at = $5`, s.ShopID, s.ID, next, now, s.NextPollAt)
	return err
}

// StopPolling ends the questions about a parcel.
func StopPolling(tx *db.Tx, shop, shipment id.ID, now time.Time) error {
	_, err := tx.Exec(`UPDATE shipments SET next_poll_at = NULL, updated_at = $3 WHERE shop_id = $1 AND id = $2`, shop, shipment, now)
	return err
}
