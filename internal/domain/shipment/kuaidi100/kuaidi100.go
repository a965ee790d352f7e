// Package kuaidi100 lets the shipment room ask 快递100.
package kuaidi100

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/shuke-commerce/shuke/internal/domain/shipment"
	"github.com/shuke-commerce/shuke/wechat/kuaidi100"
)

// Tracker implements shipment.Tracker.
type Tracker struct {
	Client *kuaidi100.Client
}

// Track implements shipment.Tracker.
func (t *Tracker) Track(ctx context.Context, a shipment.Asked) (shipment.Found, error) {
	r, err := t.Client.Query(ctx, kuaidi100.Query{Com: a.Carrier, Num: a.TrackingNo, Phone: a.PhoneTail, To: a.To})
	switch {
	case err == nil && len(r.Tracks) == 0 && !r.Delivered(), errors.Is(err, kuaidi100.ErrNoResult):
		return shipment.Found{}, because(shipment.ErrNotYet, err)
	case errors.Is(err, kuaidi100.ErrCompany), errors.Is(err, kuaidi100.ErrPhone):
		return shipment.Found{}, because(shipment.ErrWrongNumber, err)
	case err != nil:
		return shipment.Found{}, because(shipment.ErrLater, err)
	}
	return Found(r), nil
}

func because(kind, err error) error {
	if err == nil {
		return kind
	}
	return fmt.Errorf("%w: %w", kind, err)
}

const maxText = 500 // characters of a track the room keeps

// Found reads a result, of a query or of a push, as the shipment room means it. Delivered is only what the receiver has: a parcel
// that went back to the sender, or that waits at a pick-up point, is in transit.
func Found(r kuaidi100.Result) shipment.Found {
	f := shipment.Found{State: shipment.InTransit}
	arrived := -1
	for i, tr := range slices.Backward(r.Tracks) {
		if r.Delivered() && arrived < 0 && tr.State.Basic() == kuaidi100.Signed {
			arrived = len(r.Tracks) - 1 - i
		}
		text := tr.Context
		if runes := []rune(text); len(runes) > maxText {
			text = string(runes[:maxText])
		}
		f.Tracks = append(f.Tracks, shipment.Track{At: tr.Time.UTC(), Text: text, State: shipment.InTransit})
	}
	if !r.Delivered() {
		return f
	}
	if arrived < 0 { // an account without fine states: the newest message is the signature
		arrived = len(f.Tracks) - 1
	}
	if f.State = shipment.Delivered; arrived >= 0 {
		f.Tracks[arrived].State = shipment.Delivered
	}
	return f
}
