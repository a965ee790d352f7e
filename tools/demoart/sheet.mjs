// Lays pictures out on one sheet, to be looked at: node sheet.mjs OUT.png COLUMNS SIZE FILE...
import { chromium } from 'playwright-core';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

const [out, columns, size, ...files] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: columns * (Number(size) + 6) + 6, height: 400 } });
const cells = await Promise.all(files.map(async (f) => `<figure><img src="data:image/webp;base64,${(await readFile(f)).toString('base64')}"><figcaption>${basename(f)}</figcaption></figure>`));
await page.setContent(`<style>body{margin:6px;display:grid;gap:6px;grid-template-columns:repeat(${columns},${size}px);font:10px sans-serif}figure{margin:0}img{width:100%;display:block}</style>${cells.join('')}`);
await page.screenshot({ path: out, fullPage: true });
await browser.close();
