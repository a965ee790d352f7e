-- A price that some units of a SKU have for some time.
CREATE TABLE flash_sales (
  shop_id BIGINT NOT NULL, id BIGINT NOT NULL, sku_id BIGINT NOT NULL, product_id BIGINT NOT NULL, price BIGINT NOT NULL,
  units BIGINT NOT NULL, sold BIGINT NOT NULL DEFAULT 0, per_buyer BIGINT NOT NULL DEFAULT 0,
  starts_at TIMESTAMP NOT NULL, ends_at TIMESTAMP NOT NULL, state TEXT NOT NULL, staff_id BIGINT NOT NULL DEFAULT 0,
  created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  CONSTRAINT flash_sales_pkey PRIMARY KEY (shop_id, id),
  CONSTRAINT flash_sales_sold_check CHECK (sold >= 0 AND sold <= units),
  CONSTRAINT flash_sales_price_check CHECK (price > 0)
);
CREATE INDEX flash_sales_open ON flash_sales (shop_id, sku_id) WHERE state = 'open';
CREATE INDEX flash_sales_due ON flash_sales (ends_at) WHERE state = 'open';

-- How many units of a limited sale each buyer has.
CREATE TABLE flash_claims (
  shop_id BIGINT NOT NULL, sale_id BIGINT NOT NULL, buyer_id BIGINT NOT NULL, bought BIGINT NOT NULL,
  CONSTRAINT flash_claims_pkey PRIMARY KEY (shop_id, sale_id, buyer_id),
  CONSTRAINT flash_claims_bought_check CHECK (bought >= 0)
) /*sqlite: WITHOUT ROWID*/;

ALTER TABLE order_lines ADD COLUMN flash_id BIGINT NOT NULL DEFAULT 0;
