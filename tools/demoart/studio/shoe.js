// A shoe, lofted along the foot from heel to toe: sole, upper with its opening,
// lining, collar, laces. One set of numbers describes each kind.
import * as THREE from 'three';
import { stuff, put, group, print, relief } from './stage.js';

const smooth = (a, b, x) => { const t = Math.min(1, Math.max(0, (x - a) / (b - a))); return t * t * (3 - 2 * t); };
const curve = (points) => (u) => {
  for (let i = 1; i < points.length; i++) if (u <= points[i][0]) {
    const [a, va] = points[i - 1], [b, vb] = points[i];
    return va + (vb - va) * smooth(a, b, u);
  }
  return points.at(-1)[1];
};
const width = curve([[0, 0.3], [0.06, 0.37], [0.2, 0.4], [0.42, 0.37], [0.7, 0.5], [0.86, 0.46], [1, 0.28]]);
const cap = (u, k = 0.07) => Math.pow(Math.max(0, 1 - Math.pow(1 - Math.min(1, Math.min(u, 1 - u) / k), 2.2)), 0.5);
const capW = (u) => cap(u, u > 0.5 ? 0.24 : 0.1);
const L = 2.7, spring = (u) => 0.13 * Math.pow(Math.max(0, (u - 0.72) / 0.28), 2);
const X = (u) => (u - 0.5) * L;

export const kinds = {
  low: { h: [[0, 0.74], [0.1, 0.8], [0.3, 0.7], [0.42, 0.86], [0.62, 0.66], [0.85, 0.4], [1, 0.32]], open: [0.035, 0.44, 0.6], sole: 0.17, laces: [0.46, 0.7, 5], box: 0.75 },
  high: { h: [[0, 1.42], [0.3, 1.46], [0.4, 1.34], [0.5, 0.86], [0.65, 0.62], [0.86, 0.4], [1, 0.32]], open: [0.03, 0.4, 0.74], sole: 0.18, laces: [0.4, 0.68, 7], box: 0.6 },
  runner: { h: [[0, 0.86], [0.08, 0.92], [0.28, 0.74], [0.42, 0.9], [0.62, 0.66], [0.86, 0.42], [1, 0.32]], open: [0.05, 0.43, 0.58], sole: 0.3, laces: [0.45, 0.69, 5], box: 0.72, flare: 0.05 },
  hiker: { h: [[0, 1.12], [0.3, 1.14], [0.42, 1.1], [0.56, 0.76], [0.7, 0.6], [0.87, 0.44], [1, 0.34]], open: [0.03, 0.41, 0.68], sole: 0.32, laces: [0.41, 0.69, 6], box: 0.65, lug: true },
  derby: { h: [[0, 0.74], [0.1, 0.76], [0.3, 0.66], [0.42, 0.8], [0.6, 0.6], [0.82, 0.37], [1, 0.28]], open: [0.035, 0.42, 0.62], sole: 0.13, heel: 0.16, laces: [0.45, 0.58, 3], box: 0.78 },
  loafer: { h: [[0, 0.68], [0.1, 0.68], [0.3, 0.56], [0.5, 0.66], [0.62, 0.58], [0.82, 0.37], [1, 0.28]], open: [0.035, 0.5, 0.6], sole: 0.12, heel: 0.15, box: 0.78, band: 0.56 },
  chelsea: { h: [[0, 1.56], [0.3, 1.6], [0.36, 1.5], [0.56, 0.74], [0.86, 0.4], [1, 0.3]], open: [0.03, 0.36, 0.8], sole: 0.14, heel: 0.16, box: 0.58, elastic: true },
  cloth: { h: [[0, 0.58], [0.12, 0.58], [0.35, 0.46], [0.55, 0.5], [0.68, 0.5], [0.85, 0.37], [1, 0.28]], open: [0.035, 0.58, 0.66], sole: 0.14, box: 0.8, layers: true },
  slipper: { h: [[0.4, 0.3], [0.5, 0.6], [0.64, 0.64], [0.85, 0.46], [1, 0.34]], from: 0.44, open: null, sole: 0.16, box: 0.75, fluffy: true },
  slide: { h: [[0.4, 0.5], [0.5, 0.56], [0.66, 0.56], [0.82, 0.42], [1, 0.4]], from: 0.5, to: 0.84, open: null, sole: 0.26, box: 0.72 },
  rain: { h: [[0, 2.1], [0.32, 2.14], [0.37, 2.0], [0.53, 0.82], [0.84, 0.46], [1, 0.34]], open: [0.02, 0.37, 0.84], sole: 0.18, heel: 0.06, box: 0.55 },
  kid: { h: [[0, 0.86], [0.1, 0.92], [0.3, 0.8], [0.42, 0.94], [0.62, 0.76], [0.86, 0.54], [1, 0.42]], open: [0.04, 0.42, 0.6], sole: 0.22, box: 0.7, strap: true },
};

