// 物流助手, 物流查询组件, 物流消息 and 购物订单 of a mini-program, with node-easywechat's clients: the mini-program's calls, and
// Pay's to have an order that was paid.
import easy from 'node-easywechat';
import { caller, fileOf } from './easywechat.mjs';
import { check } from './scene.mjs';

const { Pay } = easy;

// express: m holds scene, appid, app, login and phone of the mini-program's driver.
export function express(m) {
  const x = { ...m, ...caller(m.app) };
  return [...accounts(x), ...waybills(x), ...traces(x), ...shopping(x), ...shipping(x)];
}

const own = '/cgi-bin/express/business/';
const msg = '/cgi-bin/express/delivery/open_msg/';
const parcel = { delivery_id: 'ZTO', biz_id: 'biz1' };
const goods = { detail_list: [{ goods_name: '明前龙井', goods_img_url: 'https://example.test/a.jpg' }] };

function accounts(x) {
  const bind = (over = {}) => x.post(`${own}account/bind`, { type: 'bind', ...parcel, password: 'secret', ...over });
  const bound = async (biz_id) => { await bind({ biz_id }); return biz_id; };
  const none = (path) => () => x.bare('GET', path);
  const printer = async (over = {}) => x.post(`${own}printer/update`, { openid: (await x.login()).openid, update_type: 'bind', tagid_list: '1', ...over });
  return [
    { call: `${own}account/bind`, code: '9300529', good: () => bind(), bad: () => bind() },
    { call: `${own}account/bind`, code: '9300531', bad: () => bind({ biz_id: 'biz9', password: '' }) },
    { call: `${own}account/bind`, code: '9300530', bad: () => bind({ type: 'unbind', biz_id: 'never' }) },
    { call: `${own}account/getall`, code: '41001', good: async () => { const biz = await bound('biz2'); const r = await x.get(`${own}account/getall`); check(r.list.some((a) => a.biz_id === biz && a.status_code === 0) && r.count === r.list.length, 'the accounts are', r); }, bad: none(`${own}account/getall`) },
    { call: `${own}delivery/getall`, code: '41001', good: async () => { const r = await x.get(`${own}delivery/getall`); check(r.data.some((d) => d.delivery_id === 'SF' && d.service_type.length > 1), 'the carriers are', r); }, bad: none(`${own}delivery/getall`) },
    { call: `${own}quota/get`, code: '9300525', good: async () => { const r = await x.post(`${own}quota/get`, { delivery_id: 'ZTO', biz_id: await bound('biz3') }); check(r.quota_num === 100, 'the quota is', r); }, bad: () => x.post(`${own}quota/get`, { delivery_id: 'ZTO', biz_id: 'never' }) },
    { call: `${own}quota/get`, code: '9300501', bad: async () => { await bind({ delivery_id: 'SF', biz_id: 'sf1' }); await x.post(`${own}quota/get`, { delivery_id: 'SF', biz_id: 'sf1' }); } },
    { call: `${own}printer/update`, code: '9300517', good: printer, bad: () => printer({ update_type: 'paint' }) },
    { call: `${own}printer/getall`, code: '41001', good: async () => { await printer(); const r = await x.get(`${own}printer/getall`); check(r.openid.length === 1 && r.tagid_list[0] === '1', 'the printers are', r); }, bad: none(`${own}printer/getall`) },
  ];
}

