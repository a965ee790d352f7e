// Runs the trials of the Node SDKs, one at a time, as the Go run asks for them: a line of JSON in, a line out.
//   in  {"scenes":{"sdk":{…}}}            once; out {"trials":[{"sdk","call","code","good","bad"}]}
//   in  {"run":3,"part":"good"|"bad"}     out {"error":""}
import readline from 'node:readline';
import { Scene } from './scene.mjs';
import * as axiosPlugin from './wechatpay-axios-plugin.mjs';
import * as nodeV3 from './wechatpay-node-v3.mjs';
import * as easyPay from './easywechat-pay.mjs';
import * as easyOfficial from './easywechat-official.mjs';
import * as easyMini from './easywechat-mini.mjs';
import * as easyWork from './easywechat-work.mjs';
import * as crypto from './crypto.mjs';

const drivers = [axiosPlugin, nodeV3, easyPay, easyOfficial, easyMini, easyWork, crypto];
const trials = [];

async function begin(scenes) {
  for (const driver of drivers) {
    const scene = await Scene.open(scenes[driver.scene]);
    for (const t of await driver.trials(scene)) trials.push({ sdk: driver.sdk, ...t });
  }
  return { trials: trials.map(({ sdk, call, code, good, bad, late }) => ({ sdk, call, code, good: !!good, bad: !!bad, late: !!late })) };
}

async function run({ run: index, part }) {
  try {
    await trials[index][part]();
    return { error: '' };
  } catch (e) {
    return { error: describe(e) };
  }
}

// describe holds what an SDK tells: its own code and message, and the body WeChat sent.
function describe(e) {
  const body = e.response?.data ?? e.body;
  const text = body === undefined ? '' : Buffer.isBuffer(body) ? body.toString() : typeof body === 'string' ? body : JSON.stringify(body);
  return [e.code, e.message, text].filter(Boolean).join(' ') || 'refused without a word';
}

const say = (v) => process.stdout.write(`${JSON.stringify(v)}\n`);
console.log = console.info = (...words) => console.error(...words); // stdout is the protocol's

for await (const line of readline.createInterface({ input: process.stdin })) {
  const ask = JSON.parse(line);
  try {
    say(ask.scenes ? await begin(ask.scenes) : await run(ask));
  } catch (e) {
    say({ error: e.stack });
  }
}
process.exit(0);
