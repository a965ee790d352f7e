// What node-easywechat's generic client calls of the official account that no SDK of this suite has a typed call for: quotas,
// short keys, customer-service sessions and records, industries, one-off subscriptions, statistics of articles.
import http from 'node:http';
import { once } from 'node:events';
import { PNG, answer, caller, fileOf } from './easywechat.mjs';
import { check, eventually } from './scene.mjs';

export function more(s, app) {
  const o = { s, app, ...caller(app) };
  const never = (method, path, json) => () => o.bare(method, path, { params: { access_token: 'never' }, json });
  return [...quotas(o, never), ...menus(o), ...tags(o, never), ...service(o), ...templates(o), ...notices(o), ...materials(o, never), ...masses(o), ...conversions(o), ...statistics(o)];
}

function quotas(o, never) {
  const { appid, secret } = o.s.account;
  const rid = async () => { // of a call that was refused
    const e = await o.post('/cgi-bin/user/info/updateremark', { openid: 'nobody', remark: 'x' }).catch((refusal) => refusal);
    return /rid: (\S+)/.exec(e.body.errmsg)[1];
  };
  return [
    { call: '/cgi-bin/callback/check', code: '40202', good: async () => { const r = await o.post('/cgi-bin/callback/check', { action: 'all', check_operator: 'DEFAULT' }); check(r.dns.length > 0 && r.ping.length > 0, 'the answer is', r); }, bad: () => o.post('/cgi-bin/callback/check', { action: 'smoke', check_operator: 'DEFAULT' }) },
    { call: '/cgi-bin/openapi/quota/get', code: '76021', good: async () => { const r = await o.post('/cgi-bin/openapi/quota/get', { cgi_path: '/cgi-bin/user/get' }); check(r.quota.daily_limit === r.quota.used + r.quota.remain, 'the quota is', r); }, bad: () => o.post('/cgi-bin/openapi/quota/get', { cgi_path: '/cgi-bin/no/such' }) },
    { call: '/cgi-bin/openapi/rid/get', code: '76001', good: async () => { const r = await o.post('/cgi-bin/openapi/rid/get', { rid: await rid() }); check(r.request.request_body.includes('nobody') && r.request.response_body.includes('40003'), 'the call was', r); }, bad: () => o.post('/cgi-bin/openapi/rid/get', { rid: '00000000-00000000-00000000' }) },
    { call: '/cgi-bin/openapi/rid/get', code: '76002', bad: () => o.post('/cgi-bin/openapi/rid/get', { rid: 'x' }) },
    { call: '/cgi-bin/clear_quota', code: '40013', good: () => o.post('/cgi-bin/clear_quota', { appid }), bad: () => o.post('/cgi-bin/clear_quota', { appid: 'wxsomebodyelse00' }) },
    { call: '/cgi-bin/clear_quota/v2', code: '40125', good: () => o.bare('POST', '/cgi-bin/clear_quota/v2', { json: { appid, appsecret: secret } }), bad: () => o.bare('POST', '/cgi-bin/clear_quota/v2', { json: { appid, appsecret: 'wrong' } }) },
    { call: '/cgi-bin/get_api_domain_ip', code: '40001', good: async () => { const r = await o.get('/cgi-bin/get_api_domain_ip'); check(r.ip_list.length > 0, 'the answer is', r); }, bad: never('GET', '/cgi-bin/get_api_domain_ip') },
    { call: '/cgi-bin/shorten/gen', code: '40035', good: async () => check((await o.post('/cgi-bin/shorten/gen', { long_data: '券=1', expire_seconds: 60 })).short_key.length === 15, 'no short key'), bad: () => o.post('/cgi-bin/shorten/gen', { long_data: '券=1', expire_seconds: 2592001 }) },
    { call: '/cgi-bin/shorten/fetch', code: '40035', good: async () => { const { short_key } = await o.post('/cgi-bin/shorten/gen', { long_data: '券=1', expire_seconds: 60 }); const r = await o.post('/cgi-bin/shorten/fetch', { short_key }); check(r.long_data === '券=1' && r.expire_seconds <= 60, 'the data is', r); }, bad: () => o.post('/cgi-bin/shorten/fetch', { short_key: 'never' }) },
  ];
}

