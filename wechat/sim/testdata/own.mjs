// Opens a page with the simulator's own JS-SDK in a web view inside a minimal phone page and prints what the page saw.
// Usage: node own.mjs <web folder with node_modules> <chromium> <simulator> <gateway address> <template id>
import { createRequire } from 'node:module';

const [web, executablePath, simulator, gateway, template] = process.argv.slice(2);
const { chromium } = createRequire(web + '/package.json')('playwright-core');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'] });
try {
  const page = await browser.newPage();
  await page.route('https://res.wx.qq.com/**', async (route) => route.fulfill({ response: await route.fetch({ url: simulator + '/open/js/jweixin-1.6.0.js' }) }));
  await page.goto(simulator + '/');
  await page.evaluate(([address, template]) => {
    window.addEventListener('message', async (e) => {
      const m = e.data;
      if (!m || m.wx !== 1 || m.type !== 'request') return;
      const answer = (result) => e.source.postMessage({ wx: 1, type: 'response', id: m.id, result }, e.origin);
      const pixel = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
      if (m.method === 'location') answer({ state: 'ok', latitude: 30, longitude: 120 });
      if (m.method === 'scan') answer({ state: 'ok', text: '6901', kind: 'QR_CODE' });
      if (m.method === 'address') answer({ state: 'ok', address: { name: '林小满', phone: '138', province: '浙江省', city: '杭州市', district: '西湖区', detail: '文三路' } });
      if (m.method === 'chooseImage') answer({ state: 'ok', images: [{ data_url: pixel }] });
      if (m.method === 'subscribe') {
        const body = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ choices: { [m.params.templates[0]]: 'accept' } }) };
        const done = await (await fetch(`/_sim/people/lin/accounts/${m.params.appid}/notices`, body)).json();
        answer({ state: 'ok', details: done.details });
      }
    });
    document.body.appendChild(Object.assign(document.createElement('iframe'), { src: address }));
  }, [gateway, template]);
  await page.waitForFunction(() => window.frames.length === 1);
  const view = () => page.frames()[1];
  const wanted = ['ready', 'location', 'scan', 'share', 'check', 'network', 'denied', 'download', 'address', 'tag', 'upload'];
  try {
    await view().waitForFunction((names) => window.results && (window.results.error || names.every((n) => window.results[n])), wanted, { timeout: 15000 });
  } catch { /* the test says what is missing */ }
  console.log(JSON.stringify(await view().evaluate(() => window.results)));
} finally {
  await browser.close();
}
