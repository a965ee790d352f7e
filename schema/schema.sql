-- What all migrations make (SQLite). Written by go generate ./schema; do not edit.

CREATE TABLE addresses (
  buyer_id BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL, phone TEXT NOT NULL,
  province TEXT NOT NULL, city TEXT NOT NULL, district TEXT NOT NULL, region_code TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL, is_default BOOLEAN NOT NULL DEFAULT FALSE,
  created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT addresses_pkey PRIMARY KEY (buyer_id, id)
);

CREATE TABLE aftersale_lines (
  shop_id BIGINT NOT NULL, aftersale_id BIGINT NOT NULL, line_no BIGINT NOT NULL, quantity BIGINT NOT NULL, unshipped BIGINT NOT NULL DEFAULT 0,
  amount BIGINT NOT NULL,
  CONSTRAINT aftersale_lines_pkey PRIMARY KEY (shop_id, aftersale_id, line_no)
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

CREATE INDEX aftersales_order ON aftersales (shop_id, order_id, id);

CREATE INDEX aftersales_state ON aftersales (shop_id, state, id);

CREATE TABLE buyer_idempotency (
  buyer_id BIGINT NOT NULL, idem_key TEXT NOT NULL, input_hash TEXT NOT NULL,
  http_code BIGINT NOT NULL, answer TEXT NOT NULL, created_at TIMESTAMP NOT NULL,
  CONSTRAINT buyer_idempotency_pkey PRIMARY KEY (buyer_id, idem_key)
)  WITHOUT ROWID;

CREATE TABLE buyer_identities (
  identity TEXT NOT NULL, buyer_id BIGINT NOT NULL, created_at TIMESTAMP NOT NULL,
  CONSTRAINT buyer_identities_pkey PRIMARY KEY (identity)
);

CREATE TABLE buyer_openids (
  buyer_id BIGINT NOT NULL, app_id TEXT NOT NULL, open_id TEXT NOT NULL, union_id TEXT NOT NULL DEFAULT '',
  subscribed BOOLEAN NOT NULL DEFAULT FALSE, subscribed_at TIMESTAMP, scene TEXT NOT NULL DEFAULT '',
  updated_at TIMESTAMP NOT NULL,
  CONSTRAINT buyer_openids_pkey PRIMARY KEY (buyer_id, app_id)
);

CREATE TABLE buyer_orders (
  buyer_id BIGINT NOT NULL, order_id BIGINT NOT NULL, shop_id BIGINT NOT NULL, checkout_id BIGINT NOT NULL,
  shop_name TEXT NOT NULL, state TEXT NOT NULL, refund_state TEXT NOT NULL, total BIGINT NOT NULL,
  line_count BIGINT NOT NULL, title TEXT NOT NULL, picture TEXT NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT buyer_orders_pkey PRIMARY KEY (buyer_id, order_id)
)  WITHOUT ROWID;

CREATE TABLE buyers (
  id BIGINT NOT NULL, nickname TEXT NOT NULL DEFAULT '', avatar TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '', locale TEXT NOT NULL DEFAULT 'zh-CN', state TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT buyers_pkey PRIMARY KEY (id)
);

CREATE TABLE cart_lines (
  buyer_id BIGINT NOT NULL, sku_id BIGINT NOT NULL, shop_id BIGINT NOT NULL, product_id BIGINT NOT NULL,
  quantity BIGINT NOT NULL, selected BOOLEAN NOT NULL DEFAULT TRUE, price_seen BIGINT NOT NULL DEFAULT 0,
  added_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT cart_lines_pkey PRIMARY KEY (buyer_id, sku_id),
  CONSTRAINT cart_lines_quantity_check CHECK (quantity > 0)
)  WITHOUT ROWID;

CREATE TABLE categories (
  id BIGINT NOT NULL, parent_id BIGINT NOT NULL DEFAULT 0, code TEXT NOT NULL, name TEXT NOT NULL,
  name_en TEXT NOT NULL DEFAULT '', icon TEXT NOT NULL DEFAULT '', position BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT categories_pkey PRIMARY KEY (id)
);

CREATE UNIQUE INDEX categories_code ON categories (code);

CREATE TABLE checkouts (
  buyer_id BIGINT NOT NULL, id BIGINT NOT NULL, total BIGINT NOT NULL, shops TEXT NOT NULL,
  pay_deadline TIMESTAMP NOT NULL, created_at TIMESTAMP NOT NULL, input BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT checkouts_pkey PRIMARY KEY (buyer_id, id)
)  WITHOUT ROWID;

CREATE TABLE consents (
  buyer_id BIGINT NOT NULL, kind TEXT NOT NULL, version TEXT NOT NULL, granted BOOLEAN NOT NULL,
  decided_at TIMESTAMP NOT NULL,
  CONSTRAINT consents_pkey PRIMARY KEY (buyer_id, kind)
);

CREATE TABLE deposit_holds (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, order_id BIGINT NOT NULL, amount BIGINT NOT NULL, used BIGINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL, reason TEXT NOT NULL, route TEXT NOT NULL DEFAULT '', proof TEXT NOT NULL DEFAULT '', refund_id BIGINT NOT NULL DEFAULT 0,
  staff_id BIGINT NOT NULL, decided_by BIGINT NOT NULL DEFAULT 0, created_at TIMESTAMP NOT NULL, decided_at TIMESTAMP,
  CONSTRAINT deposit_holds_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT deposit_holds_used_check CHECK (amount > 0 AND used >= 0 AND used <= amount)
);

CREATE TABLE deposit_moves (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, kind TEXT NOT NULL, amount BIGINT NOT NULL, state TEXT NOT NULL,
  proof TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '', staff_id BIGINT NOT NULL, ended_by BIGINT NOT NULL DEFAULT 0,
  created_at TIMESTAMP NOT NULL, ended_at TIMESTAMP,
  CONSTRAINT deposit_moves_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT deposit_moves_amount_check CHECK (amount > 0)
);

CREATE TABLE deposits (
  shop_id BIGINT NOT NULL, required BIGINT NOT NULL DEFAULT 0, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT deposits_pkey PRIMARY KEY (shop_id),
  CONSTRAINT deposits_required_check CHECK (required >= 0)
);

CREATE TABLE flash_claims (
  shop_id BIGINT NOT NULL, sale_id BIGINT NOT NULL, buyer_id BIGINT NOT NULL, bought BIGINT NOT NULL,
  CONSTRAINT flash_claims_pkey PRIMARY KEY (shop_id, sale_id, buyer_id),
  CONSTRAINT flash_claims_bought_check CHECK (bought >= 0)
)  WITHOUT ROWID;

CREATE TABLE flash_sales (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, sku_id BIGINT NOT NULL, product_id BIGINT NOT NULL, price BIGINT NOT NULL,
  units BIGINT NOT NULL, sold BIGINT NOT NULL DEFAULT 0, per_buyer BIGINT NOT NULL DEFAULT 0,
  starts_at TIMESTAMP NOT NULL, ends_at TIMESTAMP NOT NULL, state TEXT NOT NULL, staff_id BIGINT NOT NULL DEFAULT 0,
  created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT flash_sales_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT flash_sales_sold_check CHECK (sold >= 0 AND sold <= units),
  CONSTRAINT flash_sales_price_check CHECK (price > 0)
);

CREATE INDEX flash_sales_due ON flash_sales (ends_at) WHERE state = 'open';

CREATE INDEX flash_sales_open ON flash_sales (shop_id, sku_id) WHERE state = 'open';

CREATE TABLE handles (
  handle TEXT NOT NULL, shop_id BIGINT NOT NULL,
  CONSTRAINT handles_pkey PRIMARY KEY (handle)
);

CREATE TABLE import_problems (
  shop_id BIGINT NOT NULL, import_id BIGINT NOT NULL, seq BIGINT NOT NULL, line BIGINT NOT NULL, col BIGINT NOT NULL,
  severity TEXT NOT NULL, code TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, zh TEXT NOT NULL, en TEXT NOT NULL,
  CONSTRAINT import_problems_pkey PRIMARY KEY (shop_id, import_id, seq)
);

CREATE TABLE imports (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, file_name TEXT NOT NULL, blob TEXT NOT NULL, format TEXT NOT NULL,
  settings TEXT NOT NULL, state TEXT NOT NULL, size BIGINT NOT NULL, read_bytes BIGINT NOT NULL DEFAULT 0,
  created BIGINT NOT NULL DEFAULT 0, changed BIGINT NOT NULL DEFAULT 0, unchanged BIGINT NOT NULL DEFAULT 0,
  refused BIGINT NOT NULL DEFAULT 0, warnings BIGINT NOT NULL DEFAULT 0,
  pictures_waiting BIGINT NOT NULL DEFAULT 0, pictures_done BIGINT NOT NULL DEFAULT 0, pictures_failed BIGINT NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '', staff_id BIGINT NOT NULL DEFAULT 0,
  created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL, finished_at TIMESTAMP,
  CONSTRAINT imports_pkey PRIMARY KEY (shop_id, id)
);

CREATE INDEX imports_open ON imports (updated_at) WHERE finished_at IS NULL;

CREATE TABLE jobs (
  id BIGINT NOT NULL, unique_key TEXT NOT NULL, listener TEXT NOT NULL, kind TEXT NOT NULL,
  shop_id BIGINT NOT NULL, event_id BIGINT NOT NULL, payload TEXT NOT NULL, state TEXT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0, run_at TIMESTAMP NOT NULL, locked_until TIMESTAMP,
  last_error TEXT NOT NULL DEFAULT '', created_at TIMESTAMP NOT NULL,
  CONSTRAINT jobs_pkey PRIMARY KEY (id)
);

CREATE INDEX jobs_parked ON jobs (shop_id, id) WHERE state = 'parked';

CREATE INDEX jobs_parked_all ON jobs (id) WHERE state = 'parked';

CREATE INDEX jobs_ready ON jobs (run_at) WHERE state = 'ready';

CREATE INDEX jobs_running ON jobs (locked_until) WHERE state = 'running';

CREATE UNIQUE INDEX jobs_unique ON jobs (unique_key);

CREATE TABLE leases (
  name TEXT NOT NULL, holder TEXT NOT NULL, beat BIGINT NOT NULL,
  CONSTRAINT leases_pkey PRIMARY KEY (name)
);

CREATE TABLE ledger_seals (
  shop_id BIGINT NOT NULL, seq BIGINT NOT NULL, to_id BIGINT NOT NULL, row_count BIGINT NOT NULL,
  prev TEXT NOT NULL, hash TEXT NOT NULL, digests TEXT NOT NULL, balances TEXT NOT NULL, sealed_at TIMESTAMP NOT NULL,
  CONSTRAINT ledger_seals_pkey PRIMARY KEY (shop_id, seq)
);

CREATE INDEX ledger_seals_to ON ledger_seals (shop_id, to_id);

CREATE TABLE ledger_transfers (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, kind TEXT NOT NULL, debit TEXT NOT NULL, credit TEXT NOT NULL,
  amount BIGINT NOT NULL, order_id BIGINT NOT NULL DEFAULT 0, ref_id BIGINT NOT NULL DEFAULT 0, created_at TIMESTAMP NOT NULL, phase TEXT NOT NULL DEFAULT 'direct', slot TEXT NOT NULL DEFAULT '', ends BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT ledger_transfers_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT ledger_transfers_amount_check CHECK (amount > 0),
  CONSTRAINT ledger_transfers_sides_check CHECK (debit <> credit)
)  WITHOUT ROWID;

CREATE UNIQUE INDEX ledger_transfers_key ON ledger_transfers (shop_id, order_id, ref_id, slot);

CREATE TABLE listing_terms (
  term TEXT NOT NULL, product_id BIGINT NOT NULL, weight BIGINT NOT NULL,
  CONSTRAINT listing_terms_pkey PRIMARY KEY (term, product_id)
)  WITHOUT ROWID;

CREATE INDEX listing_terms_product ON listing_terms (product_id);

CREATE TABLE listings (
  product_id BIGINT NOT NULL, shop_id BIGINT NOT NULL, shop_name TEXT NOT NULL, category_id BIGINT NOT NULL,
  top_category_id BIGINT NOT NULL, title TEXT NOT NULL, title_en TEXT NOT NULL DEFAULT '', subtitle TEXT NOT NULL,
  picture TEXT NOT NULL, price_min BIGINT NOT NULL, price_max BIGINT NOT NULL, compare_price BIGINT NOT NULL DEFAULT 0,
  sold BIGINT NOT NULL DEFAULT 0, available BOOLEAN NOT NULL DEFAULT TRUE, listed_at TIMESTAMP NOT NULL, version BIGINT NOT NULL,
  CONSTRAINT listings_pkey PRIMARY KEY (product_id)
);

CREATE INDEX listings_category ON listings (category_id, product_id);

CREATE INDEX listings_new ON listings (listed_at, product_id);

CREATE INDEX listings_price ON listings (price_min, product_id);

CREATE INDEX listings_shop ON listings (shop_id, product_id);

CREATE INDEX listings_sold ON listings (sold, product_id);

CREATE INDEX listings_top ON listings (top_category_id, product_id);

CREATE TABLE media (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, sha256 TEXT NOT NULL, mime TEXT NOT NULL,
  width BIGINT NOT NULL, height BIGINT NOT NULL, size BIGINT NOT NULL, source_url TEXT NOT NULL DEFAULT '',
  created_at TIMESTAMP NOT NULL,
  CONSTRAINT media_pkey PRIMARY KEY (shop_id, id)
);

CREATE UNIQUE INDEX media_hash ON media (shop_id, sha256);

CREATE INDEX media_source ON media (shop_id, source_url) WHERE source_url <> '';

CREATE TABLE messages (
  buyer_id BIGINT NOT NULL, id BIGINT NOT NULL, dedupe_key TEXT NOT NULL, channel TEXT NOT NULL, kind TEXT NOT NULL,
  body TEXT NOT NULL, state TEXT NOT NULL, error TEXT NOT NULL DEFAULT '', created_at TIMESTAMP NOT NULL, sent_at TIMESTAMP,
  CONSTRAINT messages_pkey PRIMARY KEY (buyer_id, id)
);

CREATE UNIQUE INDEX messages_once ON messages (buyer_id, dedupe_key);

CREATE TABLE nodes (
  node BIGINT NOT NULL, holder TEXT NOT NULL, expires_at TIMESTAMP NOT NULL,
  CONSTRAINT nodes_pkey PRIMARY KEY (node)
);

CREATE TABLE notices (
  id TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
  received_at TIMESTAMP NOT NULL, handled_at TIMESTAMP,
  CONSTRAINT notices_pkey PRIMARY KEY (id)
);

CREATE INDEX notices_waiting ON notices (received_at) WHERE handled_at IS NULL;

CREATE TABLE order_lines (
  shop_id BIGINT NOT NULL, order_id BIGINT NOT NULL, line_no BIGINT NOT NULL, product_id BIGINT NOT NULL,
  sku_id BIGINT NOT NULL, title TEXT NOT NULL, options TEXT NOT NULL, picture TEXT NOT NULL,
  price BIGINT NOT NULL, quantity BIGINT NOT NULL, amount BIGINT NOT NULL,
  shipped BIGINT NOT NULL DEFAULT 0, refunding BIGINT NOT NULL DEFAULT 0, refunded BIGINT NOT NULL DEFAULT 0,
  
  held BIGINT NOT NULL DEFAULT 0, released BIGINT NOT NULL DEFAULT 0, flash_id BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT order_lines_pkey PRIMARY KEY (shop_id, order_id, line_no),
  CONSTRAINT order_lines_counts_check CHECK (shipped >= 0 AND refunding >= 0 AND refunded >= 0 AND refunding + refunded <= quantity),
  CONSTRAINT order_lines_held_check CHECK (released >= 0 AND released <= held AND shipped + held <= quantity)
)  WITHOUT ROWID;

CREATE TABLE order_payments (
  shop_id BIGINT NOT NULL, order_id BIGINT NOT NULL, payment_id BIGINT NOT NULL, buyer_id BIGINT NOT NULL,
  provider TEXT NOT NULL, mch_id TEXT NOT NULL, trade_no TEXT NOT NULL, transaction_id TEXT NOT NULL DEFAULT '',
  amount BIGINT NOT NULL, refunded BIGINT NOT NULL DEFAULT 0, state TEXT NOT NULL, paid_at TIMESTAMP, sub_mch_id TEXT NOT NULL DEFAULT '',
  CONSTRAINT order_payments_pkey PRIMARY KEY (shop_id, order_id, payment_id),
  CONSTRAINT order_payments_refunded_check CHECK (refunded >= 0 AND refunded <= amount)
);

CREATE INDEX order_payments_number ON order_payments (shop_id, trade_no);

CREATE INDEX order_payments_paid ON order_payments (shop_id, paid_at) WHERE paid_at IS NOT NULL;

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
)  WITHOUT ROWID;

