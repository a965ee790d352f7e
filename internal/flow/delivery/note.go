package delivery

import (
	"context"

	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Note stores the shop's own note on an order. Errors: order.not_found.
func (d *Deps) Note(ctx context.Context, shop, no id.ID, note string) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error { return order.SetStaffNote(tx, shop, no, note, d.Now()) })
}
