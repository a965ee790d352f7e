import plugin from 'wechatpay-axios-plugin';
import { check } from './scene.mjs';
import { ways } from './axios-ways.mjs';
import { money } from './axios-money.mjs';

const { Wechatpay, Rsa, Formatter, Aes: { AesGcm } } = plugin;

export const sdk = 'wechatpay-axios-plugin';
export const scene = 'axios';

export function trials(s) {
  const config = (m, over = {}) => ({
    mchid: m.mchid, serial: m.serial_no, privateKey: m.private_key, secret: m.api_key || undefined,
    certs: { [m.platform_serial_no]: m.platform_certificate, [m.public_key_id]: m.wechatpay_public_key }, ...over,
  });
  const pay = new Wechatpay(config(s.shop));
  const forged = new Wechatpay(config(s.shop, { privateKey: s.second.private_key }));
  const order = (over = {}) => ({
    appid: s.account.appid, mchid: s.shop.mchid, description: '明前龙井', out_trade_no: s.number('ax'), notify_url: `${s.dev}/pay`,
    amount: { total: 8800 }, payer: { openid: s.openid }, ...over,
  });
  const native = (over = {}) => { const { payer, ...rest } = order(over); return rest; };
  const sub = (m, total) => ({ mchid: m.mchid, attach: '分店', amount: { total_amount: total, currency: 'CNY' }, out_trade_no: s.number('axs'), description: '合单' });
  const combine = (subs) => ({
    combine_appid: s.account.appid, combine_mchid: s.shop.mchid, combine_out_trade_no: s.number('axc'), notify_url: `${s.dev}/pay`,
    scene_info: { payer_client_ip: '14.23.150.211' }, sub_orders: subs ?? [sub(s.shop, 100), sub(s.second, 200)], combine_payer_info: { openid: s.openid },
  });

  // told verifies and decrypts a notice with the plugin's own functions.
  async function told(path = '/pay') {
    const r = await s.notice(path);
    const h = (name) => r.headers[`wechatpay-${name}`];
    const key = config(s.shop).certs[h('serial')];
    check(key && Rsa.verify(Formatter.response(h('timestamp'), h('nonce'), r.body), h('signature'), key), 'the signature of the notice does not verify', r.headers);
    const notice = JSON.parse(r.body);
    const { ciphertext, nonce, associated_data } = notice.resource;
    return { event: notice.event_type, ...JSON.parse(AesGcm.decrypt(ciphertext, s.shop.apiv3_key, nonce, associated_data)) };
  }
  async function paid(total = 100) {
    const { data } = await pay.v3.pay.transactions.jsapi.post(order({ amount: { total } }));
    await s.pay(data.prepay_id);
    return told();
  }
  const refund = (done, amount) => pay.v3.refund.domestic.refunds.post({
    transaction_id: done.transaction_id, out_refund_no: s.number('axr'), notify_url: `${s.dev}/pay`, amount: { refund: amount, total: done.amount.total, currency: 'CNY' },
  });

  const kit = { s, pay, forged, config, order, native, combine, told, paid, plugin };
  return [
    ...ways(kit),
    ...money(kit),
    {
      call: 'GET /v3/certificates', code: 'SIGN_ERROR',
      good: async () => {
        const { data } = await pay.v3.certificates.get();
        const { encrypt_certificate: c, serial_no } = data.data.find((d) => d.serial_no === s.shop.platform_serial_no);
        check(AesGcm.decrypt(c.ciphertext, s.shop.apiv3_key, c.nonce, c.associated_data).includes('BEGIN CERTIFICATE'), 'no certificate', serial_no);
      },
      bad: () => forged.v3.certificates.get(),
    },
    {
      call: 'POST /v3/pay/transactions/jsapi', code: 'PARAM_ERROR',
      good: async () => { const { data } = await pay.v3.pay.transactions.jsapi.post(order()); check(data.prepay_id, 'no prepay_id', data); },
      bad: () => pay.v3.pay.transactions.jsapi.post(order({ payer: {} })),
    },
    { call: 'POST /v3/pay/transactions/jsapi', code: 'SIGN_ERROR', bad: () => forged.v3.pay.transactions.jsapi.post(order()) },
    {
      call: 'POST /v3/pay/transactions/native', code: 'PARAM_ERROR',
      good: async () => { const { data } = await pay.v3.pay.transactions.native.post(native()); check(data.code_url.startsWith('weixin://'), 'no code_url', data); },
      bad: () => pay.v3.pay.transactions.native.post(native({ surprise: 1 })),
    },
    {
      call: 'GET /v3/pay/transactions/out-trade-no/{no}', code: 'ORDER_NOT_EXIST',
      good: async () => {
        const done = await paid();
        const { data } = await pay.v3.pay.transactions.outTradeNo.$no$.get({ no: done.out_trade_no, params: { mchid: s.shop.mchid } });
        check(data.trade_state === 'SUCCESS' && data.transaction_id === done.transaction_id, 'the order is', data);
      },
      bad: () => pay.v3.pay.transactions.outTradeNo.$no$.get({ no: 'never-ordered', params: { mchid: s.shop.mchid } }),
    },
    {
      call: 'GET /v3/pay/transactions/id/{id}', code: 'ORDER_NOT_EXIST',
      good: async () => {
        const done = await paid();
        const { data } = await pay.v3.pay.transactions.id.$id$.get({ id: done.transaction_id, params: { mchid: s.shop.mchid } });
        check(data.out_trade_no === done.out_trade_no, 'the order is', data);
      },
      bad: () => pay.v3.pay.transactions.id.$id$.get({ id: '4200000000000000000000000000', params: { mchid: s.shop.mchid } }),
    },
    {
      call: 'POST /v3/pay/transactions/out-trade-no/{no}/close', code: 'ORDER_PAID',
      good: async () => {
        const body = native();
        await pay.v3.pay.transactions.native.post(body);
        const r = await pay.v3.pay.transactions.outTradeNo.$no$.close.post({ mchid: s.shop.mchid }, { no: body.out_trade_no });
        check(r.status === 204, 'the status is', r.status);
      },
      bad: async () => pay.v3.pay.transactions.outTradeNo.$no$.close.post({ mchid: s.shop.mchid }, { no: (await paid()).out_trade_no }),
    },
    { call: '→ TRANSACTION.SUCCESS (platform certificate)', good: async () => { const done = await paid(700); check(done.event === 'TRANSACTION.SUCCESS' && done.amount.total === 700, 'the notice is', done); } },
    {
      call: 'POST /v3/combine-transactions/jsapi', code: 'PARAM_ERROR',
      good: async () => { const { data } = await pay.v3.combineTransactions.jsapi.post(combine()); check(data.prepay_id, 'no prepay_id', data); },
      bad: () => pay.v3.combineTransactions.jsapi.post(combine([])),
    },
    {
      call: 'POST /v3/combine-transactions/native', code: 'PARAM_ERROR',
      good: async () => { const { combine_payer_info, ...body } = combine(); const { data } = await pay.v3.combineTransactions.native.post(body); check(data.code_url, 'no code_url', data); },
      bad: () => pay.v3.combineTransactions.native.post(combine([sub(s.shop, 0), sub(s.second, 1)])),
    },
    {
      call: 'GET /v3/combine-transactions/out-trade-no/{no}', code: 'ORDER_NOT_EXIST',
      good: async () => {
        const body = combine();
        const { data } = await pay.v3.combineTransactions.jsapi.post(body);
        await s.pay(data.prepay_id);
        const done = await told();
        const { data: r } = await pay.v3.combineTransactions.outTradeNo.$no$.get({ no: body.combine_out_trade_no });
        check(r.sub_orders.length === 2 && done.sub_orders.length === 2 && r.sub_orders[1].trade_state === 'SUCCESS', 'the order is', r);
      },
      bad: () => pay.v3.combineTransactions.outTradeNo.$no$.get({ no: 'never-ordered' }),
    },
    {
      call: 'POST /v3/combine-transactions/out-trade-no/{no}/close', code: 'PARAM_ERROR',
      good: async () => {
        const body = combine();
        await pay.v3.combineTransactions.jsapi.post(body);
        const sub_orders = body.sub_orders.map(({ mchid, out_trade_no }) => ({ mchid, out_trade_no }));
        const r = await pay.v3.combineTransactions.outTradeNo.$no$.close.post({ combine_appid: s.account.appid, sub_orders }, { no: body.combine_out_trade_no });
        check(r.status === 204, 'the status is', r.status);
      },
      bad: () => pay.v3.combineTransactions.outTradeNo.$no$.close.post({ combine_appid: s.account.appid }, { no: 'whatever1' }),
    },
    {
      call: 'POST /v3/refund/domestic/refunds', code: 'INVALID_REQUEST',
      good: async () => {
        const { data } = await refund(await paid(500), 200);
        const done = await told();
        check(data.refund_id.length === 29 && done.event === 'REFUND.SUCCESS' && done.refund_id === data.refund_id, 'the refund is', [data, done]);
      },
      bad: async () => refund(await paid(500), 501),
    },
    {
      call: 'GET /v3/refund/domestic/refunds/{no}', code: 'RESOURCE_NOT_EXISTS',
      good: async () => {
        const { data } = await refund(await paid(500), 500);
        await told();
        const { data: r } = await pay.v3.refund.domestic.refunds.$no$.get({ no: data.out_refund_no });
        check(r.status === 'SUCCESS' && r.amount.payer_refund === 500, 'the refund is', r);
      },
      bad: () => pay.v3.refund.domestic.refunds.$no$.get({ no: 'never-refunded' }),
    },
  ];
}