CREATE INDEX orders_paid ON orders (shop_id, paid_at) WHERE paid_at IS NOT NULL;

CREATE INDEX orders_phone ON orders (shop_id, phone, id) WHERE state <> 'pending';

CREATE INDEX orders_receiver ON orders (shop_id, receiver, id) WHERE state <> 'pending';

CREATE INDEX orders_refund ON orders (shop_id, refund_state, id) WHERE refund_state <> 'none';

CREATE INDEX orders_state ON orders (shop_id, state, id);

CREATE INDEX orders_unpaid ON orders (pay_deadline) WHERE state = 'pending';

CREATE INDEX orders_unreceived ON orders (receive_deadline) WHERE state = 'shipped';

CREATE TABLE outbox (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL, relayed_at TIMESTAMP,
  CONSTRAINT outbox_pkey PRIMARY KEY (shop_id, id)
)  WITHOUT ROWID;

CREATE INDEX outbox_waiting ON outbox (shop_id, id) WHERE relayed_at IS NULL;

CREATE TABLE payees (
  shop_id BIGINT NOT NULL, name TEXT NOT NULL DEFAULT '', bank TEXT NOT NULL DEFAULT '', account TEXT NOT NULL DEFAULT '', updated_at TIMESTAMP NOT NULL,
  CONSTRAINT payees_pkey PRIMARY KEY (shop_id)
);