function waybills(x) {
  const end = (name, city) => ({ name, mobile: '13800001234', province: '浙江省', city, area: '西湖区', address: '龙井路 1 号' });
  const order = async (over = {}) => ({
    add_source: 0, order_id: x.s.number('wb'), openid: (await x.login()).openid, delivery_id: 'TEST', biz_id: 'test_biz_id', sender: end('茶庄', '杭州市'), receiver: end('林一', '宁波市'),
    cargo: { count: 1, weight: 0.5, space_x: 20, space_y: 10, space_z: 8, detail_list: [{ name: '龙井', count: 1 }] },
    shop: { wxa_path: '/pages/index/index', img_url: 'https://example.test/a.jpg', goods_name: '明前龙井', goods_count: 1 },
    insured: { use_insured: 0, insured_value: 0 }, service: { service_type: 1, service_name: 'test_service_name' }, ...over,
  });
  const add = (body) => x.post(`${own}order/add`, body);
  // added is a waybill as later calls name it.
  const added = async () => { const body = await order(); const r = await add(body); return { order_id: body.order_id, openid: body.openid, delivery_id: 'TEST', waybill_id: r.waybill_id }; };
  const moved = async (key) => { await x.post(`${own}test_update_order`, { ...key, biz_id: 'test_biz_id', action_time: 1700000000, action_type: 100001, action_msg: '揽件阶段-揽件成功' }); return key; };
  const unknown = { order_id: 'never', openid: 'o', delivery_id: 'TEST', waybill_id: 'never' };
  return [
    { call: `${own}order/add`, code: '9300525', good: async () => { const r = await add(await order()); check(r.waybill_id && r.waybill_data.length === 2, 'the waybill is', r); }, bad: async () => add(await order({ delivery_id: 'ZTO', biz_id: 'never' })) },
    { call: `${own}order/add`, code: '9300510', bad: async () => add(await order({ service: { service_type: 99 } })) },
    { call: `${own}order/add`, code: '9300501', bad: async () => { const body = await order(); await add(body); await add(body); } },
    { call: `${own}order/get`, code: '40199', good: async () => { const key = await added(); const r = await x.post(`${own}order/get`, key); check(Buffer.from(r.print_html, 'base64').toString().includes(key.waybill_id) && r.order_status === 0, 'the waybill is', r); }, bad: () => x.post(`${own}order/get`, unknown) },
    { call: `${own}order/batchget`, code: '40097', good: async () => { const r = await x.post(`${own}order/batchget`, { order_list: [await added(), unknown] }); check(r.order_list[0].errcode === 0 && r.order_list[1].errcode === 40199, 'the waybills are', r); }, bad: () => x.post(`${own}order/batchget`, { order_list: [] }) },
    { call: `${own}order/cancel`, code: '9300506', good: async () => { const r = await x.post(`${own}order/cancel`, await added()); check(r.delivery_resultcode === 0, 'the answer is', r); }, bad: async () => x.post(`${own}order/cancel`, await moved(await added())) },
    { call: `${own}path/get`, code: '40199', good: async () => { const r = await x.post(`${own}path/get`, await moved(await added())); check(r.path_item_num === 1 && r.path_item_list[0].action_type === 100001, 'the path is', r); }, bad: () => x.post(`${own}path/get`, unknown) },
    { call: `${own}test_update_order`, code: '930561', good: async () => moved(await added()), bad: async () => x.post(`${own}test_update_order`, { ...await added(), biz_id: 'biz1', action_time: 1700000000, action_type: 100001, action_msg: 'x' }) },
    { call: `${own}test_update_order`, code: '930559', bad: async () => moved({ ...await added(), openid: 'nobody' }) },
  ];
}

// payOf is the SDK's Pay for the scene's shop.
const payOf = (x) => new Pay({
  mch_id: x.s.shop.mchid, private_key: fileOf('own.pem', x.s.shop.private_key), certificate: fileOf('cert.pem', x.s.shop.certificate), secret_key: x.s.shop.apiv3_key, v2_secret_key: x.s.shop.api_key,
  platform_certs: [fileOf('platform.pem', x.s.shop.platform_certificate)], http: { throw: false },
});

// paidWith orders with the SDK's Pay under the mini-program's appid and pays with the phone.
function paidWith(x) {
  const pay = payOf(x);
  return async () => {
    await x.s.control('POST', '/merchants', { mchid: x.s.shop.mchid, appids: [x.appid] });
    const { openid } = await x.login();
    const out_trade_no = x.s.number('mini');
    const body = { appid: x.appid, mchid: x.s.shop.mchid, description: '明前龙井', out_trade_no, notify_url: `${x.s.dev}/elsewhere`, amount: { total: 8800 }, payer: { openid } };
    await x.s.pay((await pay.getClient().post('/v3/pay/transactions/jsapi', { data: body })).toObject().prepay_id);
    const { transaction_id } = (await pay.getClient().get(`/v3/pay/transactions/out-trade-no/${out_trade_no}`, { params: { mchid: x.s.shop.mchid } })).toObject();
    check(transaction_id, 'the order was not paid', out_trade_no);
    return { openid, transaction_id };
  };
}

