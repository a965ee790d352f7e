// Renders the pictures of the demo world. See README.md.
import { chromium } from 'playwright-core';
import { mkdir, readFile, writeFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flatPictures } from './flat.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const args = Object.fromEntries(process.argv.slice(2).map((a) => { const [k, v] = a.replace(/^--/, '').split('='); return [k, v ?? true]; }));
const out = args.out ?? join(here, '../../internal/app/demo/world/pictures');
const draft = Boolean(args.draft);
export const shops = ['tea', 'fruit', 'shoes', 'ceramics', 'snacks', 'books'];
const emojis = ['peanuts', 'sheaf-of-rice', 'mango', 'chestnut', 'hot-pepper', 'cut-of-meat', 'pineapple', 'herb', 'rice-cracker', 'red-apple', 'cat-face', 'spouting-whale'];

const icons = JSON.parse(await readFile(join(here, 'node_modules/@iconify-json/fluent-emoji/icons.json'), 'utf8'));
/** The SVG text of one emoji of the Fluent set. */
export function emoji(name) {
  const icon = icons.icons[name];
  if (!icon) throw new Error(`no emoji named ${name}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${icon.width ?? icons.width ?? 32} ${icon.height ?? icons.height ?? 32}" width="256" height="256">${icon.body}</svg>`;
}

async function openStudio(browser) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 760 } });
  page.on('pageerror', (e) => console.error('studio:', e.message));
  page.on('console', (m) => { if (m.type() === 'error') console.error('studio:', m.text()); });
  await page.route('http://studio.local/**', async (route) => {
    const path = new URL(route.request().url()).pathname;
    const file = path.startsWith('/three/') ? join(here, 'node_modules/three/build', path.slice(7)) : join(here, 'studio', path);
    try { await route.fulfill({ body: await readFile(file), contentType: path.endsWith('.html') ? 'text/html' : 'text/javascript' }); } catch { await route.fulfill({ status: 404 }); }
  });
  await page.goto('http://studio.local/page.html');
  await page.evaluate(async (svgs) => {
    globalThis.pictures = {};
    for (const [name, svg] of Object.entries(svgs)) {
      const img = new Image(); img.src = 'data:image/svg+xml;utf8,' + encodeURIComponent(svg); await img.decode(); pictures[name] = img;
    }
    for (const face of ['Noto Serif CJK SC', 'Noto Sans CJK SC']) await document.fonts.load(`700 40px "${face}"`, '茶');
    globalThis.THREE = await import('three');
    globalThis.studio = await import('/studio.js');
    globalThis.shopScenes = {};
  }, Object.fromEntries(emojis.map((n) => [n, emoji(n)])));
  return page;
}

/** What there is to photograph: one entry a picture. */
async function shotList(page) {
  const list = await page.evaluate(async (shops) => {
    const jobs = [];
    for (const shop of shops) {
      shopScenes[shop] = await import(`/scenes/${shop}.js`);
      for (const [key, s] of Object.entries(shopScenes[shop].scenes)) {
        jobs.push({ shop, key, kind: 'main', file: `${shop}/${key}.webp` });
        const variants = Object.keys(s.variants ?? {});
        if (variants.length > 1) variants.forEach((v, i) => { if (i > 0) jobs.push({ shop, key, kind: 'variant', variant: v, file: `${shop}/${key}-${v}.webp` }); });
        jobs.push({ shop, key, kind: 'detail', file: `${shop}/${key}-detail.webp` });
      }
      jobs.push({ shop, key: 'cover', kind: 'cover', file: `${shop}/cover.webp` });
    }
    return jobs;
  }, shops);
  const order = ['main', 'cover', 'variant', 'detail'];
  return list.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

async function photograph(page, job) {
  const samples = draft ? 3 : { main: 9, cover: 9, variant: 6, detail: 6 }[job.kind];
  return page.evaluate(async ({ job, samples, draft }) => {
    const room = shopScenes[job.shop], scene = new THREE.Scene();
    const s = job.kind === 'cover' ? room.cover : room.scenes[job.key];
    s.build(scene, job.variant);
    let shot = { ...s.shot };
    if (job.kind === 'detail') shot = { ...s.shot, ...s.detail, lens: 0.06 };
    if (job.kind === 'cover') shot = { eye: [1.4, 2.3, 8.2], look: [1.35, 0.78, 0], fov: 24, ...s.shot, size: [1125, 600] };
    if (draft) shot.size = job.kind === 'cover' ? [562, 300] : [300, 300];
    const canvas = studio.shoot(scene, { ...shot, film: draft ? 1 : { main: 0.75, cover: 0.7, variant: 0.66, detail: 0.66 }[job.kind], samples });
    return canvas.toDataURL('image/webp', 0.84).split(',')[1];
  }, { job, samples, draft });
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--font-render-hinting=none'] });
const match = (file) => (!args.only || new RegExp(args.only).test(file));
const save = async (file, bytes) => { const to = join(out, file); await mkdir(dirname(to), { recursive: true }); await writeFile(to, bytes); };
const fresh = async (file) => { if (!args.missing) return false; try { await stat(join(out, file)); return true; } catch { return false; } };
try {
  if (!args.flat) {
    const page = await openStudio(browser);
    for (const job of await shotList(page)) {
      if (!match(job.file) || (args.kind && !String(args.kind).split(',').includes(job.kind)) || await fresh(job.file)) continue;
      const t = Date.now();
      try {
        const bytes = Buffer.from(await photograph(page, job), 'base64');
        await save(job.file, bytes);
        console.log(job.file, `${(bytes.length / 1024).toFixed(1)} KB`, `${Date.now() - t} ms`);
      } catch (e) { console.error(job.file, e.message); process.exitCode = 1; }
    }
  }
  if (!args.photos) await flatPictures({ browser, emoji, save, match, fresh });
} finally { await browser.close(); }
