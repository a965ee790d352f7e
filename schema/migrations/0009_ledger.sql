-- The books in two phases: a pending transfer is ended once by a row that refers to it.
-- What a row is for is its key: the order, the payment, refund or payout it belongs to,
-- and its place (slot) in that life.
ALTER TABLE ledger_transfers ADD COLUMN phase TEXT NOT NULL DEFAULT 'direct';
ALTER TABLE ledger_transfers ADD COLUMN slot TEXT NOT NULL DEFAULT '';
ALTER TABLE ledger_transfers ADD COLUMN ends BIGINT NOT NULL DEFAULT 0;
-- What was asked of buyers stood on two mirrored accounts; now it is pending at the provider.
DELETE FROM ledger_transfers WHERE kind = 'order.held';
UPDATE ledger_transfers SET ref_id = COALESCE((SELECT MAX(p.payment_id) FROM order_payments p
    WHERE p.shop_id = ledger_transfers.shop_id AND p.order_id = ledger_transfers.order_id AND p.state IN ('open', 'paid')), 0)
  WHERE kind = 'order.placed';
UPDATE ledger_transfers SET debit = 'provider_wechat', credit = 'shop_held', phase = 'pending', slot = 'due', kind = 'payment.opened' WHERE kind IN ('order.placed', 'payment.opened');
UPDATE ledger_transfers SET debit = 'provider_wechat', credit = 'shop_held', phase = 'posted', slot = 'due/end', ends = amount WHERE kind = 'order.settled';
UPDATE ledger_transfers SET debit = 'provider_wechat', credit = 'shop_held', phase = 'voided', slot = 'due/end', ends = amount, kind = 'payment.ended' WHERE kind IN ('order.unpaid', 'payment.ended');
UPDATE ledger_transfers SET slot = kind WHERE slot = '';
DROP INDEX ledger_transfers_order;
CREATE UNIQUE INDEX ledger_transfers_key ON ledger_transfers (shop_id, order_id, ref_id, slot);
-- Sealed blocks of the books: a chain of hashes, and the balances up to each.
CREATE TABLE ledger_seals (
  shop_id BIGINT NOT NULL, seq BIGINT NOT NULL, to_id BIGINT NOT NULL, row_count BIGINT NOT NULL,
  prev TEXT NOT NULL, hash TEXT NOT NULL, digests TEXT NOT NULL, balances TEXT NOT NULL, sealed_at TIMESTAMP NOT NULL,
  CONSTRAINT ledger_seals_pkey PRIMARY KEY (shop_id, seq)
);
CREATE INDEX ledger_seals_to ON ledger_seals (shop_id, to_id);