CREATE TABLE payments (
  buyer_id BIGINT NOT NULL, id BIGINT NOT NULL, checkout_id BIGINT NOT NULL, provider TEXT NOT NULL,
  kind TEXT NOT NULL, trade_no TEXT NOT NULL, amount BIGINT NOT NULL, state TEXT NOT NULL,
  app_id TEXT NOT NULL, open_id TEXT NOT NULL, prepay_id TEXT NOT NULL DEFAULT '', prepay_expires_at TIMESTAMP,
  pay_deadline TIMESTAMP NOT NULL, next_check_at TIMESTAMP, checks BIGINT NOT NULL DEFAULT 0,
  paid_at TIMESTAMP, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL, way TEXT NOT NULL DEFAULT 'jsapi', client_ip TEXT NOT NULL DEFAULT '',
  CONSTRAINT payments_pkey PRIMARY KEY (buyer_id, id)
);

CREATE INDEX payments_checkout ON payments (buyer_id, checkout_id);

CREATE INDEX payments_open ON payments (next_check_at) WHERE next_check_at IS NOT NULL;

CREATE TABLE payouts (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, run_id BIGINT NOT NULL, amount BIGINT NOT NULL, state TEXT NOT NULL,
  payee_name TEXT NOT NULL, payee_bank TEXT NOT NULL, payee_account TEXT NOT NULL, proof TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '',
  requested_by BIGINT NOT NULL, approved_by BIGINT NOT NULL DEFAULT 0, ended_by BIGINT NOT NULL DEFAULT 0,
  created_at TIMESTAMP NOT NULL, approved_at TIMESTAMP, sent_at TIMESTAMP, ended_at TIMESTAMP,
  CONSTRAINT payouts_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT payouts_amount_check CHECK (amount > 0)
);

