import { join } from 'node:path';
import easy from 'node-easywechat';
import { caller, folder } from './easywechat.mjs';
import { more } from './easywechat-official-more.mjs';
import { check } from './scene.mjs';

const { OfficialAccount, ServerRequest } = easy;

export const sdk = 'node-easywechat';
export const scene = 'easyofficial';

export async function trials(s) {
  const cache = folder('easywechat');
  const made = (over = {}) => new OfficialAccount({ app_id: s.account.appid, secret: s.account.secret, token: s.account.token, aes_key: s.account.aes_key, file_cache: { path: join(cache, JSON.stringify(over).length.toString()) }, http: { throw: false }, ...over });
  const app = made();
  const stable = made({ use_stable_access_token: true });
  const stranger = made({ secret: '0123456789abcdef0123456789abcdef' });
  const { post, get, bare } = caller(app);
  const raw = (path, params = {}) => bare('GET', path, { params }); // without an access token

  return [
    { call: '/cgi-bin/token', code: '40125', good: async () => check(await app.getAccessToken().getToken(), 'no token'), bad: () => stranger.getAccessToken().refresh() },
    { call: '/cgi-bin/stable_token', code: '40125', good: async () => check(await stable.getAccessToken().getToken(), 'no token'), bad: () => made({ use_stable_access_token: true, secret: '0123456789abcdef0123456789abcdef' }).getAccessToken().refresh() },
    { call: '/cgi-bin/ticket/getticket', code: '40001', good: async () => check(await app.getTicket().getTicket(), 'no ticket'), bad: () => raw('/cgi-bin/ticket/getticket', { access_token: 'never', type: 'jsapi' }) },
    { call: '/cgi-bin/getcallbackip', code: '41001', good: () => get('/cgi-bin/getcallbackip'), bad: () => raw('/cgi-bin/getcallbackip') },
    { call: '/cgi-bin/user/info', code: '40003', good: async () => { const r = await get('/cgi-bin/user/info', { openid: s.openid }); check(r.subscribe === 1, 'the user is', r); }, bad: () => get('/cgi-bin/user/info', { openid: 'nobody' }) },
    { call: '/cgi-bin/user/info/updateremark', code: '40003', good: () => post('/cgi-bin/user/info/updateremark', { openid: s.openid, remark: '老客' }), bad: () => post('/cgi-bin/user/info/updateremark', { openid: 'nobody', remark: '老客' }) },
    { call: '/cgi-bin/menu/create', code: '40016', good: () => post('/cgi-bin/menu/create', { button: [{ type: 'view', name: '逛市集', url: 'http://127.0.0.1/' }, { name: '我的', sub_button: [{ type: 'click', name: '客服', key: 'KF' }] }] }), bad: () => post('/cgi-bin/menu/create', { button: [] }) },
    { call: '/cgi-bin/menu/get', code: '41001', good: async () => { const r = await get('/cgi-bin/menu/get'); check(r.menu.button.length === 2, 'the menu is', r); }, bad: () => raw('/cgi-bin/menu/get') },
    { call: '/cgi-bin/qrcode/create', code: '40052', good: async () => { const r = await post('/cgi-bin/qrcode/create', { expire_seconds: 600, action_name: 'QR_STR_SCENE', action_info: { scene: { scene_str: '门店1' } } }); check(r.ticket && r.url && r.expire_seconds === 600, 'the code is', r); }, bad: () => post('/cgi-bin/qrcode/create', { action_name: 'QR_NONE', action_info: { scene: { scene_str: 'x' } } }) },
    ...more(s, app),
    {
      call: '→ text, safe mode',
      good: async () => {
        await s.control('POST', '/accounts', { appid: s.account.appid, name: '熟客市集', mode: 'safe' });
        s.handlers['/push'] = async (r) => {
          app.setRequest(new ServerRequest(r.method, r.url, r.headers, r.body));
          const server = app.getServer();
          server.addMessageListener('text', (m) => `你说：${m.Content}`);
          return (await server.serve()).getBody().toString();
        };
        await s.control('POST', `/people/${s.lin}/chats/acc-${s.account.appid}/messages`, { text: '在吗' });
        let seen = '';
        for (let i = 0; i < 400 && !seen.includes('你说：在吗'); i += 1) {
          await new Promise((r) => { setTimeout(r, 5); });
          seen = JSON.stringify(await s.control('GET', `/people/${s.lin}/chats/acc-${s.account.appid}/messages`));
        }
        check(seen.includes('你说：在吗'), 'the answer did not reach the phone', seen);
      },
    },
  ];
}
