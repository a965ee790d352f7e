// Fruit: turned bodies with a painted skin, stalks and leaves.
import * as THREE from 'three';
import { dice, tau, stuff, put, group, lathe, print, relief } from './stage.js';
import { leaf } from './forms.js';

/** Skin painted around (x) and from bottom to top (y, canvas top = top of the fruit). */
const skins = new Map();
function skin(seed, base, k = {}) {
  if (!skins.has(seed)) skins.set(seed, paintSkin(seed, base, k));
  return skins.get(seed);
}
function paintSkin(seed, base, { blush, spots, spotColor = '#fff', streak, top, bottom, specks = 600 } = {}) {
  const d = dice('skin' + seed);
  return print(768, 384, (g, w, h) => {
    g.fillStyle = base; g.fillRect(0, 0, w, h);
    if (blush) for (let i = 0; i < 26; i++) { const x = d(w * 0.1, w * 0.75), y = d(h * 0.1, h * 0.8), r = d(60, 190), q = g.createRadialGradient(x, y, 0, x, y, r); q.addColorStop(0, blush + '66'); q.addColorStop(1, blush + '00'); g.fillStyle = q; g.fillRect(0, 0, w, h); }
    if (streak) for (let i = 0; i < 420; i++) { const x = d(0, w); g.strokeStyle = streak; g.globalAlpha = d(0.04, 0.22); g.lineWidth = d(1, 3); g.beginPath(); g.moveTo(x, d(0, h * 0.4)); g.lineTo(x + d(-8, 8), d(h * 0.5, h)); g.stroke(); }
    g.globalAlpha = 1;
    for (const [c, y0, y1] of [[top, 0, 0.32], [bottom, 1, 0.7]]) if (c) { const q = g.createLinearGradient(0, h * y0, 0, h * y1); q.addColorStop(0, c); q.addColorStop(1, c + '00'); g.fillStyle = q; g.fillRect(0, 0, w, h); }
    if (spots) { g.fillStyle = spotColor; for (let i = 0; i < specks; i++) { g.globalAlpha = d(0.15, 0.6); g.beginPath(); g.arc(d(0, w), d(0, h), d(0.5, spots), 0, tau); g.fill(); } }
    g.globalAlpha = 1;
  });
}
const bodies = {
  apple: [[0, 0.12], [0.12, 0.05], [0.3, 0.02], [0.48, 0.16], [0.58, 0.44], [0.56, 0.72], [0.42, 0.93], [0.22, 0.98], [0.08, 0.9], [0, 0.8]],
  pear: [[0, 0.05], [0.2, 0.0], [0.45, 0.12], [0.56, 0.4], [0.5, 0.72], [0.34, 0.98], [0.16, 1.1], [0.05, 1.07], [0, 1.02]],
  peach: [[0, 0.06], [0.2, 0.02], [0.44, 0.16], [0.58, 0.46], [0.54, 0.76], [0.38, 0.98], [0.16, 1.02], [0.05, 0.96], [0, 0.9]],
  orange: [[0, 0.02], [0.2, 0.02], [0.42, 0.14], [0.55, 0.4], [0.55, 0.62], [0.42, 0.87], [0.2, 0.98], [0.06, 0.98], [0, 0.96]],
  tangerine: [[0, 0.06], [0.18, 0.02], [0.42, 0.1], [0.55, 0.32], [0.54, 0.5], [0.4, 0.68], [0.18, 0.75], [0.07, 0.72], [0, 0.69]],
  strawberry: [[0, 0], [0.1, 0.06], [0.26, 0.3], [0.38, 0.58], [0.4, 0.76], [0.3, 0.9], [0.12, 0.94], [0, 0.9]],
  lemon: [[0, 0], [0.06, 0.02], [0.1, 0.08], [0.32, 0.26], [0.42, 0.55], [0.34, 0.84], [0.12, 1.02], [0.07, 1.1], [0, 1.12]],
  mango: [[0, 0], [0.18, 0.03], [0.38, 0.2], [0.46, 0.5], [0.4, 0.86], [0.24, 1.12], [0.08, 1.2], [0, 1.2]],
  kiwi: [[0, 0], [0.14, 0.01], [0.33, 0.14], [0.4, 0.42], [0.36, 0.72], [0.17, 0.9], [0, 0.92]],
};
const kinds = {
  apple: { base: '#c4242b', blush: '#e9583d', streak: '#f0b25a', top: '#d9b25f', spots: 1.6, spotColor: '#f6dca8', coat: 0.5, rough: 0.35 },
  greenapple: { body: 'apple', base: '#a9c658', blush: '#d8dc84', streak: '#7fa53e', spots: 1.5, spotColor: '#f4f7d4', coat: 0.5, rough: 0.35 },
  pear: { base: '#d6b368', blush: '#e5cd8d', spots: 1.8, spotColor: '#8d6a34', specks: 1500, rough: 0.6 },
  peach: { base: '#f6cfa9', blush: '#e0546a', top: '#f3b7a0', rough: 0.85, spots: 1, spotColor: '#fff' },
  orange: { base: '#f08a1d', blush: '#f9a63a', rough: 0.45, bump: 1.6, coat: 0.15 },
  tangerine: { base: '#ee7d14', blush: '#f6a033', rough: 0.42, bump: 1.2, coat: 0.2 },
  strawberry: { base: '#c9182b', blush: '#e63a3a', top: '#f0a890', rough: 0.3, coat: 0.6, seeds: true },
  lemon: { base: '#f2cf3d', blush: '#f9e06a', rough: 0.45, bump: 1.3, coat: 0.15 },
  mango: { base: '#f0ac2c', blush: '#e2673a', spots: 1.3, spotColor: '#8a5a20', rough: 0.45, coat: 0.2 },
  kiwi: { base: '#7d5c36', blush: '#936f45', spots: 1.6, spotColor: '#4d3518', specks: 2600, rough: 0.95 },
  cherry: { base: '#6d0f22', blush: '#9c1a30', rough: 0.18, coat: 1 },
};
/** One fruit standing at `at`. */
export function fruit(parent, kind, at, { s = 1, turn = [0, 0, 0], stalk = true, green = false, seed = 1 } = {}) {
  const k = kinds[kind], g = group(parent, at, turn, s);
  if (kind === 'cherry') return cherry(g, k, seed);
  const geo = lathe(bodies[k.body ?? kind], 56), p = geo.attributes.position, d = dice(kind + seed);
  const a1 = d(0, tau), a2 = d(0, tau);
  for (let i = 0; i < p.count; i++) {
    const x = p.getX(i), y = p.getY(i), z = p.getZ(i), t = Math.atan2(z, x);
    let f = 1 + 0.025 * Math.sin(2 * t + a1) + 0.015 * Math.sin(3 * t + a2);
    if (k.body === 'apple' || kind === 'apple') f += 0.02 * Math.sin(5 * t + a1) * (0.6 - y);
    if (kind === 'peach') f -= 0.07 * Math.exp(-Math.pow(((t - 0.6 + 9.42) % tau - Math.PI) / 0.16, 2));
    p.setXYZ(i, x * f + (kind === 'mango' ? 0.16 * Math.sin(y * 2.4) : 0) + (kind === 'pear' ? 0.05 * y * y : 0), y, z * f * (kind === 'mango' ? 0.8 : 1));
  }
  geo.computeVertexNormals();
  const more = k.bump ? { bumpMap: relief('peel', 256, 1.1), bumpScale: k.bump } : {};
  if (more.bumpMap) more.bumpMap.repeat.set(4, 2);
  put(g, geo, stuff(0xffffff, k.rough, { map: skin(kind + (seed % 3), k.base, k), clearcoat: k.coat ?? 0, clearcoatRoughness: 0.25, ...more }), [0, 0, 0], [0, d(0, tau), 0]);
  const top = bodies[k.body ?? kind].at(-1)[1];
  if (k.seeds) {
    const n = 130, seeds = new THREE.InstancedMesh(new THREE.SphereGeometry(0.018, 6, 5), stuff('#e8c06a', 0.5), n), o = new THREE.Object3D();
    const c = new THREE.SplineCurve(bodies.strawberry.map(([r, y]) => new THREE.Vector2(r, y)));
    for (let i = 0; i < n; i++) { const q = c.getPoint(0.08 + 0.72 * ((i + 0.5) / n)), t = i * 2.39996; o.position.set(Math.cos(t) * q.x * 1.0, q.y, Math.sin(t) * q.x * 1.0); o.scale.set(1, 1.5, 1); o.updateMatrix(); seeds.setMatrixAt(i, o.matrix); }
    g.add(seeds);
    for (let i = 0; i < 7; i++) leaf(g, [Math.cos(i / 7 * tau) * 0.17, 0.93, Math.sin(i / 7 * tau) * 0.17], '#5d8c36', { l: 0.36, w: 0.15, curl: 0.08, turn: [0, -i / 7 * tau, 0] });
    put(g, new THREE.CylinderGeometry(0.02, 0.03, 0.16, 8), stuff('#7a9a4a', 0.7), [0, 0.98, 0]);
  } else if (kind === 'orange' || kind === 'tangerine') {
    put(g, new THREE.CylinderGeometry(0.05, 0.06, 0.03, 5), stuff('#6a7a35', 0.8), [0, top, 0]);
  } else if (stalk && kind !== 'kiwi' && kind !== 'lemon') {
    const c = new THREE.CatmullRomCurve3([[0, top - 0.06, 0], [0.02, top + 0.12, 0], [0.08, top + 0.28, 0.03]].map((q) => new THREE.Vector3(...q)));
    put(g, new THREE.TubeGeometry(c, 12, 0.024, 8), stuff('#5f4426', 0.9));
  }
  if (green) { leaf(g, [0.26, top + 0.08, 0.05], '#4f7d33', { l: 0.62, w: 0.3, turn: [0.2, 0.3, 0.25] }); if (green > 1) leaf(g, [-0.22, top + 0.06, 0.1], '#5c8c3a', { l: 0.5, w: 0.24, turn: [0.1, 2.6, 0.2] }); }
  return g;
}
function cherry(g, k, seed) {
  const d = dice('cherry' + seed), geo = lathe([[0, 0.02], [0.12, 0.02], [0.26, 0.16], [0.29, 0.32], [0.22, 0.48], [0.1, 0.53], [0, 0.47]], 36);
  const mat = stuff(0xffffff, k.rough, { map: skin('cherry', k.base, k), clearcoat: 1, clearcoatRoughness: 0.06 });
  put(g, geo, mat);
  const c = new THREE.CatmullRomCurve3([[0, 0.47, 0], [d(-.06, .1), 0.75, d(-.05, .05)], [d(0.1, 0.3), 1.12, d(-.1, .1)]].map((q) => new THREE.Vector3(...q)));
  put(g, new THREE.TubeGeometry(c, 16, 0.016, 7), stuff('#7d8a3c', 0.7));
  return g;
}
/** A bunch of grapes lying down. */
export function grapes(parent, at, color, { seed = 1, n = 62, s = 1, turn = 0 } = {}) {
  const g = group(parent, at, [0, turn, 0], s), d = dice('grapes' + seed);
  const geo = new THREE.SphereGeometry(0.17, 28, 20);
  for (let i = 0; i < n; i++) {
    const t = (i + 0.5) / n, x = -0.85 + t * 1.8, r = 0.52 * Math.pow(1 - t, 0.6) + 0.06, a = i * 2.39996;
    const yy = Math.max(0.16, 0.34 + Math.sin(a) * r * 0.62), zz = Math.cos(a) * r;
    const c = new THREE.Color(color).multiplyScalar(d(0.82, 1.18));
    put(g, geo, stuff(c, 0.28, { clearcoat: 0.5, clearcoatRoughness: 0.3 }), [x + d(-.03, .03), yy, zz], [0, 0, 0], [d(0.92, 1.06), d(0.95, 1.12), d(0.92, 1.05)]);
  }
  const c = new THREE.CatmullRomCurve3([[-0.7, 0.5, 0], [-1.05, 0.62, 0.05], [-1.3, 0.7, 0.2]].map((q) => new THREE.Vector3(...q)));
  put(g, new THREE.TubeGeometry(c, 12, 0.03, 8), stuff('#77683a', 0.9));
  leaf(g, [-1.0, 0.72, 0.25], '#5f8f3d', { l: 0.9, w: 0.7, curl: 0.12, turn: [0.35, 0.5, 0.1] });
  return g;
}
/** Cut half shown face up. rings: list of [radius, colour]; rays: number and colour of segments. */
export function half(parent, at, r, { rim, flesh, core, rays = 0, rayColor, seeds, turn = [-0.9, 0, 0.1], height = 0.5 }) {
  const g = group(parent, at, turn), d = dice('half' + flesh);
  const face = print(400, 400, (c, w) => {
    const m = w / 2;
    c.fillStyle = rim; c.fillRect(0, 0, w, w);
    c.fillStyle = flesh; c.beginPath(); c.arc(m, m, m * 0.93, 0, tau); c.fill();
    const q = c.createRadialGradient(m, m, 0, m, m, m); q.addColorStop(0, core + 'ff'); q.addColorStop(0.5, core + '55'); q.addColorStop(1, core + '00'); c.fillStyle = q; c.beginPath(); c.arc(m, m, m * 0.93, 0, tau); c.fill();
    for (let i = 0; i < rays; i++) { const a = i / rays * tau; c.strokeStyle = rayColor; c.lineWidth = 5; c.beginPath(); c.moveTo(m + Math.cos(a) * 14, m + Math.sin(a) * 14); c.lineTo(m + Math.cos(a) * m * 0.88, m + Math.sin(a) * m * 0.88); c.stroke(); }
    if (seeds) { c.fillStyle = seeds; for (let i = 0; i < 64; i++) { const a = d(0, tau), k = m * d(0.3, 0.5); c.beginPath(); c.ellipse(m + Math.cos(a) * k, m + Math.sin(a) * k, 7, 3, a, 0, tau); c.fill(); } c.fillStyle = '#eef2c4'; c.beginPath(); c.ellipse(m, m, m * 0.2, m * 0.15, 0, 0, tau); c.fill(); }
  });
  put(g, new THREE.CircleGeometry(r, 56), stuff(0xffffff, 0.3, { map: face, clearcoat: 0.5 }), [0, 0, 0], [-Math.PI / 2, 0, 0]);
  put(g, new THREE.SphereGeometry(r, 48, 24, 0, tau, Math.PI / 2, Math.PI / 2), stuff(rim, 0.7), [0, 0, 0], [0, 0, 0], [1, height / r, 1]);
  return g;
}
/** A shallow basket or crate of slats. */
export function crate(parent, at, [w, h, d], color = '#c79a63', turn = 0) {
  const g = group(parent, at, [0, turn, 0]), m = () => stuff(color, 0.8, { bumpMap: relief('slat'), bumpScale: 0.3 });
  for (const y of [0.14, 0.5]) { const yy = h * y * 1.2; put(g, new THREE.BoxGeometry(w, h * 0.36, 0.05), m(), [0, yy, d / 2]); put(g, new THREE.BoxGeometry(w, h * 0.36, 0.05), m(), [0, yy, -d / 2]); put(g, new THREE.BoxGeometry(0.05, h * 0.36, d), m(), [w / 2, yy, 0]); put(g, new THREE.BoxGeometry(0.05, h * 0.36, d), m(), [-w / 2, yy, 0]); }
  put(g, new THREE.BoxGeometry(w, 0.04, d), m(), [0, 0.04, 0]);
  for (const x of [-1, 1]) for (const z of [-1, 1]) put(g, new THREE.BoxGeometry(0.09, h * 0.9, 0.09), m(), [x * (w / 2 - 0.06), h * 0.42, z * (d / 2 - 0.06)]);
  return g;
}
