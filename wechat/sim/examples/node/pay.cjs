// A shop of ten lines in Node, with wechatpay-axios-plugin, unchanged. What is no business of a shop's is in world.cjs.
//
//	npm install wechatpay-axios-plugin
//	node wechat/sim/examples/node/pay.cjs http://127.0.0.1:9527
const { Wechatpay } = require('wechatpay-axios-plugin');
const { World, sum } = require('./world.cjs');

(async () => {
  const w = await World.make(process.argv[2]);
  const { v3 } = new Wechatpay({ baseURL: w.sim, mchid: w.mchid, serial: w.serial_no, privateKey: w.private_key, certs: { [w.platform_serial_no]: w.platform_certificate } });
  const { data: { prepay_id } } = await v3.pay.transactions.jsapi.post({ appid: w.appid, mchid: w.mchid, description: '明前龙井', out_trade_no: 'order-0001', notify_url: w.notifyURL, amount: { total: 8800 }, payer: { openid: w.openid } });
  await w.buyerPays(prepay_id);
  const paid = await w.notice();
  await v3.refund.domestic.refunds.post({ out_trade_no: 'order-0001', out_refund_no: 'refund-0001', notify_url: w.notifyURL, amount: { refund: 3000, total: 8800, currency: 'CNY' } });
  const back = await w.notice();
  const day = await w.nextDay();
  const { data: { download_url } } = await v3.bill.tradebill.get({ params: { bill_date: day } });
  const { data: bill } = await v3.billdownload.file.get({ params: { token: new URL(download_url).searchParams.get('token') }, responseType: 'text' });
  console.log(paid.trade_state, back.refund_status, 'received', sum(bill, '应结订单金额'), 'refunded', sum(bill, '退款金额'));
  process.exit(0);
})().catch((e) => { console.error(e.response?.data ?? e); process.exit(1); });
