// What is set in type rather than photographed: product cards, shop logos,
// category icons, the market's own mark.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const world = join(here, '../../internal/app/demo/world');
const json = async (name) => JSON.parse(await readFile(join(world, name), 'utf8'));

/** Each shop's own colours and the two characters of its mark. */
const faces = {
  tea: { paper: '#f1efe2', ink: '#34503a', soft: '#7f9a63', mark: '山南', from: '#6f8c58', to: '#3f5f45' },
  fruit: { paper: '#fbf1dd', ink: '#8a4a12', soft: '#e2892b', mark: '枝头', from: '#f2a541', to: '#d9702a' },
  shoes: { paper: '#efede8', ink: '#33414d', soft: '#6f8598', mark: '缓步', from: '#7f97aa', to: '#44596b' },
  ceramics: { paper: '#f0ebe2', ink: '#5b4030', soft: '#b07a56', mark: '拾土', from: '#c48d68', to: '#8a5a40' },
  snacks: { paper: '#fdf0e4', ink: '#94331f', soft: '#df6a45', mark: '巷口', from: '#ec835a', to: '#c64a35' },
  books: { paper: '#f2eee4', ink: '#2f3c52', soft: '#c9a24e', mark: '灯下', from: '#43557a', to: '#26324b' },
  market: { paper: '#eef5ee', ink: '#1f5a3c', soft: '#3f9a68', mark: '熟客', from: '#4fae7a', to: '#217a50' },
};
const tints = { tea: '#e9eedd', fresh: '#fdeed3', shoes: '#e4ebf0', tableware: '#efe6da', teaware: '#e6ebe4', home: '#e8eedd', snacks: '#fde6da', books: '#e8e4f0' };
const style = 'margin:0;font-family:"Noto Sans CJK SC",sans-serif;-webkit-font-smoothing:antialiased';

function logo(f) {
  return `<body style="${style}"><div style="width:240px;height:240px;background:linear-gradient(155deg,${f.from},${f.to});display:flex;align-items:center;justify-content:center">
    <div style="width:168px;height:168px;border:2.5px solid rgba(255,255,255,.75);border-radius:50%;display:flex;align-items:center;justify-content:center;color:#fffdf6;font:700 66px/1 'Noto Serif CJK SC';letter-spacing:2px;text-indent:2px">${f.mark}</div></div>`;
}
function card(p, f, shop, photo) {
  const points = [...p.description_html.matchAll(/<li>(.*?)<\/li>/g)].map((m) => m[1]);
  return `<body style="${style}"><div style="width:720px;height:720px;background:${f.paper};color:${f.ink};position:relative;overflow:hidden">
    <div style="height:330px;background:url(${photo}) 50% 62%/cover"></div>
    <div style="padding:34px 52px 0">
      <div style="font:700 46px/1.2 'Noto Serif CJK SC'">${p.title}</div>
      <div style="font-size:24px;opacity:.75;margin-top:8px">${p.subtitle}</div>
      <div style="width:44px;height:4px;background:${f.soft};margin:22px 0 18px;border-radius:2px"></div>
      ${points.map((t) => `<div style="font-size:23px;line-height:1.5;margin-bottom:8px;display:flex;gap:14px"><span style="flex:none;width:8px;height:8px;border-radius:50%;background:${f.soft};margin-top:14px"></span><span>${t}</span></div>`).join('')}
    </div>
    <div style="position:absolute;right:40px;bottom:26px;font:500 19px 'Noto Serif CJK SC';opacity:.6">${shop}</div></div>`;
}
const icon = (svg, tint) => `<body style="${style}"><div style="width:160px;height:160px;background:${tint};display:flex;align-items:center;justify-content:center">${svg.replace('width="256" height="256"', 'width="104" height="104"')}</div>`;

/** Renders every flat picture that is asked for. */
export async function flatPictures({ browser, emoji, save, match, fresh }) {
  const page = await browser.newPage({ viewport: { width: 720, height: 720 } });
  const cdp = await page.context().newCDPSession(page);
  const shot = async (file, html, w, h) => {
    if (!match(file) || await fresh(file)) return;
    await page.setContent(html);
    await page.evaluate(() => document.fonts.ready);
    const { data } = await cdp.send('Page.captureScreenshot', { format: 'webp', quality: 84, clip: { x: 0, y: 0, width: w, height: h, scale: 1 } });
    const bytes = Buffer.from(data, 'base64');
    await save(file, bytes);
    console.log(file, `${(bytes.length / 1024).toFixed(1)} KB`);
  };
  await shot('market/logo.webp', logo(faces.market), 240, 240);
  const icons = JSON.parse(await readFile(join(here, 'icons.json'), 'utf8'));
  for (const top of await json('categories.json')) {
    for (const c of [top, ...top.children]) await shot(`categories/${c.code}.webp`, icon(emoji(icons[c.code]), tints[top.code]), 160, 160);
  }
  for (const handle of Object.keys(faces).filter((k) => k !== 'market')) {
    const shop = await json(`${handle}.json`);
    await shot(`${handle}/logo.webp`, logo(faces[handle]), 240, 240);
    for (const p of shop.products) {
      const file = p.pictures.at(-1);
      if (!match(file) || await fresh(file)) continue;
      try {
        const photo = `data:image/webp;base64,${(await readFile(join(world, 'pictures', p.pictures[0]))).toString('base64')}`;
        await shot(file, card(p, faces[handle], shop.name, photo), 720, 720);
      } catch (e) { console.error(file, e.message); process.exitCode = 1; }
    }
  }
  await page.close();
}
