// A service account, a merchant and a buyer of the simulator, made over its control API; and the merchant's notify_url.
const http = require('node:http');
const { once } = require('node:events');
const { Rsa, Formatter, Aes: { AesGcm } } = require('wechatpay-axios-plugin');

class World {
  static async make(sim) {
    const w = Object.assign(new World(), { sim, heard: [] });
    Object.assign(w, await w.call('POST', '/accounts', { appid: 'wx0001', name: '我的服务号' }));
    Object.assign(w, await w.call('POST', '/merchants', { mchid: '1900000001', name: '我的小店', appids: ['wx0001'] }));
    await w.call('POST', '/people', { id: 'lin', name: '林小满', balance: 50000 });
    Object.assign(w, await w.call('GET', '/people/lin/openid?appid=wx0001'));
    w.server = http.createServer((req, res) => w.receive(req, res)).listen(0, '127.0.0.1');
    await once(w.server, 'listening');
    w.notifyURL = `http://127.0.0.1:${w.server.address().port}/notify`;
    return w;
  }

  async call(method, path, body) {
    const res = await fetch(`${this.sim}/_sim${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
    const text = await res.text();
    if (!res.ok) throw new Error(`${method} ${path}: ${res.status} ${text}`);
    return text && JSON.parse(text);
  }

  // receive verifies and decrypts a notice with the plugin.
  async receive(req, res) {
    let body = '';
    for await (const part of req) body += part;
    const h = (name) => req.headers[`wechatpay-${name}`];
    if (!Rsa.verify(Formatter.response(h('timestamp'), h('nonce'), body), h('signature'), this.platform_certificate)) {
      res.writeHead(401).end();
      return;
    }
    const { resource: { ciphertext, nonce, associated_data } } = JSON.parse(body);
    res.writeHead(204).end();
    this.heard.push(JSON.parse(AesGcm.decrypt(ciphertext, this.apiv3_key, nonce, associated_data)));
    this.server.emit('heard');
  }

  // notice is the next one.
  async notice() {
    if (!this.heard.length) await once(this.server, 'heard');
    return this.heard.shift();
  }

  // buyerPays is the buyer with the phone in hand.
  async buyerPays(prepay_id) {
    await this.call('POST', '/pay', { person: 'lin', password: '123456', prepay_id });
  }

  // nextDay lets time go by until the bills of this day can be had, and gives this day.
  async nextDay() {
    const today = new Date((await this.call('GET', '/clock')).now);
    const day = (offset) => new Date(today.getTime() + (8 + 24 * offset) * 3600e3).toISOString().slice(0, 10);
    await this.call('POST', '/clock', { set: `${day(1)}T11:00:00+08:00` });
    return day(0);
  }
}

// sum adds up a column of a bill, in yuan.
function sum(bill, heading) {
  const lines = bill.replace(/^\ufeff/, '').trim().split(/\r?\n/);
  const column = lines[0].split(',').indexOf(heading);
  const fen = lines.slice(1, -2).reduce((total, line) => total + Math.round(Number(line.split(',')[column].slice(1)) * 100), 0);
  return (fen / 100).toFixed(2);
}

module.exports = { World, sum };