CREATE INDEX payouts_open ON payouts (id) WHERE ended_at IS NULL;

CREATE UNIQUE INDEX payouts_run ON payouts (shop_id, run_id);

CREATE TABLE products (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, category_id BIGINT NOT NULL DEFAULT 0,
  title TEXT NOT NULL, title_en TEXT NOT NULL DEFAULT '', subtitle TEXT NOT NULL DEFAULT '',
  brand TEXT NOT NULL DEFAULT '', description TEXT NOT NULL DEFAULT '', options TEXT NOT NULL,
  media TEXT NOT NULL, tags TEXT NOT NULL DEFAULT '', attributes TEXT NOT NULL DEFAULT '[]', state TEXT NOT NULL,
  price_min BIGINT NOT NULL DEFAULT 0, price_max BIGINT NOT NULL DEFAULT 0, sold BIGINT NOT NULL DEFAULT 0,
  source_ref TEXT NOT NULL DEFAULT '', version BIGINT NOT NULL DEFAULT 1,
  created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL, listed_at TIMESTAMP,
  CONSTRAINT products_pkey PRIMARY KEY (shop_id, id)
);

CREATE UNIQUE INDEX products_source ON products (shop_id, source_ref) WHERE source_ref <> '';

CREATE INDEX products_state ON products (shop_id, state, id);

