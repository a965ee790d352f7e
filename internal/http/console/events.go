package console

import (
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/sse"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Happened is one event of the shop, for pages that stay open.
type Happened struct {
	ID      id.ID           `json:"id"`
	Kind    string          `json:"kind" doc:"e.g. order.paid"`
	Payload json.RawMessage `json:"payload"`
	At      time.Time       `json:"at"`
}

// Beat says that the line is still open.
type Beat struct {
	At time.Time `json:"at"`
}

const (
	lookEvery = time.Second
	beatEvery = 15 * time.Second
	// lookBack covers transactions that committed later than their ids were made.
	lookBack = 10 * time.Second
)

func (a *API) registerEvents(api huma.API) {
	sse.Register(api, huma.Operation{OperationID: "events", Method: get, Path: Prefix + "/shops/{shop}/events", Summary: "What happens in the shop, live (server-sent events)",
		Metadata: need(staff.SeeOrders)}, map[string]any{"happened": Happened{}, "beat": Beat{}}, a.events)
}

// events watches the shop's outbox. It reads the table, not this process's
// memory, so that any process may have caused the event.
func (a *API) events(ctx context.Context, in *ShopIn, send sse.Sender) {
	since := a.Now()
	seen := map[id.ID]bool{}
	beat := since
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	if send.Data(Beat{since}) != nil {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-edge.Closing(ctx):
			return
		case <-tick.C:
		}
		all, err := a.happened(ctx, in.Shop, since.Add(-lookBack))
		if err != nil {
			edge.RequestOf(ctx).Log.Warn("events", "err", err)
			return
		}
		for _, h := range all {
			if seen[h.ID] || h.At.Before(since) {
				continue
			}
			seen[h.ID] = true
			if send(sse.Message{Data: h}) != nil {
				return
			}
		}
		now := a.Now()
		if len(seen) > 5000 {
			seen, since = map[id.ID]bool{}, now
		}
		if now.Sub(beat) >= beatEvery {
			beat = now
			if !a.stillMay(ctx, staff.SeeOrders) {
				return
			}
			if send.Data(Beat{now}) != nil {
				return
			}
		}
	}
}

// stillMay asks the database whether the caller is active and holds a permission:
// a stream outlives the check at its beginning.
func (a *API) stillMay(ctx context.Context, p staff.Permission) bool {
	var m staff.Member
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		m, err = staff.Get(tx, me(ctx).ShopID, me(ctx).ID)
		return err
	})
	return err == nil && m.State == "active" && m.Role.Can(p)
}

// happened reads the newest events of a shop since a moment, oldest first.
func (a *API) happened(ctx context.Context, shop id.ID, since time.Time) (out []Happened, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All(tx, func(r db.Row) (h Happened, err error) {
			var payload string
			err = r.Scan(&h.ID, &h.Kind, &payload, &h.At)
			h.Payload = json.RawMessage(payload)
			return h, err
		}, `SELECT id, kind, payload, created_at FROM outbox WHERE shop_id = $1 AND id > $2 ORDER BY id DESC LIMIT 200`, shop, id.At(since))
		return err
	})
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out, err
}
