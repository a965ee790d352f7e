-- Where a shop wants its money, and what was sent there.
CREATE TABLE payees (
  shop_id BIGINT NOT NULL, name TEXT NOT NULL DEFAULT '', bank TEXT NOT NULL DEFAULT '', account TEXT NOT NULL DEFAULT '', updated_at TIMESTAMP NOT NULL,
  CONSTRAINT payees_pkey PRIMARY KEY (shop_id)
);
CREATE TABLE payouts (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, run_id BIGINT NOT NULL, amount BIGINT NOT NULL, state TEXT NOT NULL,
  payee_name TEXT NOT NULL, payee_bank TEXT NOT NULL, payee_account TEXT NOT NULL, proof TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '',
  requested_by BIGINT NOT NULL, approved_by BIGINT NOT NULL DEFAULT 0, ended_by BIGINT NOT NULL DEFAULT 0,
  created_at TIMESTAMP NOT NULL, approved_at TIMESTAMP, sent_at TIMESTAMP, ended_at TIMESTAMP,
  CONSTRAINT payouts_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT payouts_amount_check CHECK (amount > 0)
);
CREATE UNIQUE INDEX payouts_run ON payouts (shop_id, run_id);
CREATE INDEX payouts_open ON payouts (id) WHERE ended_at IS NULL;
-- A shop's deposit: what is required, what was paid in and returned, what is frozen.
CREATE TABLE deposits (
  shop_id BIGINT NOT NULL, required BIGINT NOT NULL DEFAULT 0, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT deposits_pkey PRIMARY KEY (shop_id),
  CONSTRAINT deposits_required_check CHECK (required >= 0)
);
CREATE TABLE deposit_moves (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, kind TEXT NOT NULL, amount BIGINT NOT NULL, state TEXT NOT NULL,
  proof TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '', staff_id BIGINT NOT NULL, ended_by BIGINT NOT NULL DEFAULT 0,
  created_at TIMESTAMP NOT NULL, ended_at TIMESTAMP,
  CONSTRAINT deposit_moves_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT deposit_moves_amount_check CHECK (amount > 0)
);
CREATE TABLE deposit_holds (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, order_id BIGINT NOT NULL, amount BIGINT NOT NULL, used BIGINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL, reason TEXT NOT NULL, route TEXT NOT NULL DEFAULT '', proof TEXT NOT NULL DEFAULT '', refund_id BIGINT NOT NULL DEFAULT 0,
  staff_id BIGINT NOT NULL, decided_by BIGINT NOT NULL DEFAULT 0, created_at TIMESTAMP NOT NULL, decided_at TIMESTAMP,
  CONSTRAINT deposit_holds_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT deposit_holds_used_check CHECK (amount > 0 AND used >= 0 AND used <= amount)
);