CREATE TABLE recon_differences (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, run_id BIGINT NOT NULL, round BIGINT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
  number TEXT NOT NULL, transaction_id TEXT NOT NULL DEFAULT '', of_shop BIGINT NOT NULL DEFAULT 0, order_id BIGINT NOT NULL DEFAULT 0,
  buyer_id BIGINT NOT NULL DEFAULT 0, payment_id BIGINT NOT NULL DEFAULT 0, refund_id BIGINT NOT NULL DEFAULT 0,
  there BIGINT NOT NULL DEFAULT 0, here BIGINT NOT NULL DEFAULT 0, there_state TEXT NOT NULL DEFAULT '', here_state TEXT NOT NULL DEFAULT '',
  bill_line BIGINT NOT NULL DEFAULT 0, at TIMESTAMP, outcome TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '',
  staff_id BIGINT NOT NULL DEFAULT 0, acted_at TIMESTAMP, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT recon_differences_pkey PRIMARY KEY (shop_id, id)
);

CREATE UNIQUE INDEX recon_differences_number ON recon_differences (shop_id, number, kind, run_id);

CREATE INDEX recon_differences_open ON recon_differences (shop_id, id) WHERE state = 'open';

CREATE INDEX recon_differences_run ON recon_differences (shop_id, run_id, id);

