-- Messages to buyers, visits and sales for reports.

-- What is sent to a buyer, once per dedupe key.
CREATE TABLE messages (
  buyer_id BIGINT NOT NULL, id BIGINT NOT NULL, dedupe_key TEXT NOT NULL, channel TEXT NOT NULL, kind TEXT NOT NULL,
  body TEXT NOT NULL, state TEXT NOT NULL, error TEXT NOT NULL DEFAULT '', created_at TIMESTAMP NOT NULL, sent_at TIMESTAMP,
  CONSTRAINT messages_pkey PRIMARY KEY (buyer_id, id)
);
CREATE UNIQUE INDEX messages_once ON messages (buyer_id, dedupe_key);

-- A visitor of a shop on a day (Asia/Shanghai, YYYY-MM-DD); shop 0 is the market.
CREATE TABLE visits (
  shop_id BIGINT NOT NULL, day TEXT NOT NULL, visitor TEXT NOT NULL, source TEXT NOT NULL, pages BIGINT NOT NULL, first_at TIMESTAMP NOT NULL,
  CONSTRAINT visits_pkey PRIMARY KEY (shop_id, day, visitor)
) /*sqlite: WITHOUT ROWID*/;
-- One row per paid order, by the day it was paid.
CREATE TABLE sales (
  shop_id BIGINT NOT NULL, day TEXT NOT NULL, order_id BIGINT NOT NULL, buyer_id BIGINT NOT NULL, amount BIGINT NOT NULL,
  refunded BIGINT NOT NULL DEFAULT 0, source TEXT NOT NULL DEFAULT '', paid_at TIMESTAMP NOT NULL,
  CONSTRAINT sales_pkey PRIMARY KEY (shop_id, day, order_id)
) /*sqlite: WITHOUT ROWID*/;
