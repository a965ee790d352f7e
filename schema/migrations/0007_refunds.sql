-- The work list of refunds that a person has to look at.
CREATE INDEX refunds_abnormal ON refunds (shop_id, id) WHERE state = 'abnormal';
