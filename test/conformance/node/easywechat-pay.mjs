import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import easy from 'node-easywechat';
import { check } from './scene.mjs';

const { Pay, ServerRequest } = easy;

export const sdk = 'node-easywechat';
export const scene = 'easypay';

export function trials(s) {
  const folder = mkdtempSync(join(tmpdir(), 'easywechat-'));
  const file = (name, text) => { writeFileSync(join(folder, name), text, { mode: 0o600 }); return join(folder, name); }; // the SDK wants paths
  const made = (key, name) => new Pay({
    mch_id: s.shop.mchid, private_key: file(`${name}.pem`, key), certificate: file('cert.pem', s.shop.certificate), secret_key: s.shop.apiv3_key, v2_secret_key: s.shop.api_key,
    platform_certs: [file('platform.pem', s.shop.platform_certificate)],
    http: { throw: false },
  });
  const pay = made(s.shop.private_key, 'own');
  const forged = made(s.second.private_key, 'other');
  async function answer(promise) {
    const r = await promise;
    if (r.getStatusCode() >= 300) throw Object.assign(new Error(`status ${r.getStatusCode()}`), { body: r.toString() });
    check(await pay.getValidator().validate(r.toHttpResponse()), 'the signature of the answer does not verify', r.getHeaders());
    return r.getStatusCode() === 204 ? {} : r.toObject();
  }
  async function told() {
    const r = await s.notice('/pay');
    const request = new ServerRequest(r.method, r.url, r.headers, r.body);
    check(await pay.getValidator().validate(request), 'the signature of the notice does not verify', r.headers);
    pay.setRequest(request);
    const message = await pay.getServer().getRequestMessage();
    return { event: message.getEventType(), ...message.toObject() };
  }
  const order = (over = {}) => ({
    appid: s.account.appid, mchid: s.shop.mchid, description: '明前龙井', out_trade_no: s.number('ez'), notify_url: `${s.dev}/pay`,
    amount: { total: 8800 }, payer: { openid: s.openid }, ...over,
  });
  const without = ({ payer, ...rest }) => rest;
  // postJson would sign an empty body: for v3 the SDK signs what is in data.
  const post = (path, json, app = pay) => answer(app.getClient().post(path, { data: json }));
  const get = (path, params) => answer(pay.getClient().get(path, { params }));
  async function paid(total = 100) {
    await s.pay((await post('/v3/pay/transactions/jsapi', order({ amount: { total } }))).prepay_id);
    return told();
  }
  const refund = (done, amount) => ({ transaction_id: done.transaction_id, out_refund_no: s.number('ezr'), notify_url: `${s.dev}/pay`, amount: { refund: amount, total: done.amount.total, currency: 'CNY' } });

  return [
    { call: 'POST /v3/pay/transactions/jsapi', code: 'SIGN_ERROR', good: async () => { const r = await post('/v3/pay/transactions/jsapi', order()); check(r.prepay_id, 'the answer is', r); }, bad: () => post('/v3/pay/transactions/jsapi', order(), forged) },
    { call: 'POST /v3/pay/transactions/native', code: 'PARAM_ERROR', good: async () => { const r = await post('/v3/pay/transactions/native', without(order())); check(r.code_url, 'the answer is', r); }, bad: () => post('/v3/pay/transactions/native', without(order({ amount: {} }))) },
    {
      call: 'GET /v3/pay/transactions/out-trade-no/{no}', code: 'ORDER_NOT_EXIST',
      good: async () => { const done = await paid(); const r = await get(`/v3/pay/transactions/out-trade-no/${done.out_trade_no}`, { mchid: s.shop.mchid }); check(r.transaction_id === done.transaction_id, 'the order is', r); },
      bad: () => get('/v3/pay/transactions/out-trade-no/never-ordered', { mchid: s.shop.mchid }),
    },
    {
      call: 'GET /v3/pay/transactions/id/{id}', code: 'ORDER_NOT_EXIST',
      good: async () => { const done = await paid(); const r = await get(`/v3/pay/transactions/id/${done.transaction_id}`, { mchid: s.shop.mchid }); check(r.out_trade_no === done.out_trade_no, 'the order is', r); },
      bad: () => get('/v3/pay/transactions/id/4200000000000000000000000000', { mchid: s.shop.mchid }),
    },
    {
      call: 'POST /v3/pay/transactions/out-trade-no/{no}/close', code: 'ORDER_PAID',
      good: async () => { const body = without(order()); await post('/v3/pay/transactions/native', body); await post(`/v3/pay/transactions/out-trade-no/${body.out_trade_no}/close`, { mchid: s.shop.mchid }); },
      bad: async () => post(`/v3/pay/transactions/out-trade-no/${(await paid()).out_trade_no}/close`, { mchid: s.shop.mchid }),
    },
    { call: '→ TRANSACTION.SUCCESS (platform certificate)', good: async () => { const done = await paid(700); check(done.event === 'TRANSACTION.SUCCESS' && done.amount.total === 700, 'the notice is', done); } },
    {
      call: 'POST /v3/refund/domestic/refunds', code: 'INVALID_REQUEST',
      good: async () => { const r = await post('/v3/refund/domestic/refunds', refund(await paid(300), 100)); const done = await told(); check(done.event === 'REFUND.SUCCESS' && done.refund_id === r.refund_id, 'the notice is', done); },
      bad: async () => post('/v3/refund/domestic/refunds', refund(await paid(300), 301)),
    },
    {
      call: 'GET /v3/refund/domestic/refunds/{no}', code: 'RESOURCE_NOT_EXISTS',
      good: async () => { const body = refund(await paid(300), 300); await post('/v3/refund/domestic/refunds', body); await told(); const r = await get(`/v3/refund/domestic/refunds/${body.out_refund_no}`); check(r.status === 'SUCCESS', 'the refund is', r); },
      bad: () => get('/v3/refund/domestic/refunds/never-refunded'),
    },
  ];
}