/**
 * Builds one shoe, toe towards +x.
 * look: {upper, panel, toe, heel, sole, lace, lining, rough, coat, stitch}
 */
export function shoe(parent, kind, look, at = [0, 0, 0], turn = 0, scale = 1, roll = 0) {
  const k = kinds[kind], g = group(parent, at, [roll, turn, 0], scale);
  const H = curve(k.h), lift = k.heel ?? 0;
  const base = (u) => k.sole + spring(u) + lift * (1 - smooth(0.28, 0.5, u));
  // sole
  const outline = (grow, y0, y1, mat, from = 0, to = 1) => {
    const n = 90, pos = [], idx = [];
    for (let i = 0; i <= n; i++) {
      const u = from + (to - from) * i / n, w = width(u) * capW(u) + grow * cap(u, 0.02);
      for (const [y, z] of [[y0(u), -w], [y1(u), -w * 1.0 - 0.012], [y1(u), w + 0.012], [y0(u), w]]) pos.push(X(u) * (1 + grow * 0.6), y, z);
      if (i) for (let j = 0; j < 4; j++) { const a = (i - 1) * 4 + j, b = (i - 1) * 4 + (j + 1) % 4; idx.push(a, b, a + 4, b, b + 4, a + 4); }
    }
    idx.push(0, 2, 1, 0, 3, 2); const e = n * 4; idx.push(e, e + 1, e + 2, e, e + 2, e + 3);
    let geo = new THREE.BufferGeometry();
    geo.setAttribute('position', new THREE.Float32BufferAttribute(pos, 3)); geo.setIndex(idx);
    geo = geo.toNonIndexed(); geo.computeVertexNormals();
    put(g, geo, mat);
  };
  const rubber = stuff(look.sole, 0.6, { side: THREE.DoubleSide });
  const flare = k.flare ?? 0.025;
  outline(flare, (u) => spring(u) + (lift ? lift * (1 - smooth(0.28, 0.5, u)) : 0), (u) => base(u) + 0.035, rubber);
  if (lift) outline(flare - 0.01, () => 0, (u) => lift + 0.01, stuff(look.heelBlock ?? look.sole, 0.5, { side: THREE.DoubleSide }), 0.012, 0.27);
  if (k.lug) for (let i = 0; i < 12; i++) { const u = 0.05 + i * 0.08; for (const s of [-1, 1]) put(g, new THREE.BoxGeometry(0.12, 0.12, 0.12), stuff(look.tread ?? '#3a3530', 0.8), [X(u), spring(u) + 0.03, s * (width(u) * cap(u, .09) - 0.02)]); }
  if (look.stripe) outline(flare + 0.006, (u) => base(u) - k.sole * 0.45, (u) => base(u) - k.sole * 0.3, stuff(look.stripe, 0.6, { side: THREE.DoubleSide }));
  if (k.layers) for (const y of [0.03, 0.065, 0.1]) outline(flare + 0.005, (u) => spring(u) + y, (u) => spring(u) + y + 0.008, stuff('#cbbd9f', 0.9, { side: THREE.DoubleSide }));
  // upper
  const from = k.from ?? 0.0, to = k.to ?? 1, N = 150, M = 44;
  const top = (u) => {
    if (!k.open) return 1;
    const [a, b, v] = k.open;
    const t = Math.min(smooth(a - 0.028, a + 0.004, u), 1 - smooth(b - 0.02, b + 0.06, u));
    return 1 - (1 - v) * t;
  };
  const point = (u, v, s, inset = 0) => {
    const c = k.open || k.from ? (k.from ? (k.to ? 1 : cap(Math.max(u, 0.5))) : cap(u)) : cap(u);
    const ang = v * Math.PI / 2, q = k.box, w = (width(u) * (k.from && u < 0.76 ? 1 : capW(u)) - 0.012 - inset);
    const y = base(u) + (H(u) * (0.35 + 0.65 * c) - inset) * Math.pow(Math.sin(ang), q + 0.12 * v);
    const narrow = 1 - 0.2 * smooth(0.5, 1, v) * (H(u) > 1 ? 0 : 1);
    const shaft = H(u) > 1 ? 0.16 * smooth(0.35, 0.8, v) * smooth(0.3, 0.05, u) : 0;
    return [X(u) + (u < 0.12 && H(u) < 1 ? 0.05 * v * (1 - u / 0.12) : 0) + shaft * 0.25, y, s * w * Math.pow(Math.max(0, Math.cos(ang)), q) * (v > 0.98 ? 1 : narrow)];
  };
  const loft = (inset) => {
    const pos = [], uv = [], idx = [];
    for (let i = 0; i <= N; i++) {
      const u = from + (to - from) * (i / N), vm = top(u);
      for (let j = 0; j <= 2 * M; j++) {
        const s = j < M ? 1 : -1, v = (j <= M ? j / M : (2 * M - j) / M) * vm;
        pos.push(...point(u, v, s, inset)); uv.push(u, j <= M ? v / 2 : 1 - v / 2);
      }
      if (i) for (let j = 0; j < 2 * M; j++) {
        if (j >= M - 1 && j <= M && vm < 0.97) continue;
        const a = (i - 1) * (2 * M + 1) + j, b = i * (2 * M + 1) + j;
        idx.push(a, b, a + 1, b, b + 1, a + 1);
      }
    }
    const geo = new THREE.BufferGeometry();
    geo.setAttribute('position', new THREE.Float32BufferAttribute(pos, 3));
    geo.setAttribute('uv', new THREE.Float32BufferAttribute(uv, 2));
    geo.setIndex(idx); geo.computeVertexNormals();
    return geo;
  };
  const map = print(1536, 768, (c, w, h) => {
    c.fillStyle = look.upper; c.fillRect(0, 0, w, h);
    const half = (draw) => { c.save(); draw(); c.restore(); c.save(); c.translate(0, h); c.scale(1, -1); draw(); c.restore(); };
    const stitch = (path) => { c.strokeStyle = look.stitch ?? 'rgba(255,255,255,.55)'; c.lineWidth = 2.4; c.setLineDash([9, 6]); c.beginPath(); path(); c.stroke(); c.setLineDash([]); };
    const panel = (color, path) => { c.fillStyle = color; c.beginPath(); path(); c.fill(); c.strokeStyle = 'rgba(0,0,0,.22)'; c.lineWidth = 3; c.stroke(); };
    half(() => {
      if (look.panel) {
        panel(look.panel, () => { c.moveTo(w * 0.36, h / 2); c.quadraticCurveTo(w * 0.36, h * 0.3, w * 0.44, h * 0.1); c.lineTo(w * 0.53, h * 0.1); c.quadraticCurveTo(w * 0.56, h * 0.36, w * 0.7, h * 0.4); c.lineTo(w * 0.7, h * 0.5); });
        stitch(() => { c.moveTo(w * 0.375, h / 2); c.quadraticCurveTo(w * 0.375, h * 0.3, w * 0.45, h * 0.1); });
      }
      if (look.heel) { panel(look.heel, () => { c.moveTo(0, 0); c.lineTo(w * 0.16, 0); c.quadraticCurveTo(w * 0.1, h * 0.25, w * 0.07, h * 0.5); c.lineTo(0, h * 0.5); }); stitch(() => { c.moveTo(w * 0.152, 0); c.quadraticCurveTo(w * 0.093, h * 0.25, w * 0.062, h * 0.5); }); }
      if (look.toe) { panel(look.toe, () => { c.moveTo(w, 0); c.lineTo(w * 0.76, 0); c.quadraticCurveTo(w * 0.84, h * 0.3, w * 0.845, h * 0.5); c.lineTo(w, h * 0.5); }); stitch(() => { c.moveTo(w * 0.768, 0); c.quadraticCurveTo(w * 0.848, h * 0.3, w * 0.853, h * 0.5); }); }
      if (look.side) { c.strokeStyle = look.side; c.lineWidth = 26; c.lineCap = 'round'; for (const o of [0, 0.05]) { c.beginPath(); c.moveTo(w * (0.2 + o), h * 0.06); c.quadraticCurveTo(w * (0.33 + o), h * 0.12, w * (0.42 + o), h * 0.34); c.stroke(); } }
      if (k.elastic) { c.fillStyle = look.elastic ?? '#2b2622'; c.beginPath(); c.moveTo(w * 0.15, h * 0.5); c.lineTo(w * 0.19, h * 0.16); c.quadraticCurveTo(w * 0.22, h * 0.12, w * 0.25, h * 0.16); c.lineTo(w * 0.29, h * 0.5); c.fill(); }
      if (look.seam) stitch(() => { c.moveTo(w * 0.66, h * 0.02); c.quadraticCurveTo(w * 0.7, h * 0.36, w * 0.6, h * 0.42); });
      if (k.band) panel(look.band ?? look.upper, () => { c.moveTo(w * 0.52, 0); c.lineTo(w * 0.52, h * .5); c.lineTo(w * 0.6, h * .5); c.lineTo(w * 0.6, 0); });
      if (look.apron) stitch(() => { c.moveTo(w * 0.6, h * 0.3); c.quadraticCurveTo(w * 0.86, h * 0.26, w * 0.885, h * 0.5); });
      if (look.dots) { c.fillStyle = look.dots; for (let x = 0; x < 26; x++) for (let y = 0; y < 7; y++) { c.beginPath(); c.arc(x * 62 + (y % 2) * 31, y * 60 + 20, 9, 0, 7); c.fill(); } }
    });
    if (look.weave) { c.globalAlpha = 0.1; for (let i = 0; i < w; i += 6) { c.fillStyle = i % 12 ? '#000' : '#fff'; c.fillRect(i, 0, 3, h); } for (let j = 0; j < h; j += 6) { c.fillStyle = j % 12 ? '#000' : '#fff'; c.fillRect(0, j, w, 3); } c.globalAlpha = 1; }
  });
  const bump = relief(look.grain ?? 'leather', 256, k.fluffy ? 2.2 : 1);
  bump.repeat.set(k.fluffy ? 3 : 7, k.fluffy ? 2 : 4);
  put(g, loft(0), stuff(0xffffff, look.rough ?? 0.6, { map, bumpMap: bump, bumpScale: k.fluffy ? 4 : look.bump ?? 0.5, side: THREE.DoubleSide, clearcoat: look.coat ?? 0, clearcoatRoughness: 0.25 }));
  put(g, loft(0.035), stuff(look.lining ?? '#e9dfcf', 0.95, { side: THREE.DoubleSide }));
  outline(-0.05, (u) => base(u) + 0.03, (u) => base(u) + 0.05, stuff(look.insole ?? look.lining ?? '#e2d6c2', 0.95, { side: THREE.DoubleSide }), 0.02, 0.98);
  // rim of the opening
  const tube = (pts, r, mat, closed = false) => put(g, new THREE.TubeGeometry(new THREE.CatmullRomCurve3(pts.map((p) => new THREE.Vector3(...p)), closed), 90, r, 10, closed), mat);
  const trim = stuff(look.trim ?? look.upper, 0.8);
  if (k.open) {
    const edge = [];
    for (let i = 0; i <= 24; i++) { const u = k.open[0] + (k.open[1] + 0.012 - k.open[0]) * i / 24; edge.push(u); }
    tube([...edge.map((u) => point(u, top(u), 1)), ...edge.slice().reverse().map((u) => point(u, top(u), -1))], k.layers ? 0.022 : 0.032, trim, true);
  } else {
    const line = (u) => [...Array(21)].map((_, j) => point(u, j <= 10 ? j / 10 : (20 - j) / 10, j <= 10 ? 1 : -1));
    tube(line(from), 0.03, trim); if (k.to) tube(line(to), 0.03, trim);
  }
  if (k.laces) {
    const [a, b, n] = k.laces, lace = stuff(look.lace ?? '#f4efe6', 0.9);
    put(g, (() => { const geo = new THREE.PlaneGeometry(0.5, 0.3, 10, 8); return geo; })(), stuff(look.tongue ?? look.upper, 0.8, { side: THREE.DoubleSide }), [X(a) - 0.16, base(a) + H(a) + (H(a) > 1 ? -0.02 : 0.04), 0], [-Math.PI / 2, -0.75, 0], [0.9, 0.9, 1]);
    for (let i = 0; i < n; i++) {
      const u = a + (b - a) * i / (n - 1), du = 0.022;
      for (const s of [-1, 1]) { const pts = []; for (let j = -5; j <= 5; j++) { const z = j / 5, vv = 1 - Math.abs(z) * 0.34; const p = point(u + du * z * s, vv, Math.sign(z) || 1); pts.push([p[0], p[1] + 0.022, p[2]]); } tube(pts, 0.024, lace); }
    }
    for (const s of [-1, 1]) { const p = point(a, 0.97, s); tube([[p[0], p[1] + .05, p[2]], [p[0] - 0.05, p[1] + 0.16, p[2] + s * 0.16], [p[0] + 0.06, p[1] + 0.1, p[2] + s * 0.3], [p[0] + 0.08, p[1] + 0.03, p[2] + s * 0.1], [p[0], p[1] + 0.05, p[2]]], 0.02, lace); }
  }
  if (k.strap) {
    const mat = stuff(look.strap ?? look.panel ?? '#fff', 0.7);
    for (const u of [0.47, 0.58]) { const pts = []; for (let j = -8; j <= 8; j++) { const z = j / 8, p = point(u, 1 - Math.abs(z) * 0.62, Math.sign(z) || 1); pts.push([p[0], p[1] + 0.015, p[2] * 1.02]); } const t = tube(pts, 0.055, mat); t.scale.set(1, 1, 1); }
  }
  return g;
}
