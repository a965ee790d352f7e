-- What a buyer owes is booked when a payment is opened, not when an order is placed:
-- what unpaid orders without an open payment have booked is taken back.
INSERT INTO ledger_transfers (shop_id, id, kind, debit, credit, amount, order_id, ref_id, created_at)
  SELECT t.shop_id, -t.id, 'payment.ended', 'unpaid_orders', 'buyer_due', t.amount, t.order_id, 0, t.created_at
  FROM ledger_transfers t JOIN orders o ON o.shop_id = t.shop_id AND o.id = t.order_id
  WHERE t.kind = 'order.placed' AND o.state = 'pending'
    AND NOT EXISTS (SELECT 1 FROM order_payments p WHERE p.shop_id = t.shop_id AND p.order_id = t.order_id AND p.state = 'open');