function menus(o) {
  const button = [{ type: 'view', name: '逛市集', url: 'http://127.0.0.1/' }];
  // conditional is a menu for iPhones beside the one for all.
  const conditional = async () => { await o.post('/cgi-bin/menu/create', { button }); return (await o.post('/cgi-bin/menu/addconditional', { button, matchrule: { client_platform_type: '1' } })).menuid; };
  return [
    { call: '/cgi-bin/menu/addconditional', code: '65303', good: async () => check(await conditional(), 'no menuid'), bad: async () => { await o.get('/cgi-bin/menu/delete'); await o.post('/cgi-bin/menu/addconditional', { button, matchrule: { client_platform_type: '1' } }); } },
    { call: '/cgi-bin/menu/delconditional', code: '65301', good: async () => o.post('/cgi-bin/menu/delconditional', { menuid: await conditional() }), bad: () => o.post('/cgi-bin/menu/delconditional', { menuid: 1 }) },
    { call: '/cgi-bin/menu/trymatch', code: '65302', good: async () => { await conditional(); const r = await o.post('/cgi-bin/menu/trymatch', { user_id: o.s.openid }); check(r.button.length === 1, 'the menu is', r); }, bad: () => o.post('/cgi-bin/menu/trymatch', { user_id: 'nobody' }) },
  ];
}

function tags(o, never) {
  const made = async () => (await o.post('/cgi-bin/tags/create', { tag: { name: `标签${o.s.number('')}` } })).tag.id;
  return [
    { call: '/cgi-bin/tags/get', code: '40001', good: async () => { const id = await made(); const r = await o.get('/cgi-bin/tags/get'); check(r.tags.some((t) => t.id === id && t.count === 0), 'the tags are', r); }, bad: never('GET', '/cgi-bin/tags/get') },
    { call: '/cgi-bin/user/tag/get', code: '45159', good: async () => { const tagid = await made(); await o.post('/cgi-bin/tags/members/batchtagging', { openid_list: [o.s.openid], tagid }); const r = await o.post('/cgi-bin/user/tag/get', { tagid, next_openid: '' }); check(r.count === 1 && r.data.openid[0] === o.s.openid, 'the fans are', r); }, bad: () => o.post('/cgi-bin/user/tag/get', { tagid: 99999 }) },
  ];
}

