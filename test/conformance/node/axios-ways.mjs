// H5, App, combined, payment codes, partner mode and the XML calls of v2, with wechatpay-axios-plugin.
import { check } from './scene.mjs';

export function ways({ s, pay, forged, native, combine, told, plugin: { Wechatpay }, config }) {
  const h5 = { payer_client_ip: '14.23.150.211', h5_info: { type: 'Wap' } };
  const unpaid = ({ combine_payer_info, ...rest }) => rest;
  const codepay = (auth_code) => pay.v3.pay.transactions.codepay.post({
    appid: s.account.appid, mchid: s.shop.mchid, description: '柜台', out_trade_no: s.number('axcp'), amount: { total: 100 }, payer: { auth_code },
    scene_info: { device_ip: '14.23.150.211', store_info: { out_id: '001' } },
  });
  const reverse = (no) => pay.v3.pay.transactions.outTradeNo.$no$.reverse.post({ appid: s.account.appid, mchid: s.shop.mchid }, { no });
  return [
    {
      call: 'POST /v3/pay/transactions/h5', code: 'PARAM_ERROR',
      good: async () => { const { data } = await pay.v3.pay.transactions.h5.post(native({ scene_info: h5 })); check(data.h5_url.includes('prepay_id='), 'the answer is', data); },
      bad: () => pay.v3.pay.transactions.h5.post(native()),
    },
    { call: 'POST /v3/pay/transactions/app', code: 'SIGN_ERROR', good: () => pay.v3.pay.transactions.app.post(native()), bad: () => forged.v3.pay.transactions.app.post(native()) },
    { call: 'POST /v3/combine-transactions/h5', code: 'PARAM_ERROR', good: () => pay.v3.combineTransactions.h5.post({ ...unpaid(combine()), scene_info: h5 }), bad: () => pay.v3.combineTransactions.h5.post(unpaid(combine())) },
    { call: 'POST /v3/combine-transactions/app', code: 'SIGN_ERROR', good: () => pay.v3.combineTransactions.app.post(unpaid(combine())), bad: () => forged.v3.combineTransactions.app.post(unpaid(combine())) },
    {
      call: 'POST /v3/pay/transactions/codepay', code: 'AUTH_CODE_INVALID',
      good: async () => { const { data } = await codepay(await s.payCode()); check(data.trade_state === 'SUCCESS', 'the order is', data); },
      bad: () => codepay('130000000000000000'),
    },
    {
      call: 'POST /v3/pay/transactions/out-trade-no/{no}/reverse', code: 'ORDER_NOT_EXIST',
      good: async () => { const { data } = await codepay(await s.payCode()); await s.advance('20s'); await reverse(data.out_trade_no); },
      bad: () => reverse('never-ordered'),
    },
    ...partner(s, Wechatpay, config),
    ...xml(s, pay, new Wechatpay(config(s.shop, { secret: '0123456789abcdef0123456789abcdef' })), told),
  ];
}

function partner(s, Wechatpay, config) {
  let made;
  // as gives the parties and the provider's client, made at the first call.
  const as = async () => { made ??= s.provider().then((p) => ({ ...p, v3: new Wechatpay(config(p.sp)).v3.pay.partner.transactions })); return made; };
  const body = (p, over = {}) => ({
    sp_appid: s.account.appid, sp_mchid: p.sp.mchid, sub_mchid: p.sub.mchid, description: '服务商', out_trade_no: s.number('axsp'), notify_url: `${s.dev}/elsewhere`, amount: { total: 100 }, ...over,
  });
  const payer = { payer: { sp_openid: s.openid } };
  const scene = { scene_info: { payer_client_ip: '14.23.150.211', h5_info: { type: 'Wap' } } };
  const prepay = (way, over) => async () => { const p = await as(); return p.v3[way].post(body(p, over)); };
  const stranger = { sub_mchid: s.second.mchid };
  async function paid() {
    const p = await as();
    const order = body(p, payer);
    const { data } = await p.v3.jsapi.post(order);
    await s.pay(data.prepay_id);
    return { p, no: order.out_trade_no, params: { sp_mchid: p.sp.mchid, sub_mchid: p.sub.mchid } };
  }
  const base = '/v3/pay/partner/transactions';
  const counter = async (auth_code) => {
    const p = await as();
    const { notify_url, ...order } = body(p, { payer: { auth_code }, scene_info: { device_ip: '14.23.150.211', store_info: { out_id: '001' } } });
    const { data } = await p.v3.codepay.post(order);
    return { p, data };
  };
  const reverse = (p, no) => p.v3.outTradeNo.$no$.reverse.post({ sp_appid: s.account.appid, sp_mchid: p.sp.mchid, sub_mchid: p.sub.mchid }, { no });
  return [
    {
      call: `POST ${base}/codepay`, code: 'AUTH_CODE_INVALID',
      good: async () => { const { p, data } = await counter(await s.payCode()); check(data.trade_state === 'SUCCESS' && data.sub_mchid === p.sub.mchid, 'the order is', data); },
      bad: () => counter('130000000000000000'),
    },
    {
      call: `POST ${base}/out-trade-no/{no}/reverse`, code: 'ORDER_NOT_EXIST',
      good: async () => { const { p, data } = await counter(await s.payCode()); await s.advance('20s'); const r = await reverse(p, data.out_trade_no); check(r.data.out_trade_no === data.out_trade_no, 'the answer is', r.data); },
      bad: async () => reverse((await as()), 'never-ordered'),
    },
    { call: `POST ${base}/jsapi`, code: 'NO_AUTH', good: prepay('jsapi', payer), bad: prepay('jsapi', { ...payer, ...stranger }) },
    { call: `POST ${base}/native`, code: 'NO_AUTH', good: prepay('native'), bad: prepay('native', stranger) },
    { call: `POST ${base}/h5`, code: 'NO_AUTH', good: prepay('h5', scene), bad: prepay('h5', { ...scene, ...stranger }) },
    { call: `POST ${base}/app`, code: 'NO_AUTH', good: prepay('app'), bad: prepay('app', stranger) },
    {
      call: `GET ${base}/out-trade-no/{no}`, code: 'ORDER_NOT_EXIST',
      good: async () => { const { p, no, params } = await paid(); const { data } = await p.v3.outTradeNo.$no$.get({ no, params }); check(data.trade_state === 'SUCCESS' && data.sub_mchid === p.sub.mchid, 'the order is', data); },
      bad: async () => { const { p, params } = await paid(); return p.v3.outTradeNo.$no$.get({ no: 'never-ordered', params }); },
    },
    {
      call: `GET ${base}/id/{id}`, code: 'ORDER_NOT_EXIST',
      good: async () => {
        const { p, no, params } = await paid();
        const { data: { transaction_id } } = await p.v3.outTradeNo.$no$.get({ no, params });
        const { data } = await p.v3.id.$id$.get({ id: transaction_id, params });
        check(data.out_trade_no === no, 'the order is', data);
      },
      bad: async () => { const { p, params } = await paid(); return p.v3.id.$id$.get({ id: '4200000000000000000000000000', params }); },
    },
    {
      call: `POST ${base}/out-trade-no/{no}/close`, code: 'ORDER_PAID',
      good: async () => { const p = await as(); const order = body(p); await p.v3.native.post(order); await p.v3.outTradeNo.$no$.close.post({ sp_mchid: p.sp.mchid, sub_mchid: p.sub.mchid }, { no: order.out_trade_no }); },
      bad: async () => { const { p, no, params } = await paid(); return p.v3.outTradeNo.$no$.close.post(params, { no }); },
    },
  ];
}

