// WeCom with node-easywechat: the address book, its tags, identity, messages and menus of an application, and what else
// no SDK of this suite has a typed call for. The SDK brings host, token and transport.
import { createReadStream } from 'node:fs';
import easy from 'node-easywechat';
import { caller, fileOf, folder } from './easywechat.mjs';
import { check, eventually } from './scene.mjs';

const { Work, ServerRequest } = easy;

export const sdk = 'node-easywechat';
export const scene = 'easywork';

const at = 'qyapi.weixin.qq.com/cgi-bin/';
const agentid = 1000002;

export async function trials(s) {
  const corpid = `ww${s.account.appid.slice(2)}`;
  const made = await s.control('POST', '/companies', {
    corpid, name: '熟客', subject: s.account.subject,
    apps: [{ agentid, name: '客户', customer_contact: true, address_book: true, callback_url: `${s.dev}/work`, trusted_domain: new URL(s.dev).host }, { agentid: 1000003, name: '旁观', callback_url: `${s.dev}/other` }],
  });
  await s.control('POST', `/companies/${corpid}/staff`, { userid: 'an', person: s.zhou });
  const application = (secret, { token, aes_key } = made.apps[0]) => new Work({ corp_id: corpid, secret, agent_id: agentid, token, aes_key, file_cache: { path: folder('easywork') }, http: { throw: false } });
  const app = application(made.apps[0].secret);
  const w = { s, corpid, app, ...caller(app), onlooker: caller(application(made.apps[1].secret)), stranger: application('0123456789abcdef0123456789abcdef0123456789a') };
  return [...entrance(w), ...members(w), ...departments(w), ...tags(w), ...identity(w), ...messages(w), ...contacts(w)];
}

// never is a call with a token that never was one.
const never = (w, method, path) => () => w.bare(method, `/cgi-bin/${path}`, { params: { access_token: 'never' } });

function entrance(w) {
  return [
    { call: `${at}gettoken`, code: '40001', good: async () => check(await w.app.getAccessToken().getToken(), 'no token'), bad: () => w.stranger.getAccessToken().refresh() },
    { call: `${at}getcallbackip`, code: '40014', good: async () => { const r = await w.get('/cgi-bin/getcallbackip'); check(r.ip_list.length > 0, 'the answer is', r); }, bad: never(w, 'GET', 'getcallbackip') },
    { call: `${at}get_api_domain_ip`, code: '41001', good: async () => { const r = await w.get('/cgi-bin/get_api_domain_ip'); check(r.ip_list.length > 0, 'the answer is', r); }, bad: () => w.bare('GET', '/cgi-bin/get_api_domain_ip') },
    { call: `${at}get_jsapi_ticket`, code: '40014', good: async () => { const c = await w.app.getUtils().buildJsSdkConfig('http://127.0.0.1/'); check(c.signature.length === 40, 'the configuration is', c); }, bad: never(w, 'GET', 'get_jsapi_ticket') },
    { call: `${at}agent/get`, code: '301002', good: async () => { const r = await w.get('/cgi-bin/agent/get', { agentid }); check(r.name === '客户' && r.close === 0, 'the application is', r); }, bad: () => w.get('/cgi-bin/agent/get', { agentid: 1000003 }) },
    { call: `${at}agent/list`, code: '40014', good: async () => { const r = await w.get('/cgi-bin/agent/list'); check(r.agentlist[0].agentid === agentid, 'the applications are', r); }, bad: never(w, 'GET', 'agent/list') },
    { call: `${at}ticket/get`, code: '40058', good: async () => check(await w.app.getTicket().getAgentTicket(agentid), 'no ticket'), bad: () => w.get('/cgi-bin/ticket/get', { type: 'jsapi' }) },
  ];
}