function traces(x) {
  const paid = paidWith(x);
  const body = async (over = {}) => { const { openid, transaction_id } = await paid(); return { openid, receiver_phone: '13800001234', delivery_id: 'ZTO', waybill_id: `78${x.s.number('').slice(-12).padStart(12, '1')}`, trans_id: transaction_id, order_detail_path: 'pages/index/index', goods_info: goods, ...over }; };
  const told = async (path) => { const b = await body(); const r = await x.post(`${msg}${path}`, b); check(r.waybill_token, 'the answer is', r); return { ...b, waybill_token: r.waybill_token }; };
  const pair = ([tell, query, update], stranger) => [
    { call: `${msg}${tell}`, code: '40097', good: () => told(tell), bad: async () => x.post(`${msg}${tell}`, await body({ trans_id: '4200000000000000000000000000' })) },
    { call: `${msg}${tell}`, code: stranger, bad: async () => x.post(`${msg}${tell}`, await body(stranger === '40003' ? { openid: 'nobody' } : { delivery_id: 'NONE' })) },
    { call: `${msg}${query}`, code: '40097', good: async () => { const { waybill_id, waybill_token } = await told(tell); const r = await x.post(`${msg}${query}`, { waybill_token }); check(r.waybill_info.waybill_id === waybill_id && r.delivery_info.delivery_id === 'ZTO', 'the waybill is', r); }, bad: () => x.post(`${msg}${query}`, { waybill_token: 'never' }) },
    { call: `${msg}${update}`, code: '9300535', good: async () => { const { waybill_token } = await told(tell); await x.post(`${msg}${update}`, { waybill_token, goods_info: { detail_list: [{ ...goods.detail_list[0], goods_name: '碧螺春' }] } }); const r = await x.post(`${msg}${query}`, { waybill_token }); check(r.shop_info.goods_info.detail_list[0].goods_name === '碧螺春', 'the goods are', r); }, bad: async () => x.post(`${msg}${update}`, { waybill_token: 'never', goods_info: { detail_list: [] } }) },
  ];
  return [
    ...pair(['trace_waybill', 'query_trace', 'update_waybill_goods'], '40003'),
    ...pair(['follow_waybill', 'query_follow_trace', 'update_follow_waybill_goods'], '9300503'),
    { call: `${msg}get_delivery_list`, code: '40001', good: async () => { const r = await x.post(`${msg}get_delivery_list`); check(r.count === r.delivery_list.length && r.count > 0, 'the carriers are', r); }, bad: () => x.bare('POST', `${msg}get_delivery_list`, { params: { access_token: 'never' }, json: {} }) },
  ];
}

function shopping(x) {
  const paid = paidWith(x);
  const now = async () => (await x.s.control('GET', '/clock')).now;
  const bought = async () => { const { openid, transaction_id } = await paid(); return { order_key: { order_number_type: 2, transaction_id }, payer: { openid }, upload_time: await now() }; };
  const upload = (b) => x.post('/user-order/orders', {
    ...b, logistics_type: 1, order_list: [{ merchant_order_no: 'N1', order_detail_jump_link: { type: 1, appid: x.appid, path: 'pages/index/index' }, item_list: [{ merchant_item_id: 'sku1', name: '明前龙井', unit_price: 8800, quantity: 1, image_url: ['https://example.test/a.jpg'] }] }],
  });
  const ship = (b) => x.post('/user-order/orders/shippings', { ...b, delivery_mode: 'UNIFIED_DELIVERY', logistics_type: 1, shipping_list: [{ tracking_no: '78123456789012', express_company: 'ZTO', goods: [{ merchant_item_id: 'sku1' }] }] });
  return [
    { call: '/user-order/orders', code: '10060031', good: async () => upload(await bought()), bad: async () => upload({ ...await bought(), payer: { openid: x.s.openid } }) },
    { call: '/user-order/orders', code: '10060012', bad: async () => { const b = await bought(); await upload(b); await upload(b); } },
    { call: '/user-order/orders/shippings', code: '10060001', good: async () => { const b = await bought(); await upload(b); await ship(b); }, bad: async () => ship(await bought()) },
  ];
}