// xml: the plugin signs the request and verifies the answer with the APIv2 key; a refusal is in the answer.
function xml(s, pay, wrong, told) {
  const base = () => ({ appid: s.account.appid, mch_id: s.shop.mchid, nonce_str: s.number('nonce') });
  async function answer(promise) {
    const { data } = await promise;
    if (data.return_code !== 'SUCCESS') throw new Error(`${data.return_code} ${data.return_msg}`);
    if (data.result_code !== 'SUCCESS') throw new Error(`${data.err_code} ${data.err_code_des}`);
    return data;
  }
  const unified = (of, sign_type = 'MD5') => answer(of.v2.pay.unifiedorder.post({
    ...base(), sign_type, body: '明前龙井', out_trade_no: s.number('axv2'), total_fee: 300, spbill_create_ip: '14.23.150.211', notify_url: `${s.dev}/elsewhere`, trade_type: 'JSAPI', openid: s.openid,
  }));
  const micropay = (auth_code, no = s.number('axmp')) => answer(pay.v2.pay.micropay.post({ ...base(), body: '柜台', out_trade_no: no, total_fee: 100, spbill_create_ip: '14.23.150.211', auth_code }));
  const charged = async () => (await micropay(await s.payCode())).out_trade_no;
  const query = (out_trade_no) => answer(pay.v2.pay.orderquery.post({ ...base(), out_trade_no }));
  return [
    { call: '/pay/unifiedorder', code: '签名', good: async () => { check((await unified(pay)).prepay_id && (await unified(pay, 'HMAC-SHA256')).prepay_id, 'no prepay_id'); }, bad: () => unified(wrong) },
    { call: '/pay/micropay', code: 'AUTH_CODE_INVALID', good: async () => { const r = await micropay(await s.payCode()); check(r.trade_type === 'MICROPAY' && r.openid === s.openid, 'the order is', r); }, bad: () => micropay('130000000000000000') },
    { call: '/pay/orderquery', code: 'ORDERNOTEXIST', good: async () => { const r = await query(await charged()); check(r.trade_state === 'SUCCESS', 'the order is', r); }, bad: () => query('never-ordered') },
    { call: '/pay/closeorder', code: 'ORDERPAID', bad: async () => answer(pay.v2.pay.closeorder.post({ ...base(), out_trade_no: await charged() })) },
    {
      call: '/secapi/pay/reverse', code: 'ORDERNOTEXIST',
      good: async () => { const out_trade_no = await charged(); await s.advance('20s'); const r = await answer(pay.v2.secapi.pay.reverse.post({ ...base(), out_trade_no })); check(r.recall === 'N', 'the answer is', r); },
      bad: () => answer(pay.v2.secapi.pay.reverse.post({ ...base(), out_trade_no: 'never-ordered' })),
    },
    {
      call: '/tools/authcodetoopenid', code: 'AUTH_CODE_INVALID',
      good: async () => { const r = await answer(pay.v2.tools.authcodetoopenid.post({ ...base(), auth_code: await s.payCode() })); check(r.openid === s.openid, 'the answer is', r); },
      bad: () => answer(pay.v2.tools.authcodetoopenid.post({ ...base(), auth_code: '130000000000000000' })),
    },
  ];
}
