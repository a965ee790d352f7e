// wechat-crypto and @wecom/crypto have no calls: they verify and decrypt the pushes and encrypt the answers.
import WXBizMsgCrypt from 'wechat-crypto';
import { decrypt, encrypt, getSignature } from '@wecom/crypto';
import { check } from './scene.mjs';

export const sdk = 'wechat-crypto';
export const scene = 'crypto';

const field = (xml, name) => new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^<\\]]*)`).exec(xml)?.[1] ?? '';

export async function trials(s) {
  const { appid, token, aes_key } = s.account;
  const old = new WXBizMsgCrypt(token, aes_key, appid);

  // talk lets Lin write and gives what reached the developer; reply is the developer's answer.
  async function talk(mode, text, reply) {
    await s.control('POST', '/accounts', { appid, name: '熟客市集', mode });
    s.arrived.length = 0;
    s.handlers['/push'] = reply ?? (() => 'success');
    await s.control('POST', `/people/${s.lin}/chats/acc-${appid}/messages`, { text });
    return s.notice('/push');
  }
  const verified = (r, sign) => check(sign(r.query.timestamp, r.query.nonce, field(r.body, 'Encrypt')) === r.query.msg_signature, 'msg_signature differs', r.query);
  async function heard(words) {
    for (let i = 0; i < 400; i += 1) {
      const seen = await s.control('GET', `/people/${s.lin}/chats/acc-${appid}/messages`);
      if (JSON.stringify(seen).includes(words)) return;
      await new Promise((r) => { setTimeout(r, 5); });
    }
    throw new Error(`the phone never showed ${words}`);
  }
  const answer = (r, words) => `<xml><ToUserName><![CDATA[${s.openid}]]></ToUserName><FromUserName><![CDATA[${s.account.original_id}]]></FromUserName><CreateTime>${r.query.timestamp}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${words}]]></Content></xml>`;
  const envelope = (r, cipher, sign) => `<xml><Encrypt><![CDATA[${cipher}]]></Encrypt><MsgSignature><![CDATA[${sign(r.query.timestamp, r.query.nonce, cipher)}]]></MsgSignature><TimeStamp>${r.query.timestamp}</TimeStamp><Nonce><![CDATA[${r.query.nonce}]]></Nonce></xml>`;
  const oldSign = (...a) => old.getSignature(...a);
  const newSign = (t, n, c) => getSignature(token, t, n, c);

  const corpid = `ww${appid.slice(2)}`;
  return [
    {
      sdk: '@wecom/crypto', call: '→ add_external_contact (WeCom)',
      good: async () => {
        const { apps } = await s.control('POST', '/companies', { corpid, name: '熟客', apps: [{ agentid: 1000002, name: '客户', customer_contact: true, callback_url: `${s.dev}/work` }] });
        await s.control('POST', `/companies/${corpid}/staff`, { userid: 'an', person: s.zhou });
        await s.control('POST', `/companies/${corpid}/customers`, { userid: 'an', person: s.lin });
        const r = await s.notice('/work');
        check(getSignature(apps[0].token, r.query.timestamp, r.query.nonce, field(r.body, 'Encrypt')) === r.query.msg_signature, 'msg_signature differs', r.query);
        const { message, id } = decrypt(apps[0].aes_key, field(r.body, 'Encrypt'));
        check(id === corpid && field(message, 'ChangeType') === 'add_external_contact' && field(message, 'UserID') === 'an', 'the event is', message);
      },
    },
    {
      call: '→ text, safe mode',
      good: async () => {
        const r = await talk('safe', '安全模式', (q) => envelope(q, old.encrypt(answer(q, '旧库作答')), oldSign));
        verified(r, oldSign);
        const { message, id } = old.decrypt(field(r.body, 'Encrypt'));
        check(id === appid && field(message, 'Content') === '安全模式' && !r.body.includes('MsgType'), 'the push is', message);
        await heard('旧库作答');
      },
    },
    {
      call: '→ text, compatible mode',
      good: async () => {
        const r = await talk('compatible', '兼容模式');
        verified(r, oldSign);
        check(field(r.body, 'Content') === '兼容模式' && field(old.decrypt(field(r.body, 'Encrypt')).message, 'Content') === '兼容模式', 'the push is', r.body);
      },
    },
    {
      sdk: '@wecom/crypto', call: '→ text, safe mode',
      good: async () => {
        const r = await talk('safe', '新库', (q) => envelope(q, encrypt(aes_key, answer(q, '新库作答'), appid), newSign));
        verified(r, newSign);
        const { message, id } = decrypt(aes_key, field(r.body, 'Encrypt'));
        check(id === appid && field(message, 'Content') === '新库', 'the push is', message);
        await heard('新库作答');
      },
    },
  ];
}
