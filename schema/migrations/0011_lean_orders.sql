-- Placing an order writes as few rows as it can.
-- The row of a checkout is the record of its Idempotency-Key: its id comes from
-- the buyer and the key, and input is the hash of what was asked for.
ALTER TABLE checkouts ADD COLUMN input BIGINT NOT NULL DEFAULT 0;
-- A buyer's orders are few: those of one state are found among all of them.
DROP INDEX buyer_orders_state;
-- The journal holds what changes the units on hand; what is reserved is what the
-- lines of open orders hold.
DELETE FROM stock_movements WHERE d_on_hand = 0;
ALTER TABLE stock_movements DROP COLUMN d_reserved;