function members(w) {
  const user = (userid, over = {}) => ({ userid, name: '小柏', department: [1], mobile: `139${String(userid).replace(/\D/g, '').padStart(8, '0')}`, ...over });
  let n = 0;
  const hire = async (over) => { n += 1; await w.post('/cgi-bin/user/create', user(`bo${n}`, over)); return `bo${n}`; };
  const list = (path) => w.get(path, { department_id: 1 });
  return [
    {
      call: `${at}user/create`, code: '60102',
      good: async () => { const id = await hire({ is_leader_in_dept: [1], gender: '1' }); const r = await w.get('/cgi-bin/user/get', { userid: id }); check(r.name === '小柏' && r.is_leader_in_dept[0] === 1 && r.gender === '1', 'the member is', r); },
      bad: () => w.post('/cgi-bin/user/create', user('an')),
    },
    { call: `${at}user/create`, code: '60104', bad: async () => { await w.post('/cgi-bin/user/create', user('twin1', { mobile: '13700000000' })); await w.post('/cgi-bin/user/create', user('twin2', { mobile: '13700000000' })); } },
    { call: `${at}user/create`, code: '60011', bad: () => w.onlooker.post('/cgi-bin/user/create', user('spy')) },
    { call: `${at}user/get`, code: '60111', good: async () => { const r = await w.get('/cgi-bin/user/get', { userid: 'an' }); check(r.userid === 'an', 'the member is', r); }, bad: () => w.get('/cgi-bin/user/get', { userid: 'nobody' }) },
    {
      call: `${at}user/update`, code: '60111',
      good: async () => { const id = await hire(); await w.post('/cgi-bin/user/update', { userid: id, name: '老柏', position: '店长' }); const r = await w.get('/cgi-bin/user/get', { userid: id }); check(r.name === '老柏' && r.position === '店长', 'the member is', r); },
      bad: () => w.post('/cgi-bin/user/update', { userid: 'nobody', name: '谁' }),
    },
    { call: `${at}user/list`, code: '60003', good: async () => { const r = await list('/cgi-bin/user/list'); check(r.userlist.some((u) => u.userid === 'an' && u.status === 1), 'the members are', r); }, bad: () => w.get('/cgi-bin/user/list', { department_id: 99 }) },
    { call: `${at}user/simplelist`, code: '60003', good: async () => { const r = await list('/cgi-bin/user/simplelist'); check(r.userlist.some((u) => u.userid === 'an'), 'the members are', r); }, bad: () => w.get('/cgi-bin/user/simplelist', { department_id: 99 }) },
    {
      call: `${at}user/list_id`, code: '40058',
      good: async () => {
        const first = await w.post('/cgi-bin/user/list_id', { limit: 1 });
        const next = await w.post('/cgi-bin/user/list_id', { limit: 1, cursor: first.next_cursor });
        check(first.dept_user.length === 1 && next.dept_user[0].userid !== first.dept_user[0].userid, 'the pages are', [first, next]);
      },
      bad: () => w.post('/cgi-bin/user/list_id', { cursor: 'never-given' }),
    },
    {
      call: `${at}user/delete`, code: '60111',
      good: async () => { const userid = await hire(); await w.get('/cgi-bin/user/delete', { userid }); const r = await list('/cgi-bin/user/simplelist'); check(!r.userlist.some((u) => u.userid === userid), 'the member is still there', r); },
      bad: () => w.get('/cgi-bin/user/delete', { userid: 'nobody' }),
    },
    { call: `${at}user/batchdelete`, code: '40031', good: async () => w.post('/cgi-bin/user/batchdelete', { useridlist: [await hire(), await hire()] }), bad: () => w.post('/cgi-bin/user/batchdelete', { useridlist: [] }) },
  ];
}

