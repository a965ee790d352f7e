-- How a buyer pays, and from where (H5 names the browser's address to the provider).
ALTER TABLE payments ADD COLUMN way TEXT NOT NULL DEFAULT 'jsapi';
ALTER TABLE payments ADD COLUMN client_ip TEXT NOT NULL DEFAULT '';
-- The sub-merchant (特约商户) of a service provider that a shop is paid through; empty: the market's own merchant.
ALTER TABLE order_payments ADD COLUMN sub_mch_id TEXT NOT NULL DEFAULT '';
ALTER TABLE shops ADD COLUMN sub_mch_id TEXT NOT NULL DEFAULT '';
