-- Movements of stock stand in the order of their SKU: the journal of a SKU is one
-- range, and a movement is one row without an index beside it.
CREATE TABLE stock_movements_by_sku (
  shop_id BIGINT NOT NULL, sku_id BIGINT NOT NULL, id BIGINT NOT NULL, kind TEXT NOT NULL,
  d_on_hand BIGINT NOT NULL, d_reserved BIGINT NOT NULL, order_id BIGINT NOT NULL DEFAULT 0,
  staff_id BIGINT NOT NULL DEFAULT 0, note TEXT NOT NULL DEFAULT '', created_at TIMESTAMP NOT NULL,
  CONSTRAINT stock_movements_by_sku_pkey PRIMARY KEY (shop_id, sku_id, id)
) /*sqlite: WITHOUT ROWID */;
INSERT INTO stock_movements_by_sku (shop_id, sku_id, id, kind, d_on_hand, d_reserved, order_id, staff_id, note, created_at)
  SELECT shop_id, sku_id, id, kind, d_on_hand, d_reserved, order_id, staff_id, note, created_at FROM stock_movements;
DROP TABLE stock_movements;
ALTER TABLE stock_movements_by_sku RENAME TO stock_movements;
