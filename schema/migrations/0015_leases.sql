-- Which process leads: it runs what the clock starts. beat moves while it lives.
CREATE TABLE leases (
  name TEXT NOT NULL, holder TEXT NOT NULL, beat BIGINT NOT NULL,
  CONSTRAINT leases_pkey PRIMARY KEY (name)
);
-- Orders are looked up by whole phone number or receiver's name, and by what is
-- being refunded. Placing an order pays for none of these.
CREATE INDEX orders_phone ON orders (shop_id, phone, id) WHERE state <> 'pending';
CREATE INDEX orders_receiver ON orders (shop_id, receiver, id) WHERE state <> 'pending';
CREATE INDEX orders_refund ON orders (shop_id, refund_state, id) WHERE refund_state <> 'none';
CREATE INDEX jobs_parked_all ON jobs (id) WHERE state = 'parked';
CREATE INDEX staff_sessions_member ON staff_sessions (shop_id, staff_id);