function departments(w) {
  let n = 0;
  const found = async (parentid = 1) => { n += 1; return (await w.post('/cgi-bin/department/create', { name: `门店${n}`, parentid, order: n })).id; };
  return [
    { call: `${at}department/create`, code: '60004', good: async () => check(await found() > 1, 'no id'), bad: () => found(99) },
    { call: `${at}department/create`, code: '60008', bad: async () => { await w.post('/cgi-bin/department/create', { name: '重名', parentid: 1 }); await w.post('/cgi-bin/department/create', { name: '重名', parentid: 1 }); } },
    { call: `${at}department/update`, code: '60003', good: async () => { const id = await found(); await w.post('/cgi-bin/department/update', { id, name: `分店${id}` }); const r = await w.get('/cgi-bin/department/get', { id }); check(r.department.name === `分店${id}`, 'the department is', r); }, bad: () => w.post('/cgi-bin/department/update', { id: 99, name: '无' }) },
    { call: `${at}department/get`, code: '60003', good: () => w.get('/cgi-bin/department/get', { id: 1 }), bad: () => w.get('/cgi-bin/department/get', { id: 99 }) },
    { call: `${at}department/list`, code: '60003', good: async () => { const r = await w.get('/cgi-bin/department/list'); check(r.department[0].id === 1, 'the departments are', r); }, bad: () => w.get('/cgi-bin/department/list', { id: 99 }) },
    { call: `${at}department/simplelist`, code: '60003', good: async () => { const id = await found(); const r = await w.get('/cgi-bin/department/simplelist', { id }); check(r.department_id.length === 1 && r.department_id[0].parentid === 1, 'the departments are', r); }, bad: () => w.get('/cgi-bin/department/simplelist', { id: 99 }) },
    { call: `${at}department/delete`, code: '60005', good: async () => w.get('/cgi-bin/department/delete', { id: await found() }), bad: async () => { const id = await found(); await w.post('/cgi-bin/user/create', { userid: `in${id}`, name: '在', department: [id], email: `in${id}@example.test` }); await w.get('/cgi-bin/department/delete', { id }); } },
    { call: `${at}department/delete`, code: '60006', bad: async () => { const id = await found(); await found(id); await w.get('/cgi-bin/department/delete', { id }); } },
  ];
}

function tags(w) {
  let n = 0;
  const named = async () => { n += 1; return (await w.post('/cgi-bin/tag/create', { tagname: `岗位${n}` })).tagid; };
  const of = (tagid) => w.get('/cgi-bin/tag/get', { tagid });
  return [
    { call: `${at}tag/create`, code: '40071', good: async () => check(await named() > 0, 'no id'), bad: async () => { await w.post('/cgi-bin/tag/create', { tagname: '重名' }); await w.post('/cgi-bin/tag/create', { tagname: '重名' }); } },
    { call: `${at}tag/update`, code: '40068', good: async () => { const tagid = await named(); await w.post('/cgi-bin/tag/update', { tagid, tagname: `店长${tagid}` }); check((await of(tagid)).tagname === `店长${tagid}`, 'the tag kept its name'); }, bad: () => w.post('/cgi-bin/tag/update', { tagid: 99999, tagname: '无' }) },
    { call: `${at}tag/list`, code: '40014', good: async () => { const tagid = await named(); const r = await w.get('/cgi-bin/tag/list'); check(r.taglist.some((t) => t.tagid === tagid), 'the tags are', r); }, bad: never(w, 'GET', 'tag/list') },
    { call: `${at}tag/get`, code: '40068', good: async () => { const r = await of(await named()); check(r.userlist.length === 0, 'the tag is', r); }, bad: () => of(99999) },
    {
      call: `${at}tag/addtagusers`, code: '40068',
      good: async () => {
        const tagid = await named();
        const r = await w.post('/cgi-bin/tag/addtagusers', { tagid, userlist: ['an', 'nobody'], partylist: [1] });
        const t = await of(tagid);
        check(r.invalidlist === 'nobody' && t.userlist[0].userid === 'an' && t.partylist[0] === 1, 'the answer and the tag are', [r, t]);
      },
      bad: () => w.post('/cgi-bin/tag/addtagusers', { tagid: 99999, userlist: ['an'] }),
    },
    {
      call: `${at}tag/deltagusers`, code: '40068',
      good: async () => { const tagid = await named(); await w.post('/cgi-bin/tag/addtagusers', { tagid, userlist: ['an'] }); await w.post('/cgi-bin/tag/deltagusers', { tagid, userlist: ['an'] }); check((await of(tagid)).userlist.length === 0, 'the member is still tagged'); },
      bad: () => w.post('/cgi-bin/tag/deltagusers', { tagid: 99999, userlist: ['an'] }),
    },
    { call: `${at}tag/delete`, code: '40068', good: async () => { const tagid = await named(); await w.get('/cgi-bin/tag/delete', { tagid }); }, bad: () => w.get('/cgi-bin/tag/delete', { tagid: 99999 }) },
  ];
}

