-- Cart, order, payment, after-sale, shipment, ledger.

CREATE TABLE cart_lines (
  buyer_id BIGINT NOT NULL, sku_id BIGINT NOT NULL, shop_id BIGINT NOT NULL, product_id BIGINT NOT NULL,
  quantity BIGINT NOT NULL, selected BOOLEAN NOT NULL DEFAULT TRUE, price_seen BIGINT NOT NULL DEFAULT 0,
  added_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT cart_lines_pkey PRIMARY KEY (buyer_id, sku_id),
  CONSTRAINT cart_lines_quantity_check CHECK (quantity > 0)
) /*sqlite: WITHOUT ROWID*/;

-- One tap on "place order": the orders of one or several shops, paid together.
CREATE TABLE checkouts (
  buyer_id BIGINT NOT NULL, id BIGINT NOT NULL, total BIGINT NOT NULL, shops TEXT NOT NULL,
  pay_deadline TIMESTAMP NOT NULL, created_at TIMESTAMP NOT NULL,
  CONSTRAINT checkouts_pkey PRIMARY KEY (buyer_id, id)
) /*sqlite: WITHOUT ROWID*/;

CREATE TABLE orders (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, buyer_id BIGINT NOT NULL, checkout_id BIGINT NOT NULL,
  state TEXT NOT NULL, refund_state TEXT NOT NULL DEFAULT 'none', items_total BIGINT NOT NULL,
  shipping_fee BIGINT NOT NULL, discount BIGINT NOT NULL DEFAULT 0, total BIGINT NOT NULL,
  refunded BIGINT NOT NULL DEFAULT 0, line_count BIGINT NOT NULL, title TEXT NOT NULL, picture TEXT NOT NULL,
  receiver TEXT NOT NULL, phone TEXT NOT NULL, address TEXT NOT NULL, region_code TEXT NOT NULL DEFAULT '',
  remark TEXT NOT NULL DEFAULT '', staff_note TEXT NOT NULL DEFAULT '', source TEXT NOT NULL DEFAULT '',
  close_reason TEXT NOT NULL DEFAULT '', pay_deadline TIMESTAMP NOT NULL, receive_deadline TIMESTAMP,
  created_at TIMESTAMP NOT NULL, paid_at TIMESTAMP, shipped_at TIMESTAMP, received_at TIMESTAMP, closed_at TIMESTAMP,
  updated_at TIMESTAMP NOT NULL,
  CONSTRAINT orders_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT orders_total_check CHECK (total = items_total + shipping_fee - discount),
  CONSTRAINT orders_refunded_check CHECK (refunded >= 0 AND refunded <= total)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX orders_state ON orders (shop_id, state, id);
CREATE INDEX orders_paid ON orders (shop_id, paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX orders_unpaid ON orders (pay_deadline) WHERE state = 'pending';
CREATE INDEX orders_unreceived ON orders (receive_deadline) WHERE state = 'shipped';

CREATE TABLE order_lines (
  shop_id BIGINT NOT NULL, order_id BIGINT NOT NULL, line_no BIGINT NOT NULL, product_id BIGINT NOT NULL,
  sku_id BIGINT NOT NULL, title TEXT NOT NULL, options TEXT NOT NULL, picture TEXT NOT NULL,
  price BIGINT NOT NULL, quantity BIGINT NOT NULL, amount BIGINT NOT NULL,
  shipped BIGINT NOT NULL DEFAULT 0, refunding BIGINT NOT NULL DEFAULT 0, refunded BIGINT NOT NULL DEFAULT 0,
  -- held: unshipped units in an after-sale, not to be shipped; released: those of them given back to stock.
  held BIGINT NOT NULL DEFAULT 0, released BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT order_lines_pkey PRIMARY KEY (shop_id, order_id, line_no),
  CONSTRAINT order_lines_counts_check CHECK (shipped >= 0 AND refunding >= 0 AND refunded >= 0 AND refunding + refunded <= quantity),
  CONSTRAINT order_lines_held_check CHECK (released >= 0 AND released <= held AND shipped + held <= quantity)
) /*sqlite: WITHOUT ROWID*/;

-- A buyer's own list over all shops, fed by events.
CREATE TABLE buyer_orders (
  buyer_id BIGINT NOT NULL, order_id BIGINT NOT NULL, shop_id BIGINT NOT NULL, checkout_id BIGINT NOT NULL,
  shop_name TEXT NOT NULL, state TEXT NOT NULL, refund_state TEXT NOT NULL, total BIGINT NOT NULL,
  line_count BIGINT NOT NULL, title TEXT NOT NULL, picture TEXT NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT buyer_orders_pkey PRIMARY KEY (buyer_id, order_id)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX buyer_orders_state ON buyer_orders (buyer_id, state, order_id);

-- One payment of a buyer at a provider: single, or combined over shops.
CREATE TABLE payments (
  buyer_id BIGINT NOT NULL, id BIGINT NOT NULL, checkout_id BIGINT NOT NULL, provider TEXT NOT NULL,
  kind TEXT NOT NULL, trade_no TEXT NOT NULL, amount BIGINT NOT NULL, state TEXT NOT NULL,
  app_id TEXT NOT NULL, open_id TEXT NOT NULL, prepay_id TEXT NOT NULL DEFAULT '', prepay_expires_at TIMESTAMP,
  pay_deadline TIMESTAMP NOT NULL, next_check_at TIMESTAMP, checks BIGINT NOT NULL DEFAULT 0,
  paid_at TIMESTAMP, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT payments_pkey PRIMARY KEY (buyer_id, id)
);
CREATE INDEX payments_checkout ON payments (buyer_id, checkout_id);
CREATE INDEX payments_open ON payments (next_check_at) WHERE next_check_at IS NOT NULL;
-- The part of a payment that pays one order of a shop.
CREATE TABLE order_payments (
  shop_id BIGINT NOT NULL, order_id BIGINT NOT NULL, payment_id BIGINT NOT NULL, buyer_id BIGINT NOT NULL,
  provider TEXT NOT NULL, mch_id TEXT NOT NULL, trade_no TEXT NOT NULL, transaction_id TEXT NOT NULL DEFAULT '',
  amount BIGINT NOT NULL, refunded BIGINT NOT NULL DEFAULT 0, state TEXT NOT NULL, paid_at TIMESTAMP,
  CONSTRAINT order_payments_pkey PRIMARY KEY (shop_id, order_id, payment_id),
  CONSTRAINT order_payments_refunded_check CHECK (refunded >= 0 AND refunded <= amount)
);

CREATE TABLE aftersales (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, order_id BIGINT NOT NULL, buyer_id BIGINT NOT NULL,
  kind TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, note TEXT NOT NULL DEFAULT '',
  amount BIGINT NOT NULL, shipping_amount BIGINT NOT NULL DEFAULT 0, refuse_reason TEXT NOT NULL DEFAULT '',
  carrier TEXT NOT NULL DEFAULT '', tracking_no TEXT NOT NULL DEFAULT '', order_state TEXT NOT NULL,
  title TEXT NOT NULL DEFAULT '', picture TEXT NOT NULL DEFAULT '',
  created_at TIMESTAMP NOT NULL, decided_at TIMESTAMP, returned_at TIMESTAMP, finished_at TIMESTAMP, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT aftersales_pkey PRIMARY KEY (shop_id, id)
);
CREATE INDEX aftersales_state ON aftersales (shop_id, state, id);
CREATE INDEX aftersales_order ON aftersales (shop_id, order_id, id);
CREATE TABLE aftersale_lines (
  shop_id BIGINT NOT NULL, aftersale_id BIGINT NOT NULL, line_no BIGINT NOT NULL, quantity BIGINT NOT NULL, unshipped BIGINT NOT NULL DEFAULT 0,
  amount BIGINT NOT NULL,
  CONSTRAINT aftersale_lines_pkey PRIMARY KEY (shop_id, aftersale_id, line_no)
);

CREATE TABLE refunds (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, order_id BIGINT NOT NULL, payment_id BIGINT NOT NULL,
  aftersale_id BIGINT NOT NULL DEFAULT 0, refund_no TEXT NOT NULL, provider_id TEXT NOT NULL DEFAULT '',
  amount BIGINT NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL, attempts BIGINT NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '', next_try_at TIMESTAMP, created_at TIMESTAMP NOT NULL, finished_at TIMESTAMP,
  updated_at TIMESTAMP NOT NULL,
  CONSTRAINT refunds_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT refunds_amount_check CHECK (amount > 0)
);
CREATE INDEX refunds_order ON refunds (shop_id, order_id, id);
CREATE INDEX refunds_due ON refunds (next_try_at) WHERE next_try_at IS NOT NULL;

CREATE TABLE shipments (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, order_id BIGINT NOT NULL, carrier TEXT NOT NULL, tracking_no TEXT NOT NULL,
  state TEXT NOT NULL, staff_id BIGINT NOT NULL DEFAULT 0, next_poll_at TIMESTAMP, polls BIGINT NOT NULL DEFAULT 0,
  shipped_at TIMESTAMP NOT NULL, delivered_at TIMESTAMP, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT shipments_pkey PRIMARY KEY (shop_id, id)
);
CREATE INDEX shipments_order ON shipments (shop_id, order_id, id);
CREATE INDEX shipments_due ON shipments (next_poll_at) WHERE next_poll_at IS NOT NULL;
CREATE TABLE shipment_lines (
  shop_id BIGINT NOT NULL, shipment_id BIGINT NOT NULL, line_no BIGINT NOT NULL, quantity BIGINT NOT NULL,
  CONSTRAINT shipment_lines_pkey PRIMARY KEY (shop_id, shipment_id, line_no)
);
CREATE TABLE shipment_tracks (
  shop_id BIGINT NOT NULL, shipment_id BIGINT NOT NULL, at TIMESTAMP NOT NULL, hash TEXT NOT NULL, text TEXT NOT NULL, state TEXT NOT NULL,
  CONSTRAINT shipment_tracks_pkey PRIMARY KEY (shop_id, shipment_id, at, hash)
);

-- Double entry: each row moves amount from the credited to the debited account
-- of one shop's books, so every row balances; nothing is ever changed or deleted.
CREATE TABLE ledger_transfers (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, kind TEXT NOT NULL, debit TEXT NOT NULL, credit TEXT NOT NULL,
  amount BIGINT NOT NULL, order_id BIGINT NOT NULL DEFAULT 0, ref_id BIGINT NOT NULL DEFAULT 0, created_at TIMESTAMP NOT NULL,
  CONSTRAINT ledger_transfers_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT ledger_transfers_amount_check CHECK (amount > 0),
  CONSTRAINT ledger_transfers_sides_check CHECK (debit <> credit)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX ledger_transfers_order ON ledger_transfers (shop_id, order_id, id);
