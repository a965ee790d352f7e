// Opens a page in a web view inside a minimal phone page, plays the person, and prints what the page and the phone saw.
// Usage: node browser.mjs <web folder with node_modules> <chromium> <simulator> <gateway address>
import { createRequire } from 'node:module';

const [web, executablePath, simulator, gateway] = process.argv.slice(2);
const { chromium } = createRequire(web + '/package.json')('playwright-core');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  await page.goto(simulator + '/');
  await page.evaluate((address) => {
    window.seen = [];
    window.addEventListener('message', async (e) => {
      const m = e.data;
      if (!m || m.wx !== 1) return;
      window.seen.push(m);
      const answer = (result) => e.source.postMessage({ wx: 1, type: 'response', id: m.id, result }, e.origin);
      if (m.method === 'pay') {
        const body = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"password":"123456"}' };
        const done = await fetch(`/_sim/people/lin/pay/${m.params.pay_id}/confirm`, body);
        answer({ state: done.ok ? 'ok' : 'fail' });
      }
      if (m.method === 'scan') answer({ state: 'ok', text: '6901234567892', kind: 'EAN_13' });
      if (m.method === 'address') answer({ state: 'ok', address: { name: '林小满', phone: '138', province: '浙江省', city: '杭州市', district: '西湖区', detail: '文三路' } });
      if (m.method === 'alert') answer({ state: 'ok' });
    });
    window.frame = document.body.appendChild(Object.assign(document.createElement('iframe'), { src: address }));
  }, gateway);
  const view = () => page.frames()[1];
  await page.waitForFunction(() => window.frames.length === 1);
  await page.waitForTimeout(100);
  await view().waitForFunction(() => window.results && window.results.pay && window.results.sse && window.results.echo && window.results.address);
  const results = await view().evaluate(() => window.results);
  const address = view().url();
  await view().evaluate(() => { setTimeout(() => { location.href = window.elsewhere; }); });
  await page.waitForFunction(() => window.seen.some((m) => m.name === 'page' && m.data.title === 'elsewhere'));
  const elsewhere = view().url();
  const tell = () => page.evaluate(() => window.frame.contentWindow.postMessage({ wx: 1, type: 'command', name: 'back' }, '*'));
  for (let i = 0; i < 6 && !(await page.evaluate(() => window.seen.some((m) => m.name === 'backRefused'))); i++) {
    await tell();
    await page.waitForTimeout(400);
  }
  console.log(JSON.stringify({ results, address, elsewhere, back: view().url(), phone: page.url(), seen: await page.evaluate(() => window.seen) }));
} finally {
  await browser.close();
}