// identity: the SDK makes the address of the authorisation page, the phone opens it, the SDK's client asks who came.
function identity(w) {
  async function code(who, scope) {
    const oauth = await w.app.getOAuth();
    return w.s.oauthCode(who, oauth.scopes([scope]).redirect(`${w.s.dev}/back`));
  }
  const asked = async (path, who, scope = 'snsapi_base') => w.get(path, { code: await code(who, scope) });
  return [
    { call: `${at}auth/getuserinfo`, code: '40029', good: async () => { const r = await asked('/cgi-bin/auth/getuserinfo', w.s.zhou); check(r.userid === 'an', 'who came is', r); }, bad: () => w.get('/cgi-bin/auth/getuserinfo', { code: 'never' }) },
    { call: `${at}auth/getuserinfo`, code: '40029', good: async () => { const r = await asked('/cgi-bin/auth/getuserinfo', w.s.lin); check(!r.userid && r.openid, 'a stranger is', r); }, bad: async () => { const value = await code(w.s.zhou, 'snsapi_base'); await w.get('/cgi-bin/auth/getuserinfo', { code: value }); await w.get('/cgi-bin/auth/getuserinfo', { code: value }); } },
    { call: `${at}user/getuserinfo`, code: '40029', good: async () => { const r = await asked('/cgi-bin/user/getuserinfo', w.s.zhou); check(r.UserId === 'an', 'who came is', r); }, bad: () => w.get('/cgi-bin/user/getuserinfo', { code: 'never' }) },
    {
      call: `${at}auth/getuserdetail`, code: '40094',
      good: async () => { const { user_ticket } = await asked('/cgi-bin/auth/getuserinfo', w.s.zhou, 'snsapi_privateinfo'); const r = await w.post('/cgi-bin/auth/getuserdetail', { user_ticket }); check(r.userid === 'an' && r.avatar, 'the detail is', r); },
      bad: () => w.post('/cgi-bin/auth/getuserdetail', { user_ticket: 'never' }),
    },
  ];
}

