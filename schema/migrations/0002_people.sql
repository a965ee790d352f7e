-- Shops, their staff, and buyers.

CREATE TABLE shops (
  id BIGINT NOT NULL, handle TEXT NOT NULL, name TEXT NOT NULL, name_en TEXT NOT NULL DEFAULT '',
  slogan TEXT NOT NULL DEFAULT '', intro TEXT NOT NULL DEFAULT '', notice TEXT NOT NULL DEFAULT '',
  city TEXT NOT NULL DEFAULT '', hours TEXT NOT NULL DEFAULT '', phone TEXT NOT NULL DEFAULT '',
  logo TEXT NOT NULL DEFAULT '', cover TEXT NOT NULL DEFAULT '',
  shipping_fee BIGINT NOT NULL DEFAULT 0, free_over BIGINT NOT NULL DEFAULT 0,
  return_address TEXT NOT NULL DEFAULT '', state TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT shops_pkey PRIMARY KEY (id)
);
CREATE TABLE handles (
  handle TEXT NOT NULL, shop_id BIGINT NOT NULL,
  CONSTRAINT handles_pkey PRIMARY KEY (handle)
);

-- Shop 0 is the market itself: its staff are the operators.
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

CREATE TABLE buyers (
  id BIGINT NOT NULL, nickname TEXT NOT NULL DEFAULT '', avatar TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '', locale TEXT NOT NULL DEFAULT 'zh-CN', state TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT buyers_pkey PRIMARY KEY (id)
);
-- identity is "openid:<appid>:<openid>" or "unionid:<unionid>".
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
CREATE TABLE addresses (
  buyer_id BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL, phone TEXT NOT NULL,
  province TEXT NOT NULL, city TEXT NOT NULL, district TEXT NOT NULL, region_code TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL, is_default BOOLEAN NOT NULL DEFAULT FALSE,
  created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT addresses_pkey PRIMARY KEY (buyer_id, id)
);
CREATE TABLE consents (
  buyer_id BIGINT NOT NULL, kind TEXT NOT NULL, version TEXT NOT NULL, granted BOOLEAN NOT NULL,
  decided_at TIMESTAMP NOT NULL,
  CONSTRAINT consents_pkey PRIMARY KEY (buyer_id, kind)
);
