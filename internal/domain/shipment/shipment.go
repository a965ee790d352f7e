// Package shipment owns shipments (parcels), shipment_lines and shipment_tracks.
package shipment

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

// State is where a parcel stands.
type State string

// States of a parcel.
const (
	Shipped   State = "shipped"    // handed to the carrier
	InTransit State = "in_transit" // the carrier has said something
	Delivered State = "delivered"
)

// States is the table of a parcel's life.
func States() []states.Transition {
	return []states.Transition{
		{From: "", To: string(Shipped), On: "shop ships"},
		{From: string(Shipped), To: string(InTransit), On: "first track"},
		{From: string(Shipped), To: string(Delivered), On: "carrier or staff says delivered"},
		{From: string(InTransit), To: string(Delivered), On: "carrier or staff says delivered"},
	}
}

// ErrNotFound is returned for a parcel that is not there.
var ErrNotFound = errs.New(errs.NotFound, "shipment.not_found", "没有找到这个包裹", "There is no such parcel")

// MaxTracks bounds the tracks of one parcel.
const MaxTracks = 200

// Shipment is a row of shipments.
type Shipment struct {
	ShopID, ID, OrderID               id.ID
	Carrier, TrackingNo               string
	State                             State
	StaffID                           id.ID
	NextPollAt                        time.Time
	Polls                             int64
	ShippedAt, DeliveredAt, UpdatedAt time.Time
}

// Line is units of an order line in a parcel.
type Line struct {
	LineNo id.ID
	Qty    int64
}

// Track is one message of the carrier.
type Track struct {
	At    time.Time
	Text  string
	State State // what it means for the parcel; "" when nothing
}

const columns = `shop_id, id, order_id, carrier, tracking_no, state, staff_id, next_poll_at, polls, shipped_at, delivered_at, updated_at`

func scan(r db.Row) (s Shipment, err error) {
	return s, r.Scan(&s.ShopID, &s.ID, &s.OrderID, &s.Carrier, &s.TrackingNo, &s.State, &s.StaffID, &s.NextPollAt, &s.Polls, &s.ShippedAt, &s.DeliveredAt, &s.UpdatedAt)
}

// Put writes a parcel with its lines.
func Put(tx *db.Tx, s Shipment, lines []Line) error {
	_, err := tx.Exec(`INSERT INTO shipments (shop_id, id, order_id, carrier, tracking_no, state, staff_id, next_poll_at, shipped_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, 'shipped', $6, $7, $8, $8)`, s.ShopID, s.ID, s.OrderID, s.Carrier, s.TrackingNo, s.StaffID, s.NextPollAt, s.ShippedAt)
	for _, l := range lines {
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO shipment_lines (shop_id, shipment_id, line_no, quantity) VALUES ($1, $2, $3, $4)`, s.ShopID, s.ID, l.LineNo, l.Qty)
	}
	return err
}

// Get reads a parcel of a shop.
func Get(tx *db.Tx, shop, shipment id.ID) (Shipment, error) {
	s, err := scan(tx.QueryRow(`SELECT `+columns+` FROM shipments WHERE shop_id = $1 AND id = $2`, shop, shipment))
	if errors.Is(err, db.ErrNoRow) {
		return s, ErrNotFound
	}
	return s, err
}

// OfOrder lists the parcels of an order, oldest first, at most 200.
func OfOrder(tx *db.Tx, shop, order id.ID) ([]Shipment, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM shipments WHERE shop_id = $1 AND order_id = $2 ORDER BY id LIMIT 200`, shop, order)
}

// Lines reads what is in a parcel.
func Lines(tx *db.Tx, shop, shipment id.ID) ([]Line, error) {
	return db.All(tx, func(r db.Row) (l Line, err error) { return l, r.Scan(&l.LineNo, &l.Qty) },
		`SELECT line_no, quantity FROM shipment_lines WHERE shop_id = $1 AND shipment_id = $2 ORDER BY line_no`, shop, shipment)
}

// Tracks lists what the carrier said of a parcel, newest first.
func Tracks(tx *db.Tx, shop, shipment id.ID) ([]Track, error) {
	return db.All(tx, func(r db.Row) (t Track, err error) { return t, r.Scan(&t.At, &t.Text, &t.State) },
		`SELECT at, text, state FROM shipment_tracks WHERE shop_id = $1 AND shipment_id = $2 ORDER BY at DESC, hash LIMIT $3`, shop, shipment, MaxTracks)
}

// AddTrack keeps a message of the carrier once; false when it was there, or when
// the parcel has MaxTracks already.
func AddTrack(tx *db.Tx, shop, shipment id.ID, t Track) (bool, error) {
	var have int
	if err := tx.QueryRow(`SELECT COUNT(*) FROM shipment_tracks WHERE shop_id = $1 AND shipment_id = $2`, shop, shipment).Scan(&have); err != nil || have >= MaxTracks {
		return false, err
	}
	sum := sha256.Sum256([]byte(t.Text))
	n, err := tx.Exec(`INSERT INTO shipment_tracks (shop_id, shipment_id, at, hash, text, state) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (shop_id, shipment_id, at, hash) DO NOTHING`, shop, shipment, t.At, hex.EncodeToString(sum[:8]), t.Text, string(t.State))
	return n == 1, err
}

// Move brings a parcel forward to a state; false when it is there or beyond.
func Move(tx *db.Tx, shop, shipment id.ID, to State, at, now time.Time) (bool, error) {
	switch to {
	case InTransit:
		n, err := tx.Exec(`UPDATE shipments SET state = 'in_transit', updated_at = $3 WHERE shop_id = $1 AND id = $2 AND state = 'shipped'`, shop, shipment, now)
		return n == 1, err
	case Delivered:
		n, err := tx.Exec(`UPDATE shipments SET state = 'delivered', delivered_at = $3, next_poll_at = NULL, updated_at = $4
			WHERE shop_id = $1 AND id = $2 AND state IN ('shipped', 'in_transit')`, shop, shipment, at, now)
		return n == 1, err
	}
	return false, nil
}

// Due names parcels of all shops to ask the carrier about, oldest first.
func Due(tx *db.Tx, now time.Time, limit int) ([]Shipment, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM shipments WHERE next_poll_at <= $1 ORDER BY next_poll_at LIMIT $2`, now, limit)
}

// Correct changes carrier and number of a parcel that is not delivered. If the carrier is asked about it, it is asked soon.
func Correct(tx *db.Tx, shop, shipment id.ID, carrier, no string, now time.Time) (bool, error) {
	n, err := tx.Exec(`UPDATE shipments SET carrier = $3, tracking_no = $4, updated_at = $5,
		next_poll_at = CASE WHEN next_poll_at IS NULL THEN next_poll_at ELSE $5 END WHERE shop_id = $1 AND id = $2 AND state <> 'delivered'`, shop, shipment, carrier, no, now)
	return n == 1, err
}