function messages(w) {
  const text = (over = {}) => ({ touser: 'an', msgtype: 'text', agentid, text: { content: '今天发车' }, ...over });
  const seen = async () => JSON.stringify(await w.s.control('GET', `/people/an@${w.corpid}/chats/cap-${agentid}@${w.corpid}/messages`));
  const robot = async () => new URL((await w.s.control('POST', `/companies/${w.corpid}/robots`, { name: '播报', userids: ['an'] })).url).searchParams.get('key');
  const menu = { button: [{ type: 'click', name: '待办', key: 'TODO' }, { type: 'view', name: '市集', url: 'http://127.0.0.1/' }] };
  const menuOf = (path, id = agentid) => w.get(path, { agentid: id });
  return [
    { call: `${at}message/send`, code: '301002', good: async () => { const r = await w.post('/cgi-bin/message/send', text()); check(r.msgid && r.invaliduser === '', 'the answer is', r); }, bad: () => w.post('/cgi-bin/message/send', text({ agentid: 1000003 })) },
    {
      call: `${at}message/recall`, code: '40058',
      good: async () => { const { msgid } = await w.post('/cgi-bin/message/send', text({ text: { content: '发错了' } })); await w.post('/cgi-bin/message/recall', { msgid }); check(!(await seen()).includes('发错了'), 'the message is still there'); },
      bad: () => w.post('/cgi-bin/message/recall', { msgid: 'never-sent' }),
    },
    {
      call: `${at}webhook/upload_media`, code: '93000',
      good: async () => {
        const key = await robot();
        const r = (await w.app.getHttpClient().request('POST', '/cgi-bin/webhook/upload_media', { params: { key, type: 'file' }, formData: { media: createReadStream(fileOf('日报.csv', '茶,1\n')) } })).toObject();
        check(r.errcode === 0 && r.media_id, 'the answer is', r);
      },
      bad: () => w.bare('POST', '/cgi-bin/webhook/upload_media', { params: { key: 'never', type: 'file' } }),
    },
    { call: `${at}webhook/send`, code: '93000', good: async () => w.bare('POST', '/cgi-bin/webhook/send', { params: { key: await robot() }, json: { msgtype: 'text', text: { content: '早' } } }), bad: () => w.bare('POST', '/cgi-bin/webhook/send', { params: { key: 'never' }, json: { msgtype: 'text', text: { content: '早' } } }) },
    {
      call: `${at}media/upload`, code: '40004',
      good: async () => { const r = (await w.app.getClient().withFile(fileOf('a.txt', '合同内容五个字节'), 'media').post('/cgi-bin/media/upload', { params: { type: 'file' } })).toObject(); check(r.media_id && r.type === 'file', 'the answer is', r); },
      bad: async () => { const r = (await w.app.getClient().withFile(fileOf('a.txt', '合同内容五个字节'), 'media').post('/cgi-bin/media/upload', { params: { type: 'scroll' } })).toObject(); throw Object.assign(new Error(`errcode ${r.errcode}`), { body: r }); },
    },
    { call: `${at}menu/create`, code: '40016', good: () => w.app.getClient().postJson('/cgi-bin/menu/create', menu, { params: { agentid } }).then((r) => check(r.toObject().errcode === 0, 'the answer is', r.toObject())), bad: async () => { const r = (await w.app.getClient().postJson('/cgi-bin/menu/create', { button: [] }, { params: { agentid } })).toObject(); throw Object.assign(new Error(`errcode ${r.errcode}`), { body: r }); } },
    { call: `${at}menu/get`, code: '40056', good: async () => { const r = await menuOf('/cgi-bin/menu/get'); check(r.button.length === 2, 'the menu is', r); }, bad: () => menuOf('/cgi-bin/menu/get', 7) },
    { call: `${at}menu/delete`, code: '40056', good: async () => menuOf('/cgi-bin/menu/delete'), bad: () => menuOf('/cgi-bin/menu/delete', 7) },
    { call: `${at}menu/get`, code: '46003', bad: async () => { await menuOf('/cgi-bin/menu/delete'); await menuOf('/cgi-bin/menu/get'); } },
    {
      call: '→ text, WeCom application',
      good: async () => {
        w.s.handlers['/work'] = async (r) => {
          w.app.setRequest(new ServerRequest(r.method, r.url, r.headers, r.body));
          const server = w.app.getServer();
          server.addMessageListener('text', (m) => `记下了：${m.Content}`);
          return (await server.serve()).getBody().toString();
        };
        await w.s.control('POST', `/people/an@${w.corpid}/chats/cap-${agentid}@${w.corpid}/messages`, { text: '要补货' });
        await eventually('the answer on the phone', async () => (await seen()).includes('记下了：要补货'));
        delete w.s.handlers['/work'];
      },
    },
  ];
}

function contacts(w) {
  const ex = '/cgi-bin/externalcontact/';
  // befriend lets Lin scan a code of "an"; is_temp: for a temporary conversation.
  async function befriend(is_temp) {
    const { qr_code } = await w.post(`${ex}add_contact_way`, { type: 1, scene: 2, user: ['an'], is_temp });
    const { staff } = await w.s.control('POST', `/people/${w.s.lin}/scan`, { text: new URL(qr_code).searchParams.get('text') });
    await w.s.control('POST', `/people/${w.s.lin}/staff/${staff.id}/add`, { ticket: staff.ticket, hello: '你好' });
    return (await w.get(`${ex}list`, { userid: 'an' })).external_userid[0];
  }
  return [
    {
      call: `${at}externalcontact/close_temp_chat`, code: '84061',
      good: async () => w.post(`${ex}close_temp_chat`, { userid: 'an', external_userid: await befriend(true) }),
      bad: async () => { const external_userid = await befriend(true); await w.post(`${ex}close_temp_chat`, { userid: 'an', external_userid }); await w.post(`${ex}close_temp_chat`, { userid: 'an', external_userid }); },
    },
    {
      call: `${at}externalcontact/unionid_to_external_userid`, code: '84061',
      good: async () => {
        const external_userid = await befriend(false);
        const { external_contact: { unionid } } = await w.get(`${ex}get`, { external_userid });
        const r = await w.post(`${ex}unionid_to_external_userid`, { unionid, openid: w.s.openid });
        check(unionid && r.external_userid === external_userid, 'the answer is', r);
      },
      bad: () => w.post(`${ex}unionid_to_external_userid`, { unionid: 'onobody', openid: w.s.openid }),
    },
  ];
}