CREATE TABLE recon_runs (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, provider TEXT NOT NULL, account TEXT NOT NULL, day TEXT NOT NULL,
  state TEXT NOT NULL, problem TEXT NOT NULL DEFAULT '', round BIGINT NOT NULL DEFAULT 0, tries BIGINT NOT NULL DEFAULT 0,
  staff_id BIGINT NOT NULL DEFAULT 0, next_try_at TIMESTAMP, started_at TIMESTAMP, finished_at TIMESTAMP,
  bill_lines BIGINT NOT NULL DEFAULT 0, figures TEXT NOT NULL DEFAULT '{}', open_count BIGINT NOT NULL DEFAULT 0,
  trade_blob TEXT NOT NULL DEFAULT '', trade_hash TEXT NOT NULL DEFAULT '', fund_blob TEXT NOT NULL DEFAULT '', fund_hash TEXT NOT NULL DEFAULT '',
  created_at TIMESTAMP NOT NULL,
  CONSTRAINT recon_runs_pkey PRIMARY KEY (shop_id, id)
);

CREATE UNIQUE INDEX recon_runs_day ON recon_runs (shop_id, day, provider, account);

CREATE INDEX recon_runs_due ON recon_runs (shop_id, next_try_at) WHERE next_try_at IS NOT NULL;