// service: customer-service accounts, the sessions of their fans, and what was said.
function service(o) {
  const { s } = o;
  const kf_account = `zhou@${s.account.original_id}`;
  const chat = `/people/${s.zhou}/chats/acc-${s.account.appid}/messages`;
  let ready;
  // staffed is one account that Zhou answers for.
  const staffed = () => {
    ready ??= (async () => {
      await s.control('POST', `/people/${s.zhou}/accounts/${s.account.appid}/follow`, { scene: 'search' });
      await o.post('/customservice/kfaccount/add', { kf_account, nickname: '小周' });
      await o.post('/customservice/kfaccount/inviteworker', { kf_account, invite_wx: s.zhou });
      await s.control('POST', chat, { text: '接受邀请', menu_id: `kf-accept:${kf_account}` });
      check((await o.get('/cgi-bin/customservice/getkflist')).kf_list[0].kf_wx === s.zhou, 'the invitation was not taken');
    })();
    return ready;
  };
  const session = { kf_account, openid: s.openid };
  const opened = async () => { await staffed(); await o.post('/customservice/kfsession/create', session).catch((e) => check(e.message.includes('65414'), 'no session', e.body)); };
  const records = async (over = {}) => { const now = Math.floor(Date.parse((await s.control('GET', '/clock')).now) / 1000); return o.post('/customservice/msgrecord/getmsglist', { starttime: now - 3600, endtime: now + 60, msgid: 1, number: 100, ...over }); };
  return [
    { call: '/customservice/kfaccount/inviteworker', code: '65409', good: staffed, bad: async () => { await o.post('/customservice/kfaccount/add', { kf_account: `b@${s.account.original_id}`, nickname: '小白' }); await o.post('/customservice/kfaccount/inviteworker', { kf_account: `b@${s.account.original_id}`, invite_wx: 'nobody' }); } },
    { call: '/customservice/kfaccount/uploadheadimg', code: '65401', good: async () => { await staffed(); const r = (await o.app.getClient().withFile(fileOf('head.png', PNG), 'media').post('/customservice/kfaccount/uploadheadimg', { params: { kf_account } })).toObject(); check(r.errcode === 0, 'the answer is', r); }, bad: async () => { const r = (await o.app.getClient().withFile(fileOf('head.png', PNG), 'media').post('/customservice/kfaccount/uploadheadimg', { params: { kf_account: `c@${s.account.original_id}` } })).toObject(); throw Object.assign(new Error(`errcode ${r.errcode}`), { body: r }); } },
    { call: '/customservice/kfsession/create', code: '65401', good: opened, bad: () => o.post('/customservice/kfsession/create', { ...session, kf_account: 'nobody@gh' }) },
    { call: '/customservice/kfsession/create', code: '65414', bad: async () => { await opened(); await o.post('/customservice/kfsession/create', session); } },
    { call: '/customservice/kfsession/create', code: '65415', bad: async () => { await o.post('/customservice/kfaccount/add', { kf_account: `off@${s.account.original_id}`, nickname: '不在' }); await o.post('/customservice/kfsession/create', { ...session, kf_account: `off@${s.account.original_id}` }); } },
    { call: '/customservice/kfsession/getsession', code: '40003', good: async () => { await opened(); const r = await o.get('/customservice/kfsession/getsession', { openid: s.openid }); check(r.kf_account === kf_account && r.createtime > 0, 'the session is', r); }, bad: () => o.get('/customservice/kfsession/getsession', { openid: 'nobody' }) },
    { call: '/customservice/kfsession/getsessionlist', code: '65401', good: async () => { await opened(); const r = await o.get('/customservice/kfsession/getsessionlist', { kf_account }); check(r.sessionlist[0].openid === s.openid, 'the sessions are', r); }, bad: () => o.get('/customservice/kfsession/getsessionlist', { kf_account: 'nobody@gh' }) },
    {
      call: '/customservice/msgrecord/getmsglist', code: '65416',
      good: async () => {
        await opened();
        await s.control('POST', `/people/${s.lin}/chats/acc-${s.account.appid}/messages`, { text: '还有货吗' });
        const r = await records();
        check(r.recordlist.some((m) => m.text === '还有货吗' && m.opercode === 2003 && m.openid === s.openid), 'the records are', r);
      },
      bad: () => records({ starttime: 1, endtime: 90000 }),
    },
    { call: '/customservice/kfsession/close', code: '65413', good: async () => { await opened(); await o.post('/customservice/kfsession/close', session); }, bad: () => o.post('/customservice/kfsession/close', session) },
    {
      call: '/customservice/kfsession/getwaitcase', code: '41001',
      good: async () => {
        s.handlers['/push'] = (r) => { // Lin writes; the answer hands her to customer service
          const to = /<FromUserName><!\[CDATA\[(.*?)\]\]>/.exec(r.body)?.[1];
          return to ? `<xml><ToUserName><![CDATA[${to}]]></ToUserName><FromUserName><![CDATA[${s.account.original_id}]]></FromUserName><CreateTime>1</CreateTime><MsgType><![CDATA[transfer_customer_service]]></MsgType></xml>` : 'success';
        };
        await s.control('POST', `/people/${s.lin}/chats/acc-${s.account.appid}/messages`, { text: '找人工' });
        await eventually('the waiting fan', async () => (await o.get('/customservice/kfsession/getwaitcase')).waitcaselist.some((c) => c.openid === s.openid));
        delete s.handlers['/push'];
      },
      bad: () => o.bare('GET', '/customservice/kfsession/getwaitcase'),
    },
  ];
}

