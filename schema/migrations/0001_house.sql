-- What the whole house needs: settings, node leases, the event outbox, jobs,
-- idempotency keys and the raw notices of outside senders.
-- Kinds of tables (shop, buyer, claim, reference, local): schema/manifest.go.

CREATE TABLE settings (
  name TEXT NOT NULL, value TEXT NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT settings_pkey PRIMARY KEY (name)
);

-- A process that makes ids holds one node number for as long as it renews it.
CREATE TABLE nodes (
  node BIGINT NOT NULL, holder TEXT NOT NULL, expires_at TIMESTAMP NOT NULL,
  CONSTRAINT nodes_pkey PRIMARY KEY (node)
);

CREATE TABLE outbox (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL, relayed_at TIMESTAMP,
  CONSTRAINT outbox_pkey PRIMARY KEY (shop_id, id)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX outbox_waiting ON outbox (shop_id, id) WHERE relayed_at IS NULL;

CREATE TABLE jobs (
  id BIGINT NOT NULL, unique_key TEXT NOT NULL, listener TEXT NOT NULL, kind TEXT NOT NULL,
  shop_id BIGINT NOT NULL, event_id BIGINT NOT NULL, payload TEXT NOT NULL, state TEXT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0, run_at TIMESTAMP NOT NULL, locked_until TIMESTAMP,
  last_error TEXT NOT NULL DEFAULT '', created_at TIMESTAMP NOT NULL,
  CONSTRAINT jobs_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX jobs_unique ON jobs (unique_key);
CREATE INDEX jobs_ready ON jobs (run_at) WHERE state = 'ready';
CREATE INDEX jobs_running ON jobs (locked_until) WHERE state = 'running';
CREATE INDEX jobs_parked ON jobs (shop_id, id) WHERE state = 'parked';

CREATE TABLE shop_idempotency (
  shop_id BIGINT NOT NULL, idem_key TEXT NOT NULL, input_hash TEXT NOT NULL,
  http_code BIGINT NOT NULL, answer TEXT NOT NULL, created_at TIMESTAMP NOT NULL,
  CONSTRAINT shop_idempotency_pkey PRIMARY KEY (shop_id, idem_key)
) /*sqlite: WITHOUT ROWID*/;
CREATE TABLE buyer_idempotency (
  buyer_id BIGINT NOT NULL, idem_key TEXT NOT NULL, input_hash TEXT NOT NULL,
  http_code BIGINT NOT NULL, answer TEXT NOT NULL, created_at TIMESTAMP NOT NULL,
  CONSTRAINT buyer_idempotency_pkey PRIMARY KEY (buyer_id, idem_key)
) /*sqlite: WITHOUT ROWID*/;

-- Raw notices of providers and messages of WeChat, once each by the sender's id.
CREATE TABLE notices (
  id TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
  received_at TIMESTAMP NOT NULL, handled_at TIMESTAMP,
  CONSTRAINT notices_pkey PRIMARY KEY (id)
);
CREATE INDEX notices_waiting ON notices (received_at) WHERE handled_at IS NULL;