CREATE TABLE refunds (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, order_id BIGINT NOT NULL, payment_id BIGINT NOT NULL,
  aftersale_id BIGINT NOT NULL DEFAULT 0, refund_no TEXT NOT NULL, provider_id TEXT NOT NULL DEFAULT '',
  amount BIGINT NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL, attempts BIGINT NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '', next_try_at TIMESTAMP, created_at TIMESTAMP NOT NULL, finished_at TIMESTAMP,
  updated_at TIMESTAMP NOT NULL,
  CONSTRAINT refunds_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT refunds_amount_check CHECK (amount > 0)
);

CREATE INDEX refunds_abnormal ON refunds (shop_id, id) WHERE state = 'abnormal';

CREATE INDEX refunds_done ON refunds (shop_id, finished_at) WHERE finished_at IS NOT NULL;

CREATE INDEX refunds_due ON refunds (next_try_at) WHERE next_try_at IS NOT NULL;

CREATE INDEX refunds_order ON refunds (shop_id, order_id, id);

CREATE TABLE sales (
  shop_id BIGINT NOT NULL, day TEXT NOT NULL, order_id BIGINT NOT NULL, buyer_id BIGINT NOT NULL, amount BIGINT NOT NULL,
  refunded BIGINT NOT NULL DEFAULT 0, source TEXT NOT NULL DEFAULT '', paid_at TIMESTAMP NOT NULL,
  CONSTRAINT sales_pkey PRIMARY KEY (shop_id, day, order_id)
)  WITHOUT ROWID;

CREATE TABLE schema_migrations (
	version BIGINT NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at TIMESTAMP NOT NULL,
	CONSTRAINT schema_migrations_pkey PRIMARY KEY (version));

CREATE TABLE settings (
  name TEXT NOT NULL, value TEXT NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT settings_pkey PRIMARY KEY (name)
);

CREATE TABLE shipment_lines (
  shop_id BIGINT NOT NULL, shipment_id BIGINT NOT NULL, line_no BIGINT NOT NULL, quantity BIGINT NOT NULL,
  CONSTRAINT shipment_lines_pkey PRIMARY KEY (shop_id, shipment_id, line_no)
);

CREATE TABLE shipment_tracks (
  shop_id BIGINT NOT NULL, shipment_id BIGINT NOT NULL, at TIMESTAMP NOT NULL, hash TEXT NOT NULL, text TEXT NOT NULL, state TEXT NOT NULL,
  CONSTRAINT shipment_tracks_pkey PRIMARY KEY (shop_id, shipment_id, at, hash)
);

CREATE TABLE shipments (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, order_id BIGINT NOT NULL, carrier TEXT NOT NULL, tracking_no TEXT NOT NULL,
  state TEXT NOT NULL, staff_id BIGINT NOT NULL DEFAULT 0, next_poll_at TIMESTAMP, polls BIGINT NOT NULL DEFAULT 0,
  shipped_at TIMESTAMP NOT NULL, delivered_at TIMESTAMP, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT shipments_pkey PRIMARY KEY (shop_id, id)
);

CREATE INDEX shipments_due ON shipments (next_poll_at) WHERE next_poll_at IS NOT NULL;

CREATE INDEX shipments_order ON shipments (shop_id, order_id, id);

CREATE TABLE shop_idempotency (
  shop_id BIGINT NOT NULL, idem_key TEXT NOT NULL, input_hash TEXT NOT NULL,
  http_code BIGINT NOT NULL, answer TEXT NOT NULL, created_at TIMESTAMP NOT NULL,
  CONSTRAINT shop_idempotency_pkey PRIMARY KEY (shop_id, idem_key)
)  WITHOUT ROWID;