// shipping: 发货信息管理, what silenceper has no call for.
function shipping(x) {
  const paid = paidWith(x);
  const pay = payOf(x);
  const now = async () => (await x.s.control('GET', '/clock')).now;
  const seconds = async (later = 0) => Math.floor(Date.parse(await now()) / 1000) + later;
  const never = '4200000000000000000000000000';
  const parcels = () => ({ logistics_type: 1, delivery_mode: 1, shipping_list: [{ tracking_no: `78${x.s.number('').slice(-12).padStart(12, '2')}`, express_company: 'ZTO', item_desc: '明前龙井' }] });
  const upload = async ({ openid, transaction_id }) => x.post('/wxa/sec/order/upload_shipping_info', { order_key: { order_number_type: 2, transaction_id }, ...parcels(), upload_time: await now(), payer: { openid } });
  // combined is a payment of two orders at once.
  async function combined() {
    await x.s.control('POST', '/merchants', { mchid: x.s.shop.mchid, appids: [x.appid] });
    const { openid } = await x.login();
    const subs = [1, 2].map(() => ({ mchid: x.s.shop.mchid, attach: 'a', amount: { total_amount: 100, currency: 'CNY' }, out_trade_no: x.s.number('part'), description: '明前龙井' }));
    const combine_out_trade_no = x.s.number('comb');
    const body = { combine_appid: x.appid, combine_mchid: x.s.shop.mchid, combine_out_trade_no, sub_orders: subs, combine_payer_info: { openid }, notify_url: `${x.s.dev}/elsewhere` };
    const made = (await pay.getClient().post('/v3/combine-transactions/jsapi', { data: body })).toObject();
    check(made.prepay_id, 'the combined order is', made);
    await x.s.pay(made.prepay_id);
    const done = (await pay.getClient().get(`/v3/combine-transactions/out-trade-no/${combine_out_trade_no}`)).toObject();
    return { openid, ids: done.sub_orders.map((o) => o.transaction_id) };
  }
  return [
    {
      call: '/wxa/sec/order/upload_combined_shipping_info', code: '10060031',
      good: async () => {
        const { openid, ids } = await combined();
        await x.post('/wxa/sec/order/upload_combined_shipping_info', { order_key: { order_number_type: 2, transaction_id: ids[0] }, sub_orders: ids.map((transaction_id) => ({ order_key: { order_number_type: 2, transaction_id }, ...parcels() })), upload_time: await now(), payer: { openid } });
        const { order } = await x.post('/wxa/sec/order/get_order', { transaction_id: ids[1] });
        check(order.order_state === 2, 'the second order is', order);
      },
      bad: async () => {
        const { ids } = await combined();
        await x.post('/wxa/sec/order/upload_combined_shipping_info', { order_key: { order_number_type: 2, transaction_id: ids[0] }, sub_orders: ids.map((transaction_id) => ({ order_key: { order_number_type: 2, transaction_id }, ...parcels() })), upload_time: await now(), payer: { openid: x.s.openid } });
      },
    },
    {
      call: '/wxa/sec/order/notify_confirm_receive', code: '10060004',
      good: async () => { const p = await paid(); await upload(p); await x.post('/wxa/sec/order/notify_confirm_receive', { transaction_id: p.transaction_id, received_time: await seconds() }); },
      bad: async () => x.post('/wxa/sec/order/notify_confirm_receive', { transaction_id: (await paid()).transaction_id, received_time: await seconds() }),
    },
    { call: '/wxa/sec/order/notify_confirm_receive', code: '10060001', bad: async () => x.post('/wxa/sec/order/notify_confirm_receive', { transaction_id: never, received_time: await seconds() }) },
    {
      call: '/wxa/sec/order/opspecialorder', code: '10060014',
      good: async () => x.post('/wxa/sec/order/opspecialorder', { order_id: (await paid()).transaction_id, type: 1, delay_to: await seconds(5 * 86400) }),
      bad: async () => x.post('/wxa/sec/order/opspecialorder', { order_id: (await paid()).transaction_id, type: 1, delay_to: await seconds(20 * 86400) }),
    },
  ];
}