function templates(o) {
  const { s } = o;
  const once_ = { touser: s.openid, template_id: 'one', scene: '7', title: '到货', url: `${s.dev}/`, data: { content: { value: '您要的茶到了', color: '#ff0000' } } };
  // allowed lets Lin open the page of a one-off subscription and agree.
  async function allowed() {
    const page = `https://mp.weixin.qq.com/mp/subscribemsg?${new URLSearchParams({ action: 'get_confirm', appid: s.account.appid, scene: '7', template_id: 'one', redirect_url: `${s.dev}/back`, reserved: 'r' })}`;
    const target = new URL((await s.control('POST', `/people/${s.lin}/webview`, { url: page })).gateway_url);
    const asked = http.request({ host: new URL(s.sim).hostname, port: new URL(s.sim).port, method: 'POST', path: target.pathname + target.search, headers: { Host: target.host, 'Content-Type': 'application/x-www-form-urlencoded' } });
    asked.end('answer=confirm');
    const [r] = await once(asked, 'response');
    r.resume();
    check(r.statusCode === 302, 'the page answers', r.statusCode);
  }
  return [
    { call: '/cgi-bin/template/api_set_industry', code: '40102', good: () => o.post('/cgi-bin/template/api_set_industry', { industry_id1: '1', industry_id2: '4' }), bad: () => o.post('/cgi-bin/template/api_set_industry', { industry_id1: '99', industry_id2: '4' }) },
    { call: '/cgi-bin/template/api_set_industry', code: '43100', bad: () => o.post('/cgi-bin/template/api_set_industry', { industry_id1: '2', industry_id2: '4' }) },
    { call: '/cgi-bin/template/get_industry', code: '41001', good: async () => { const r = await o.get('/cgi-bin/template/get_industry'); check(r.primary_industry.first_class && r.secondary_industry.second_class, 'the industries are', r); }, bad: () => o.bare('GET', '/cgi-bin/template/get_industry') },
    { call: '/wxa/sec/queryblocktmplmsg', code: '40037', good: async () => { const r = await o.post('/wxa/sec/queryblocktmplmsg', { tmpl_msg_id: 'tpl-paid', largest_id: 0, limit: 10 }); check(r.msginfo.length === 0, 'the answer is', r); }, bad: () => o.post('/wxa/sec/queryblocktmplmsg', { tmpl_msg_id: 'never', limit: 10 }) },
    { call: '/cgi-bin/message/template/subscribe', code: '43101', good: async () => { await allowed(); await o.post('/cgi-bin/message/template/subscribe', once_); }, bad: () => o.post('/cgi-bin/message/template/subscribe', once_) },
    { call: '/cgi-bin/message/template/subscribe', code: '45003', bad: async () => { await allowed(); await o.post('/cgi-bin/message/template/subscribe', { ...once_, title: '长'.repeat(16) }); } },
  ];
}

// notices: a subscription notice the fan allowed on the phone.
function notices(o) {
  const { s } = o;
  let template;
  const chosen = async () => { template ??= (await o.post('/wxaapi/newtmpl/addtemplate', { tid: '307', kidList: [1, 4], sceneDesc: '发货' })).priTmplId; return template; };
  const allow = async () => s.control('POST', `/people/${s.lin}/accounts/${s.account.appid}/notices`, { choices: { [await chosen()]: 'accept' } });
  const send = async (data = { thing1: { value: '明前龙井' }, character_string4: { value: '1001' } }) => o.post('/cgi-bin/message/subscribe/bizsend', { touser: s.openid, template_id: await chosen(), page: `${s.dev}/o`, data });
  return [
    { call: '/cgi-bin/message/subscribe/bizsend', code: '43101', good: async () => { await allow(); await send(); }, bad: () => send() },
    { call: '/cgi-bin/message/subscribe/bizsend', code: '47003', bad: async () => { await allow(); await send({ thing1: { value: '只有一个' } }); } },
  ];
}

