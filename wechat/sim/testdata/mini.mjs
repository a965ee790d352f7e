// Opens the web-view of a mini-program inside a minimal phone page and prints what wx.miniProgram gave and what the phone was asked.
// Usage: node mini.mjs <web folder with node_modules> <chromium> <simulator> <gateway address>
import { createRequire } from 'node:module';

const [web, executablePath, simulator, gateway] = process.argv.slice(2);
const { chromium } = createRequire(web + '/package.json')('playwright-core');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  await page.goto(simulator + '/');
  await page.evaluate((address) => {
    window.asked = [];
    window.addEventListener('message', (e) => {
      const m = e.data;
      if (!m || m.wx !== 1 || m.method !== 'miniProgram') return;
      window.asked.push(m.params);
      const result = m.params.name === 'reLaunch' ? { state: 'fail', message: 'page not found' } : { state: 'ok' };
      e.source.postMessage({ wx: 1, type: 'response', id: m.id, result }, e.origin);
    });
    document.body.appendChild(Object.assign(document.createElement('iframe'), { src: address }));
  }, gateway);
  await page.waitForFunction(() => window.asked.length === 6, null, { timeout: 15000 });
  const view = page.frames()[1];
  await view.waitForFunction(() => window.results, null, { timeout: 15000 });
  console.log(JSON.stringify({ results: await view.evaluate(() => window.results), asked: await page.evaluate(() => window.asked) }));
} finally {
  await browser.close();
}
