-- Reconciliation: one row per bill of a day, and what in it does not agree with us.
-- They belong to whose account it is: shop 0 is the market.
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
CREATE INDEX recon_differences_run ON recon_differences (shop_id, run_id, id);
CREATE INDEX recon_differences_open ON recon_differences (shop_id, id) WHERE state = 'open';

-- What the provider says was paid or refunded on a day, and whose number that is.
CREATE INDEX order_payments_paid ON order_payments (shop_id, paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX order_payments_number ON order_payments (shop_id, trade_no);
CREATE INDEX refunds_done ON refunds (shop_id, finished_at) WHERE finished_at IS NOT NULL;