// masses: an article that went to all, and is taken back.
function masses(o) {
  const sent = async () => {
    const thumb = (await o.app.getClient().withFile(fileOf('thumb.png', PNG), 'media').post('/cgi-bin/material/add_material', { params: { type: 'image' } })).toObject().media_id;
    const { media_id } = await o.post('/cgi-bin/draft/add', { articles: [{ title: '春茶', content: '<p>上市</p>', thumb_media_id: thumb }] });
    return (await o.post('/cgi-bin/message/mass/sendall', { filter: { is_to_all: true }, mpnews: { media_id }, msgtype: 'mpnews', send_ignore_reprint: 0 })).msg_id;
  };
  return [{ call: '/cgi-bin/message/mass/delete', code: '40059', good: async () => o.post('/cgi-bin/message/mass/delete', { msg_id: await sent(), article_idx: 1 }), bad: () => o.post('/cgi-bin/message/mass/delete', { msg_id: 1 }) }];
}

// conversions: what an account that advertises reports with its own token.
function conversions(o) {
  const set = (type = 'WEB') => o.post('/marketing/user_action_sets/add', { type, name: '熟客市集', description: '网页转化' });
  const action = async (id) => ({ actions: [{ user_action_set_id: id, url: 'http://127.0.0.1/', action_time: Math.floor(Date.parse((await o.s.control('GET', '/clock')).now) / 1000), action_type: 'COMPLETE_ORDER', trace: { click_id: 'wx0abc' }, action_param: { value: 8800 } }] });
  const report = async (id) => answer(o.app.getClient().postJson('/marketing/user_actions/add', await action(id), { params: { version: 'v1.0' } }));
  return [
    { call: '/marketing/user_action_sets/add', code: '40035', good: async () => { const r = await set(); check(r.data.user_action_set_id > 0, 'the answer is', r); }, bad: () => set('PAPER') },
    { call: '/marketing/user_actions/add', code: '40035', good: async () => report((await set()).data.user_action_set_id), bad: () => report(1) },
  ];
}

function materials(o, never) {
  const kept = async () => (await o.app.getClient().withFile(fileOf('a.png', PNG), 'media').post('/cgi-bin/material/add_material', { params: { type: 'image' } })).toObject().media_id;
  return [
    {
      call: '/cgi-bin/material/get_material', code: '40007',
      good: async () => {
        const r = await o.app.getClient().postJson('/cgi-bin/material/get_material', { media_id: await kept() });
        check(r.getHeaders()['content-type'].includes('image/png') && r.is('image'), 'the picture came as', r.getHeaders());
      },
      bad: () => o.post('/cgi-bin/material/get_material', { media_id: 'never-uploaded' }),
    },
    { call: '/cgi-bin/draft/switch', code: '40001', good: async () => { const r = await o.post('/cgi-bin/draft/switch'); check(r.is_open === 1, 'the answer is', r); }, bad: never('POST', '/cgi-bin/draft/switch', {}) },
  ];
}

function statistics(o) {
  const day = async (back) => { const now = Date.parse((await o.s.control('GET', '/clock')).now); return new Date(now + 8 * 3600e3 - back * 86400e3).toISOString().slice(0, 10); };
  const read = async (begin, end) => { await o.app.getAccessToken().refresh(); return o.post('/datacube/getuserread', { begin_date: begin, end_date: end }); };
  return [{
    call: '/datacube/getuserread', code: '61501', late: true,
    good: async () => { const yesterday = await day(1); const r = await read(yesterday, yesterday); check(Array.isArray(r.list), 'the answer is', r); },
    bad: async () => { const today = await day(0); await read(today, today); },
  }];
}
