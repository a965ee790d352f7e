// node-easywechat's generic client for what mini-programs and shops call: the SDK brings the token, we bring the body.
import { createHmac } from 'node:crypto';
import easy from 'node-easywechat';
import { caller, folder } from './easywechat.mjs';
import { express } from './easywechat-express.mjs';
import { check } from './scene.mjs';

const { MiniApp } = easy;

export const sdk = 'node-easywechat';
export const scene = 'easymini';

export async function trials(s) {
  const appid = `wxmini${s.account.appid.slice(6)}`;
  const page = 'pages/index/index';
  const made = await s.control('POST', '/minis', { appid, name: '熟客小店', trade_managed: true, pages: [{ path: page, title: '首页' }], subscribe_templates: [{ template_id: 'tmpl-ship', title: '发货通知', content: '订单号:{{character_string1.DATA}}', type: 2 }] });
  const app = new MiniApp({ app_id: appid, secret: made.secret, token: made.token, aes_key: made.aes_key, file_cache: { path: folder('easymini') }, http: { throw: false } });
  const phone = (what, body = {}) => s.control('POST', `/people/${s.lin}/minis/${appid}/${what}`, body);
  const { post, get, bare } = caller(app);
  const bytes = async (path, json) => {
    const r = await app.getClient().postJson(path, json);
    const body = r.toString();
    if (body.startsWith('{')) throw Object.assign(new Error('refused'), { body });
    return body;
  };
  const login = async () => app.getUtils().codeToSession((await phone('login')).code);
  const never = '4200000000000000000000000000';
  const key = { order_number_type: 2, transaction_id: never };
  return [
    {
      call: '/sns/jscode2session', code: '40029',
      good: async () => {
        const session = await login();
        const sealed = await phone('phone');
        const plain = app.getUtils().decryptSession(session.session_key, sealed.iv, sealed.encrypted_data);
        check(plain.purePhoneNumber, 'the sealed number is', plain);
      },
      bad: async () => { const r = await app.getUtils().codeToSession('never-a-code'); throw Object.assign(new Error('refused'), { body: r }); },
    },
    {
      call: '/wxa/checksession', code: '87009',
      good: async () => { const { openid, session_key } = await login(); await get('/wxa/checksession', { openid, sig_method: 'hmac_sha256', signature: createHmac('sha256', session_key).update('').digest('hex') }); },
      bad: async () => { const { openid } = await login(); await get('/wxa/checksession', { openid, sig_method: 'hmac_sha256', signature: '0' }); },
    },
    { call: '/wxa/business/getuserphonenumber', code: '40029', good: async () => { const r = await post('/wxa/business/getuserphonenumber', { code: (await phone('phone')).code }); check(r.phone_info.purePhoneNumber, 'the answer is', r); }, bad: () => post('/wxa/business/getuserphonenumber', { code: 'never' }) },
    { call: '/wxa/getwxacodeunlimit', code: '41030', good: async () => check((await bytes('/wxa/getwxacodeunlimit', { scene: 'a=1', page })).length > 200, 'no picture'), bad: () => bytes('/wxa/getwxacodeunlimit', { scene: 'a=1', page: 'pages/none' }) },
    { call: '/wxa/getwxacodeunlimit', code: '40169', bad: () => bytes('/wxa/getwxacodeunlimit', { scene: 'x'.repeat(33), page }) },
    { call: '/wxa/generatescheme', code: '40165', good: async () => { const r = await post('/wxa/generatescheme', { jump_wxa: { path: page, query: 'a=1' } }); check(r.openlink.startsWith('weixin://'), 'the answer is', r); }, bad: () => post('/wxa/generatescheme', { jump_wxa: { path: 'pages/none' } }) },
    { call: '/wxa/generate_urllink', code: '40165', good: () => post('/wxa/generate_urllink', { path: page }), bad: () => post('/wxa/generate_urllink', { path: 'pages/none' }) },
    { call: '/wxa/genwxashortlink', code: '40066', good: () => post('/wxa/genwxashortlink', { page_url: page, page_title: '首页' }), bad: () => post('/wxa/genwxashortlink', { page_url: 'pages/none' }) },
    {
      call: '/cgi-bin/message/subscribe/send', code: '43101',
      good: async () => { const { openid } = await login(); await phone('subscribe', { choices: { 'tmpl-ship': 'accept' } }); await post('/cgi-bin/message/subscribe/send', { touser: openid, template_id: 'tmpl-ship', page, data: { character_string1: { value: '1001' } } }); },
      bad: async () => { const { openid } = await login(); await post('/cgi-bin/message/subscribe/send', { touser: openid, template_id: 'tmpl-ship', data: { character_string1: { value: '1001' } } }); },
    },
    { call: '/cgi-bin/message/wxopen/template/uniform_send', code: '40066', bad: () => post('/cgi-bin/message/wxopen/template/uniform_send', { touser: 'o', mp_template_msg: {} }) },
    { call: '/wxa/sec/order/is_trade_managed', code: '40013', good: async () => { const r = await post('/wxa/sec/order/is_trade_managed', { appid }); check(r.is_trade_managed === true, 'the answer is', r); }, bad: () => post('/wxa/sec/order/is_trade_managed', { appid: 'wxsomebodyelse00' }) },
    { call: '/wxa/sec/order/is_trade_management_confirmation_completed', code: '40013', good: () => post('/wxa/sec/order/is_trade_management_confirmation_completed', { appid }), bad: () => post('/wxa/sec/order/is_trade_management_confirmation_completed', { appid: 'wxsomebodyelse00' }) },
    { call: '/wxa/sec/order/set_msg_jump_path', code: '40001', good: () => post('/wxa/sec/order/set_msg_jump_path', { path: page }), bad: () => bare('POST', '/wxa/sec/order/set_msg_jump_path', { params: { access_token: 'never' }, json: { path: page } }) },
    { call: '/wxa/sec/order/notify_confirm_receive', code: '10060001', bad: () => post('/wxa/sec/order/notify_confirm_receive', { transaction_id: never, received_time: Math.floor(Date.now() / 1000) }) },
    { call: '/wxa/sec/order/opspecialorder', code: '10060001', bad: () => post('/wxa/sec/order/opspecialorder', { order_id: never, type: 1, delay_to: Math.floor(Date.now() / 1000) + 864000 }) },
    { call: '/wxa/sec/order/upload_combined_shipping_info', code: '10060001', bad: () => post('/wxa/sec/order/upload_combined_shipping_info', { order_key: key, sub_orders: [{ order_key: key, logistics_type: 1, delivery_mode: 1, shipping_list: [{ tracking_no: 'YT1', express_company: 'YTO', item_desc: '茶' }] }], upload_time: new Date().toISOString(), payer: { openid: 'o' } }) },
    ...express({ s, appid, app, login }),
  ];
}