CREATE TABLE shops (
  id BIGINT NOT NULL, handle TEXT NOT NULL, name TEXT NOT NULL, name_en TEXT NOT NULL DEFAULT '',
  slogan TEXT NOT NULL DEFAULT '', intro TEXT NOT NULL DEFAULT '', notice TEXT NOT NULL DEFAULT '',
  city TEXT NOT NULL DEFAULT '', hours TEXT NOT NULL DEFAULT '', phone TEXT NOT NULL DEFAULT '',
  logo TEXT NOT NULL DEFAULT '', cover TEXT NOT NULL DEFAULT '',
  shipping_fee BIGINT NOT NULL DEFAULT 0, free_over BIGINT NOT NULL DEFAULT 0,
  return_address TEXT NOT NULL DEFAULT '', state TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL, sub_mch_id TEXT NOT NULL DEFAULT '',
  CONSTRAINT shops_pkey PRIMARY KEY (id)
);

CREATE TABLE skus (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, product_id BIGINT NOT NULL, code TEXT NOT NULL DEFAULT '',
  gtin TEXT NOT NULL DEFAULT '', options TEXT NOT NULL, price BIGINT NOT NULL,
  compare_price BIGINT NOT NULL DEFAULT 0, cost BIGINT NOT NULL DEFAULT 0, weight_g BIGINT NOT NULL DEFAULT 0,
  picture TEXT NOT NULL DEFAULT '', picture_source TEXT NOT NULL DEFAULT '', position BIGINT NOT NULL DEFAULT 0, state TEXT NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  CONSTRAINT skus_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT skus_product_fkey FOREIGN KEY (shop_id, product_id) REFERENCES products (shop_id, id),
  CONSTRAINT skus_price_check CHECK (price >= 0)
);

CREATE UNIQUE INDEX skus_code ON skus (shop_id, code) WHERE code <> '' AND state <> 'removed';

CREATE INDEX skus_gtin ON skus (shop_id, gtin) WHERE gtin <> '';

CREATE INDEX skus_product ON skus (shop_id, product_id, position);

CREATE TABLE staff (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, login TEXT NOT NULL, name TEXT NOT NULL,
  role TEXT NOT NULL, password_hash TEXT NOT NULL, state TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL, seen_at TIMESTAMP,
  CONSTRAINT staff_pkey PRIMARY KEY (shop_id, id)
);

CREATE TABLE staff_logins (
  login TEXT NOT NULL, shop_id BIGINT NOT NULL, staff_id BIGINT NOT NULL,
  CONSTRAINT staff_logins_pkey PRIMARY KEY (login)
);

CREATE TABLE staff_sessions (
  token_hash TEXT NOT NULL, shop_id BIGINT NOT NULL, staff_id BIGINT NOT NULL, csrf TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL, expires_at TIMESTAMP NOT NULL,
  CONSTRAINT staff_sessions_pkey PRIMARY KEY (token_hash)
);

CREATE INDEX staff_sessions_expiry ON staff_sessions (expires_at);

CREATE INDEX staff_sessions_member ON staff_sessions (shop_id, staff_id);

CREATE TABLE "stock_movements" (
  shop_id BIGINT NOT NULL, sku_id BIGINT NOT NULL, id BIGINT NOT NULL, kind TEXT NOT NULL,
  d_on_hand BIGINT NOT NULL, order_id BIGINT NOT NULL DEFAULT 0,
  staff_id BIGINT NOT NULL DEFAULT 0, note TEXT NOT NULL DEFAULT '', created_at TIMESTAMP NOT NULL,
  CONSTRAINT stock_movements_by_sku_pkey PRIMARY KEY (shop_id, sku_id, id)
)  WITHOUT ROWID ;

CREATE TABLE stocks (
  shop_id BIGINT NOT NULL, sku_id BIGINT NOT NULL, on_hand BIGINT NOT NULL, reserved BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT stocks_pkey PRIMARY KEY (shop_id, sku_id),
  CONSTRAINT stocks_reserved_check CHECK (reserved >= 0),
  CONSTRAINT stocks_on_hand_check CHECK (on_hand >= reserved)
)  WITHOUT ROWID;

CREATE TABLE visits (
  shop_id BIGINT NOT NULL, day TEXT NOT NULL, visitor TEXT NOT NULL, source TEXT NOT NULL, pages BIGINT NOT NULL, first_at TIMESTAMP NOT NULL,
  CONSTRAINT visits_pkey PRIMARY KEY (shop_id, day, visitor)
)  WITHOUT ROWID;
