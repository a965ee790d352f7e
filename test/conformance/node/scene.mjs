// What every driver needs: the way to the simulator, the control API, a developer's server for notices and pushes.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { createHash } from 'node:crypto';
import { once } from 'node:events';

// toSim brings every https request of this process to the simulator over a plain socket: the SDKs keep WeChat's hosts.
class ToSim extends https.Agent {
  static target; // not of the instance: who asks for no agent gets one that Node makes of this class

  createConnection(_options, done) {
    return net.connect(ToSim.target, done);
  }
}

export class Scene {
  static async open(given) {
    const scene = Object.assign(new Scene(), given);
    const { hostname: host, port } = new URL(scene.sim);
    ToSim.target = { host, port: Number(port) };
    https.globalAgent = new ToSim({ keepAlive: false });
    scene.arrived = [];
    scene.handlers = {};
    scene.count = 0;
    const server = http.createServer((req, res) => scene.receive(req, res));
    server.listen(0, '127.0.0.1');
    server.unref();
    await once(server, 'listening');
    scene.dev = `http://127.0.0.1:${server.address().port}`;
    await scene.control('POST', '/accounts', { appid: scene.account.appid, name: '熟客市集', callback_url: `${scene.dev}/push`, oauth_domain: new URL(scene.dev).host, js_domain: new URL(scene.dev).host });
    return scene;
  }

  async receive(req, res) {
    const parts = [];
    for await (const part of req) parts.push(part);
    const url = new URL(req.url, this.dev);
    const kept = { path: url.pathname, query: Object.fromEntries(url.searchParams), headers: req.headers, method: req.method, url: req.url, body: Buffer.concat(parts).toString() };
    this.arrived.push(kept);
    const handler = this.handlers[kept.path];
    try {
      res.end(handler ? await handler(kept) : 'success');
    } catch (e) {
      res.statusCode = 500;
      res.end(e.message);
    }
  }

  // notice waits for the next request to a path and takes it.
  async notice(path) {
    let found = -1;
    await eventually(`a request to ${path}`, () => {
      found = this.arrived.findIndex((r) => r.path === path);
      return found >= 0;
    });
    return this.arrived.splice(found, 1)[0];
  }

  async control(method, path, body) {
    const res = await fetch(`${this.sim}/_sim${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
    const text = await res.text();
    if (!res.ok) throw new Error(`${method} /_sim${path}: ${res.status} ${text}`);
    return text && JSON.parse(text);
  }

  // pay pays as Lin would with her phone.
  pay(prepay_id) {
    return this.control('POST', '/pay', { person: this.lin, prepay_id, password: '123456' });
  }

  // payCode is what Lin's phone shows the cashier now.
  async payCode() {
    return (await this.control('GET', `/people/${this.lin}/paycode`)).code;
  }

  advance(by) {
    return this.control('POST', '/clock', { advance: by });
  }

  // today is a day whose bills are not made yet.
  async today() {
    return new Date(Date.parse((await this.control('GET', '/clock')).now) + 8 * 3600e3).toISOString().slice(0, 10);
  }

  // provider makes a provider and a sub-merchant that it may collect for.
  async provider() {
    const [sp, sub] = [`1${this.shop.mchid}`, `2${this.shop.mchid}`];
    return {
      sp: await this.control('POST', '/merchants', { mchid: sp, name: '服务商', kind: 'provider', appids: [this.account.appid] }),
      sub: await this.control('POST', '/merchants', { mchid: sub, name: '特约商户', providers: [sp] }),
    };
  }

  // oauthCode lets a person open an authorisation page in the phone and gives the code that came back.
  async oauthCode(who, page) {
    const { gateway_url } = await this.control('POST', `/people/${who}/webview`, { url: page });
    const target = new URL(gateway_url);
    const asked = http.get({ host: new URL(this.sim).hostname, port: new URL(this.sim).port, path: target.pathname + target.search, headers: { Host: target.host } });
    const [answer] = await once(asked, 'response');
    answer.resume();
    const code = answer.headers.location && new URL(answer.headers.location).searchParams.get('code');
    check(code, 'no code came back', [answer.statusCode, answer.headers.location]);
    return code;
  }

  // openid of a person to the account.
  async openidOf(who) {
    return (await this.control('GET', `/people/${who}/openid?appid=${this.account.appid}`)).openid;
  }

  // number is a fresh number for an order, refund or bill.
  number(prefix = 'no') {
    this.count += 1;
    return `${prefix}${this.shop.mchid.slice(5)}${String(this.count).padStart(6, '0')}`;
  }
}

export async function eventually(what, ok) {
  for (const end = Date.now() + 10_000; Date.now() < end; await new Promise((r) => { setTimeout(r, 5); })) if (await ok()) return;
  throw new Error(`never happened: ${what}`);
}

// readBill holds a bill's text to its announced hash and to its own summary, and gives its rows.
export function readBill(text, { hash_type, hash_value }) {
  const sum = createHash('sha1').update(text).digest('hex');
  check(hash_type === 'SHA1' && sum === hash_value.toLowerCase(), 'the SHA1 of the bill is not the announced one', [sum, hash_value]);
  const lines = text.toString().replace(/^\ufeff/, '').trim().split(/\r?\n/).map((l) => l.split(','));
  const rows = lines.slice(1, -2).map((values) => {
    check(values.length === lines[0].length && values.every((v) => v.startsWith('`')), 'a row of the bill is', values);
    return Object.fromEntries(values.map((v, i) => [lines[0][i], v.slice(1)]));
  });
  check(lines.at(-1)[0] === `\`${rows.length}` && rows.length > 0, 'the summary counts other rows', lines.at(-1));
  return rows;
}

export function check(ok, what, seen) {
  if (!ok) throw new Error(`${what}: ${JSON.stringify(seen)}`);
}
