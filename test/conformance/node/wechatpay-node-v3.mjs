import diagnostics from 'node:diagnostics_channel';
import WxPay from 'wechatpay-node-v3';
import { check } from './scene.mjs';

export const sdk = 'wechatpay-node-v3';
export const scene = 'nodev3';

export function trials(s) {
  const made = (privateKey) => new WxPay({ appid: s.account.appid, mchid: s.shop.mchid, serial_no: s.shop.serial_no, publicKey: Buffer.from(s.shop.certificate), privateKey: Buffer.from(privateKey), key: s.shop.apiv3_key });
  const pay = made(s.shop.private_key);
  const forged = made(s.second.private_key);

  // The SDK keeps the headers of answers to itself; Node tells them, so that its own verifySign can judge each answer.
  let headers = {};
  diagnostics.subscribe('http.client.response.finish', ({ response }) => { headers = response.headers; });
  const verify = (h, body) => pay.verifySign({
    timestamp: h['wechatpay-timestamp'], nonce: h['wechatpay-nonce'], serial: h['wechatpay-serial'], signature: h['wechatpay-signature'], body, apiSecret: s.shop.apiv3_key,
  });
  async function answer(promise) {
    const r = await promise;
    if (!(r.status < 300)) throw Object.assign(new Error(`status ${r.status}`), { body: r.error ?? r.errRaw });
    return r.data;
  }
  async function signed(promise) {
    const data = await answer(promise);
    check(await verify({ ...headers }, data), 'the signature of the answer does not verify', data);
    return data;
  }
  async function told() {
    const r = await s.notice('/pay');
    check(await verify(r.headers, r.body), 'the signature of the notice does not verify', r.headers);
    const { event_type, resource } = JSON.parse(r.body);
    return { event: event_type, ...pay.decipher_gcm(resource.ciphertext, resource.associated_data, resource.nonce, s.shop.apiv3_key) };
  }
  const order = (over = {}) => ({ description: '明前龙井', out_trade_no: s.number('nv'), notify_url: `${s.dev}/pay`, amount: { total: 300 }, payer: { openid: s.openid }, ...over });
  const without = ({ payer, ...rest }) => rest;
  async function paid(total = 300) {
    const data = await answer(pay.transactions_jsapi(order({ amount: { total } })));
    await s.pay(data.package.replace('prepay_id=', ''));
    return told();
  }
  const sub = (m, total) => ({ mchid: m.mchid, attach: '分店', amount: { total_amount: total, currency: 'CNY' }, out_trade_no: s.number('nvs'), description: '合单' });
  const combine = () => ({
    combine_out_trade_no: s.number('nvc'), notify_url: `${s.dev}/pay`, scene_info: { payer_client_ip: '14.23.150.211' },
    sub_orders: [sub(s.shop, 100), sub(s.second, 200)], combine_payer_info: { openid: s.openid },
  });
  const refund = (done, amount) => ({ transaction_id: done.transaction_id, out_refund_no: s.number('nvr'), notify_url: `${s.dev}/pay`, amount: { refund: amount, total: done.amount.total, currency: 'CNY' } });

  return [
    {
      call: 'GET /v3/certificates', code: '拉取平台证书失败',
      good: async () => { const list = await pay.get_certificates(s.shop.apiv3_key); check(list.some((c) => c.serial_no === s.shop.platform_serial_no && c.publicKey), 'the certificates are', list); },
      bad: () => forged.get_certificates(s.shop.apiv3_key),
    },
    {
      call: 'POST /v3/pay/transactions/jsapi', code: 'SIGN_ERROR',
      good: async () => { const data = await answer(pay.transactions_jsapi(order())); check(data.paySign && data.package, 'the answer is', data); },
      bad: () => answer(forged.transactions_jsapi(order())),
    },
    {
      call: 'POST /v3/pay/transactions/native', code: 'PARAM_ERROR',
      good: async () => { const data = await signed(pay.transactions_native(without(order()))); check(data.code_url, 'the answer is', data); },
      bad: () => answer(pay.transactions_native(without(order({ out_trade_no: '短' })))),
    },
    {
      call: 'GET /v3/pay/transactions/out-trade-no/{no}', code: 'ORDER_NOT_EXIST',
      good: async () => { const done = await paid(); const r = await signed(pay.query({ out_trade_no: done.out_trade_no })); check(r.trade_state === 'SUCCESS', 'the order is', r); },
      bad: () => answer(pay.query({ out_trade_no: 'never-ordered' })),
    },
    {
      call: 'GET /v3/pay/transactions/id/{id}', code: 'ORDER_NOT_EXIST',
      good: async () => { const done = await paid(); const r = await signed(pay.query({ transaction_id: done.transaction_id })); check(r.out_trade_no === done.out_trade_no, 'the order is', r); },
      bad: () => answer(pay.query({ transaction_id: '4200000000000000000000000000' })),
    },
    {
      call: 'POST /v3/pay/transactions/out-trade-no/{no}/close', code: 'ORDER_PAID',
      good: async () => { const body = without(order()); await answer(pay.transactions_native(body)); await answer(pay.close(body.out_trade_no)); },
      bad: async () => answer(pay.close((await paid()).out_trade_no)),
    },
    { call: '→ TRANSACTION.SUCCESS (platform certificate)', good: async () => { const done = await paid(700); check(done.event === 'TRANSACTION.SUCCESS' && done.amount.payer_total === 700, 'the notice is', done); } },
    {
      call: 'POST /v3/combine-transactions/jsapi', code: 'PARAM_ERROR',
      good: async () => { const data = await answer(pay.combine_transactions_jsapi(combine())); check(data.package, 'the answer is', data); },
      bad: () => answer(pay.combine_transactions_jsapi({ ...combine(), sub_orders: [] })),
    },
    {
      call: 'POST /v3/combine-transactions/native', code: 'PARAM_ERROR',
      good: async () => { const { combine_payer_info, ...body } = combine(); const data = await signed(pay.combine_transactions_native(body)); check(data.code_url, 'the answer is', data); },
      bad: () => answer(pay.combine_transactions_native({ ...combine(), sub_orders: [] })),
    },
    {
      call: 'GET /v3/combine-transactions/out-trade-no/{no}', code: 'ORDER_NOT_EXIST',
      good: async () => {
        const body = combine();
        const data = await answer(pay.combine_transactions_jsapi(body));
        await s.pay(data.package.replace('prepay_id=', ''));
        await told();
        const r = await signed(pay.combine_query(body.combine_out_trade_no));
        check(r.sub_orders.every((o) => o.trade_state === 'SUCCESS'), 'the order is', r);
      },
      bad: () => answer(pay.combine_query('never-ordered')),
    },
    {
      call: 'POST /v3/combine-transactions/out-trade-no/{no}/close', code: 'PARAM_ERROR',
      good: async () => {
        const body = combine();
        await answer(pay.combine_transactions_jsapi(body));
        await answer(pay.combine_close(body.combine_out_trade_no, body.sub_orders.map(({ mchid, out_trade_no }) => ({ mchid, out_trade_no }))));
      },
      bad: () => answer(pay.combine_close('whatever1', [])),
    },
    {
      call: 'POST /v3/refund/domestic/refunds', code: 'INVALID_REQUEST',
      good: async () => { const r = await signed(pay.refunds(refund(await paid(), 100))); const done = await told(); check(done.event === 'REFUND.SUCCESS' && done.refund_id === r.refund_id, 'the notice is', done); },
      bad: async () => answer(pay.refunds(refund(await paid(), 301))),
    },
    {
      call: 'GET /v3/refund/domestic/refunds/{no}', code: 'RESOURCE_NOT_EXISTS',
      good: async () => { const body = refund(await paid(), 300); await answer(pay.refunds(body)); await told(); const r = await signed(pay.find_refunds(body.out_refund_no)); check(r.status === 'SUCCESS', 'the refund is', r); },
      bad: () => answer(pay.find_refunds('never-refunded')),
    },
  ];
}
