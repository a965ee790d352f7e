import diagnostics from 'node:diagnostics_channel';
import WxPay from 'wechatpay-node-v3';
import { check, readBill } from './scene.mjs';

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

  const h5 = { scene_info: { payer_client_ip: '14.23.150.211', h5_info: { type: 'Wap' } } };
  const unpaid = ({ combine_payer_info, ...rest }) => rest;
  const fetched = async (asked) => { const a = await signed(asked); return readBill(Buffer.from(await answer(pay.downloadBill(a.download_url))), a); };
  async function frozen() {
    const { package: id } = await answer(pay.transactions_jsapi(order({ amount: { total: 10000 }, settle_info: { profit_sharing: true } })));
    await s.pay(id.replace('prepay_id=', ''));
    const { transaction_id } = await told();
    await s.advance('2m');
    return transaction_id;
  }
  const receiver = { type: 'PERSONAL_OPENID', account: s.openid };
  const share = (transaction_id, amount) => answer(pay.create_profitsharing_orders({
    transaction_id, out_order_no: s.number('nvsplit'), unfreeze_unsplit: false, receivers: [{ ...receiver, amount, description: '分给个人' }], wx_serial_no: s.shop.platform_serial_no,
  }));

  return [
    { call: 'POST /v3/pay/transactions/h5', code: 'PARAM_ERROR', good: async () => { const r = await signed(pay.transactions_h5(without(order(h5)))); check(r.h5_url, 'the answer is', r); }, bad: () => answer(pay.transactions_h5(without(order()))) },
    { call: 'POST /v3/pay/transactions/app', code: 'SIGN_ERROR', good: async () => { const r = await answer(pay.transactions_app(without(order()))); check(r.sign && r.prepayid, 'the answer is', r); }, bad: () => answer(forged.transactions_app(without(order()))) },
    { call: 'POST /v3/combine-transactions/h5', code: 'PARAM_ERROR', good: () => signed(pay.combine_transactions_h5({ ...unpaid(combine()), ...h5 })), bad: () => answer(pay.combine_transactions_h5(unpaid(combine()))) },
    { call: 'POST /v3/combine-transactions/app', code: 'SIGN_ERROR', good: () => answer(pay.combine_transactions_app(unpaid(combine()))), bad: () => answer(forged.combine_transactions_app(unpaid(combine()))) },
    { late: true, call: 'GET /v3/bill/tradebill', code: 'NO_STATEMENT_EXIST', good: () => fetched(pay.tradebill({ bill_date: s.first_day, bill_type: 'ALL' })), bad: async () => answer(pay.tradebill({ bill_date: await s.today() })) },
    { late: true, call: 'GET /v3/bill/fundflowbill', code: 'NO_STATEMENT_EXIST', good: () => fetched(pay.fundflowbill({ bill_date: s.first_day })), bad: async () => answer(pay.fundflowbill({ bill_date: await s.today() })) },
    { late: true, call: 'GET /v3/billdownload/file', code: 'INVALID_REQUEST', good: () => fetched(pay.tradebill({ bill_date: s.first_day })), bad: () => answer(pay.downloadBill('https://api.mch.weixin.qq.com/v3/billdownload/file?token=never-given')) },
    { late: true, call: 'POST /v3/profitsharing/receivers/add', code: 'PARAM_ERROR', good: () => signed(pay.profitsharing_receivers_add({ ...receiver, relation_type: 'STAFF', wx_serial_no: s.shop.platform_serial_no })), bad: () => answer(pay.profitsharing_receivers_add({ ...receiver, relation_type: 'FRIEND', wx_serial_no: s.shop.platform_serial_no })) },
    { late: true, call: 'POST /v3/profitsharing/orders', code: 'RULE_LIMIT', good: async () => share(await frozen(), 1000), bad: async () => share(await frozen(), 9000) },
    {
      late: true, call: 'GET /v3/profitsharing/orders/{no}', code: 'RESOURCE_NOT_EXISTS',
      good: async () => { const id = await frozen(); const { out_order_no } = await share(id, 1000); const r = await signed(pay.query_profitsharing_orders(id, out_order_no)); check(r.receivers[0].amount === 1000, 'the split is', r); },
      bad: async () => answer(pay.query_profitsharing_orders(await frozen(), 'never-split')),
    },
    { late: true, call: 'GET /v3/profitsharing/transactions/{id}/amounts', code: 'RESOURCE_NOT_EXISTS', good: async () => signed(pay.query_profitsharing_amounts(await frozen())), bad: () => answer(pay.query_profitsharing_amounts('4200000000000000000000000000')) },
    { late: true, call: 'POST /v3/profitsharing/orders/unfreeze', code: 'RESOURCE_NOT_EXISTS', good: async () => signed(pay.profitsharing_orders_unfreeze({ transaction_id: await frozen(), out_order_no: s.number('nvthaw'), description: '解冻' })), bad: () => answer(pay.profitsharing_orders_unfreeze({ transaction_id: '4200000000000000000000000000', out_order_no: s.number('nvthaw'), description: '解冻' })) },
    { late: true, call: 'POST /v3/profitsharing/return-orders', code: 'RESOURCE_NOT_EXISTS', bad: () => answer(pay.profitsharing_return_orders({ out_order_no: 'never-split', out_return_no: s.number('nvback'), return_mchid: s.second.mchid, amount: 1, description: '退' })) },
    { late: true, call: 'GET /v3/profitsharing/return-orders/{no}', code: 'RESOURCE_NOT_EXISTS', bad: () => answer(pay.query_profitsharing_return_orders('never-returned', 'never-split')) },
    { late: true, call: 'POST /v3/profitsharing/receivers/delete', code: 'SIGN_ERROR', good: () => signed(pay.profitsharing_receivers_delete(receiver)), bad: () => answer(forged.profitsharing_receivers_delete(receiver)) },
    { late: true, call: 'GET /v3/profitsharing/bills', code: 'NO_STATEMENT_EXIST', bad: async () => answer(pay.profitsharing_bills(await s.today())) },
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
