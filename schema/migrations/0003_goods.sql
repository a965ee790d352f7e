-- Catalog, stock, and the market's own index of listed products.

CREATE TABLE categories (
  id BIGINT NOT NULL, parent_id BIGINT NOT NULL DEFAULT 0, code TEXT NOT NULL, name TEXT NOT NULL,
  name_en TEXT NOT NULL DEFAULT '', icon TEXT NOT NULL DEFAULT '', position BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT categories_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX categories_code ON categories (code);

-- options: JSON [{"name":"颜色","values":["红","蓝"]}]; media: JSON [{"url","alt","source","problem"}], url
-- is empty while the picture of source is not fetched; attributes: JSON [{"name","values"}].
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

-- options: JSON ["红","L"], aligned with the product's axes; picture_source: where its picture is
-- fetched from, picture is empty until then.
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
CREATE INDEX skus_product ON skus (shop_id, product_id, position);
CREATE UNIQUE INDEX skus_code ON skus (shop_id, code) WHERE code <> '' AND state <> 'removed';
CREATE INDEX skus_gtin ON skus (shop_id, gtin) WHERE gtin <> '';

CREATE TABLE media (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, sha256 TEXT NOT NULL, mime TEXT NOT NULL,
  width BIGINT NOT NULL, height BIGINT NOT NULL, size BIGINT NOT NULL, source_url TEXT NOT NULL DEFAULT '',
  created_at TIMESTAMP NOT NULL,
  CONSTRAINT media_pkey PRIMARY KEY (shop_id, id)
);
CREATE UNIQUE INDEX media_hash ON media (shop_id, sha256);
CREATE INDEX media_source ON media (shop_id, source_url) WHERE source_url <> '';

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
CREATE TABLE import_problems (
  shop_id BIGINT NOT NULL, import_id BIGINT NOT NULL, seq BIGINT NOT NULL, line BIGINT NOT NULL, col BIGINT NOT NULL,
  severity TEXT NOT NULL, code TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, zh TEXT NOT NULL, en TEXT NOT NULL,
  CONSTRAINT import_problems_pkey PRIMARY KEY (shop_id, import_id, seq)
);

CREATE TABLE stocks (
  shop_id BIGINT NOT NULL, sku_id BIGINT NOT NULL, on_hand BIGINT NOT NULL, reserved BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT stocks_pkey PRIMARY KEY (shop_id, sku_id),
  CONSTRAINT stocks_reserved_check CHECK (reserved >= 0),
  CONSTRAINT stocks_on_hand_check CHECK (on_hand >= reserved)
) /*sqlite: WITHOUT ROWID*/;
-- Every change of a stock row: d_on_hand and d_reserved add up to the row.
CREATE TABLE stock_movements (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, sku_id BIGINT NOT NULL, kind TEXT NOT NULL,
  d_on_hand BIGINT NOT NULL, d_reserved BIGINT NOT NULL, order_id BIGINT NOT NULL DEFAULT 0,
  staff_id BIGINT NOT NULL DEFAULT 0, note TEXT NOT NULL DEFAULT '', created_at TIMESTAMP NOT NULL,
  CONSTRAINT stock_movements_pkey PRIMARY KEY (shop_id, id)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX stock_movements_sku ON stock_movements (shop_id, sku_id, id);

-- The market's read model, fed by events: what buyers browse and search across shops.
CREATE TABLE listings (
  product_id BIGINT NOT NULL, shop_id BIGINT NOT NULL, shop_name TEXT NOT NULL, category_id BIGINT NOT NULL,
  top_category_id BIGINT NOT NULL, title TEXT NOT NULL, title_en TEXT NOT NULL DEFAULT '', subtitle TEXT NOT NULL,
  picture TEXT NOT NULL, price_min BIGINT NOT NULL, price_max BIGINT NOT NULL, compare_price BIGINT NOT NULL DEFAULT 0,
  sold BIGINT NOT NULL DEFAULT 0, available BOOLEAN NOT NULL DEFAULT TRUE, listed_at TIMESTAMP NOT NULL, version BIGINT NOT NULL,
  CONSTRAINT listings_pkey PRIMARY KEY (product_id)
);
CREATE INDEX listings_new ON listings (listed_at, product_id);
CREATE INDEX listings_sold ON listings (sold, product_id);
CREATE INDEX listings_price ON listings (price_min, product_id);
CREATE INDEX listings_shop ON listings (shop_id, product_id);
CREATE INDEX listings_category ON listings (category_id, product_id);
CREATE INDEX listings_top ON listings (top_category_id, product_id);
-- One row per term (word, or one or two Han characters) of a listing.
CREATE TABLE listing_terms (
  term TEXT NOT NULL, product_id BIGINT NOT NULL, weight BIGINT NOT NULL,
  CONSTRAINT listing_terms_pkey PRIMARY KEY (term, product_id)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX listing_terms_product ON listing_terms (product_id);
