// Ceramics: turned pots on linen and wood, one glaze a variant.
import * as THREE from 'three';
import { dice, tau, stuff, glazed, put, group, sweep, lathe } from '../stage.js';
import { pot, glaze, handle, spout, liquid, board, leaf, leafShape, heap } from '../forms.js';

const glazes = {
  celadon: ['青釉', () => ({ color: '#9dbda9', coat: 1 })],
  white: ['月白', () => ({ color: '#eef0ea', coat: 0.9 })],
  oat: ['燕麦', () => ({ color: '#e2d3b6', speck: 500, coat: 0.3, rough: 0.5 })],
  iron: ['铁锈黑', () => ({ color: '#3d3935', speck: 420, speckColor: '#8a6a48', coat: 0.5 })],
  blue: ['雾蓝', () => ({ color: '#8aa4b8', speck: 120, speckColor: '#eef3f5' })],
  persimmon: ['柿红', () => ({ color: '#b45d3c', speck: 160, speckColor: '#5a2a18' })],
  sand: ['素烧', () => ({ color: '#c9a582', speck: 260, coat: 0, rough: 0.9 })],
};
const G = (key, more = {}) => { const { color, ...o } = glazes[key][1](); return glaze(color, { ...o, ...more }); };
const pick = (...keys) => Object.fromEntries(keys.map((k) => [k, [glazes[k][0], k]]));
const shot = { eye: [0.2, 2.6, 7.2], look: [0.12, 0.6, 0.1], fov: 27 };
const detail = { eye: [1.3, 1.9, 4.3], look: [0.1, 0.55, 0.3], fov: 20 };
const linen = (S, color = '#efe8da', turn = 0.12) => put(S, new THREE.BoxGeometry(3.3, 0.02, 2.2, 1, 1, 1), stuff(color, 1), [0.1, 0.01, 0.25], [0, turn, 0]);
/** Blue brush on white: rings and leaves around the belly. */
const brush = (g, w, h) => {
  const d = dice('qinghua');
  g.strokeStyle = '#2c4d8f'; g.fillStyle = '#2c4d8f';
  for (const y of [0.24, 0.3, 0.72]) { g.lineWidth = 5; g.globalAlpha = 0.8; g.beginPath(); g.moveTo(0, h * y); g.lineTo(w, h * y); g.stroke(); }
  for (let i = 0; i < 18; i++) { const x = i * w / 18, y = h * 0.52; g.globalAlpha = 0.75; g.lineWidth = 4; g.beginPath(); g.moveTo(x, y + 34); g.quadraticCurveTo(x + 20, y, x + 50, y - 30); g.stroke(); for (let j = 0; j < 5; j++) { g.globalAlpha = d(0.4, 0.85); g.beginPath(); g.ellipse(x + 8 + j * 9, y + 20 - j * 12 + (j % 2 ? 9 : -9), 11, 4.5, -0.8 + (j % 2 ? 1 : -0.4), 0, tau); g.fill(); } }
  g.globalAlpha = 1;
};
const branch = (S, at, s = 1, colors = ['#c9a23e', '#b98a2f']) => {
  const g = group(S, at, [0, 0, 0], s), d = dice('branch');
  for (const [tx, tz, l] of [[0.5, 0.1, 1.7], [-0.45, 0.0, 1.4], [0.1, -0.3, 1.9]]) {
    const c = new THREE.CatmullRomCurve3([[0, -0.3, 0], [tx * 0.3, l * 0.4, tz * 0.4], [tx, l * 0.75, tz], [tx * 1.7, l, tz * 1.3]].map((q) => new THREE.Vector3(...q)));
    put(g, new THREE.TubeGeometry(c, 24, 0.022, 7), stuff('#6b5236', 0.9));
    for (let i = 4; i < 12; i++) { const q = c.getPoint(i / 11.5); put(g, leafShape(0.34, 0.2, 0.06), stuff(colors[i % colors.length], 0.7, { side: 2 }), [q.x + d(-.12, .12), q.y + d(-.04, .1), q.z + d(-.12, .12)], [d(-0.8, 0.8), d(0, 6), d(-0.6, 0.6)]); }
  }
};
const wrap = (wall, variants, make, more = {}) => ({ wall, variants, build(S, v = Object.keys(variants)[0]) { sweep(S, { wall, table: more.table, seam: !!more.table, grain: 7 }); make(S, v); }, shot: { ...shot, ...more.shot }, detail: { ...detail, ...more.detail } });

export const scenes = {
  ricebowl: wrap('#e3ddd0', pick('celadon', 'white', 'persimmon', 'blue'), (S, v) => { linen(S); pot(S, 'bowl', [-0.45, 0.02, 0.1], G(v), 1.02); pot(S, 'bowl', [-0.45, 0.42, 0.1], G(v), 1.0); pot(S, 'bowl', [0.98, 0.02, 0.35], G(v), 1.0); heap(S, new THREE.SphereGeometry(0.045, 8, 6), ['#fffdf6', '#f8f4e8'], 420, { at: [0.98, 0.72, 0.35], r: 0.72, h: 0.34, seed: 'rice' }); for (const z of [1.32, 1.42]) put(S, new THREE.CylinderGeometry(0.02, 0.035, 2.3, 10), stuff('#7a5334', 0.6), [0.3, 0.05, z], [0, 0.06, Math.PI / 2]); }, { shot: { look: [0.15, 0.62, 0.1] } }),
  noodlebowl: wrap('#d8d3c8', pick('iron', 'oat', 'celadon'), (S, v) => { board(S, [0, 0, 0.1], [3.4, 0.1, 2.4], '#94704c', 0.05); pot(S, 'ramen', [0, 0.1, 0.05], G(v), 1.15); for (const z of [1.0, 1.12]) put(S, new THREE.CylinderGeometry(0.02, 0.035, 2.4, 10), stuff('#3a2a20', 0.5), [0.5, 0.14, z + 0.2], [0, 0.12, Math.PI / 2]); }, { shot: { eye: [0.2, 3.2, 7], look: [0.1, 0.5, 0.15], fov: 28 } }),
  plate: wrap('#e6dfd4', pick('oat', 'blue', 'white'), (S, v) => { linen(S, '#dcd3c2', -0.08); pot(S, 'plate', [-0.2, 0.02, 0.1], G(v), 1.12); pot(S, 'plate', [-0.2, 0.13, 0.1], G(v), 0.92); pot(S, 'saucer', [1.35, 0.02, 0.75], G(v), 0.75); leaf(S, [-0.3, 0.42, 0.2], '#6f8a58', { l: 0.9, w: 0.3, turn: [0, 0.7, 0] }); leaf(S, [0.05, 0.42, 0.05], '#86a06a', { l: 0.7, w: 0.26, turn: [0, -0.4, 0] }); }, { shot: { eye: [0.2, 3.5, 6.8], look: [0.25, 0.2, 0.2], fov: 29 } }),
  mug: wrap('#dfd9cf', pick('blue', 'oat', 'iron', 'celadon'), (S, v) => { const m = G(v); board(S, [0, 0, 0.2], [2.9, 0.1, 1.9], '#b08a5f', -0.1); pot(S, 'mug', [-0.35, 0.1, 0.2], m, 1.35); handle(S, [-0.35 + 0.62, 0.74, 0.2], G(v), { r: 0.065, out: 0.42, h: 0.72 }); liquid(S, [-0.35, 1.2, 0.2], 0.55, '#5b3018'); heap(S, new THREE.SphereGeometry(0.07, 10, 8), ['#3d2414', '#54321c'], 40, { at: [0.95, 0.1, 0.85], r: 0.3, h: 0.14, seed: 'bean' }); }, { shot: { look: [0.1, 0.72, 0.1] } }),
  teacups: wrap('#dde1da', pick('celadon', 'persimmon', 'white'), (S, v) => { board(S, [0, 0, 0.1], [3.3, 0.1, 1.6], '#7b5a3c', 0.04); for (const [x, z] of [[-0.95, 0.1], [0, -0.1], [0.95, 0.12]]) { pot(S, 'teacup', [x, 0.1, z], G(v), 0.9); liquid(S, [x, 0.5, z], 0.36, '#cfa94c'); } pot(S, 'teacup', [0.5, 0.1, 0.62], G(v), 0.86); }, { shot: { look: [0, 0.42, 0.1], fov: 22 } }),
  teapot: wrap('#d9d1c4', pick('sand', 'celadon', 'iron'), (S, v) => { linen(S, '#cfc4b0', 0.06); pot(S, 'teapot', [-0.1, 0.02, 0], G(v), 1.25); pot(S, 'lid', [-0.1, 1.06, 0], G(v), 0.86); spout(S, [-0.75, 0.55, 0], G(v), Math.PI, 1.15); handle(S, [0.62, 0.6, 0], G(v), { r: 0.06, out: 0.5, h: 0.7 }); pot(S, 'teacup', [0.95, 0.02, 1.0], G(v), 0.75); liquid(S, [0.95, 0.35, 1.0], 0.3, '#b5651d'); }, { shot: { look: [0.05, 0.62, 0.1] }, detail: { eye: [-1.6, 1.8, 4.4], look: [-0.15, 0.6, 0.1] } }),
  pitcher: wrap('#e3e6e2', pick('white', 'celadon'), (S, v) => { const m = G(v); pot(S, 'pitcher', [-0.3, 0, 0.1], m, 1.4); handle(S, [0.28, 0.62, 0.1], G(v), { r: 0.05, out: 0.4, h: 0.6 }); pot(S, 'teacup', [0.95, 0, 0.75], G(v), 0.7); liquid(S, [0.95, 0.32, 0.75], 0.28, '#d5b24f'); }, { table: '#a98560', shot: { look: [0.15, 0.6, 0.1], fov: 22 } }),
  roundvase: wrap('#e0d6c8', pick('oat', 'iron', 'celadon'), (S, v) => { pot(S, 'roundvase', [-0.1, 0, 0], G(v), 1.05); branch(S, [-0.1, 1.5, 0], 0.85); }, { table: '#b8966e', shot: { eye: [0.2, 2.0, 7.6], look: [0.05, 1.35, 0], fov: 27 }, detail: { eye: [1.2, 1.5, 4.6], look: [0, 0.9, 0], fov: 22 } }),
  qinghua: wrap('#e4e4df', { qinghua: ['青花', 'qinghua'] }, (S) => { pot(S, 'longvase', [-0.45, 0, -0.1], glaze('#eef1f0', { paint: brush, coat: 1, seed: 'q1' }), 1.05); pot(S, 'roundvase', [0.85, 0, 0.25], glaze('#eef1f0', { paint: brush, coat: 1, seed: 'q2' }), 0.72); }, { table: '#8c6b4a', shot: { eye: [0.2, 2.2, 7.6], look: [0.1, 0.98, 0], fov: 25 }, detail: { eye: [1.5, 1.5, 4.4], look: [0.3, 0.7, 0.1], fov: 21 } }),
  canister: wrap('#e2dccf', pick('oat', 'blue', 'persimmon'), (S, v) => { pot(S, 'jarbody', [-0.5, 0, -0.1], G(v), 1.15); pot(S, 'lid', [-0.5, 1.18, -0.1], stuff('#b18a5a', 0.7), 1.12); pot(S, 'jarbody', [0.8, 0, 0.3], G(v), 0.85); pot(S, 'lid', [0.8, 0.87, 0.3], stuff('#b18a5a', 0.7), 0.84); heap(S, leafShape(0.24, 0.07, 0.03), ['#55683a', '#7a8a4a'], 60, { at: [0.1, 0, 1.2], r: 0.4, h: 0.06, seed: 'can', flat: 0.4 }); }, { table: '#c3a276', shot: { look: [0.1, 0.7, 0.1] } }),
  sake: wrap('#d5d3cc', pick('iron', 'white', 'blue'), (S, v) => { board(S, [0.05, 0, 0.15], [2.6, 0.08, 1.7], '#6b4e36', -0.08); pot(S, 'sake', [-0.4, 0.08, 0], G(v), 1.22); for (const [x, z] of [[0.6, 0.15], [0.3, 0.75]]) pot(S, 'teacup', [x, 0.08, z], G(v), 0.62); }, { shot: { look: [0, 0.7, 0.1], fov: 22 } }),
  dripper: wrap('#ddd8d0', pick('white', 'iron', 'persimmon'), (S, v) => { pot(S, 'pitcher', [-0.1, 0, 0.05], glaze('#f2f0ea', { coat: 1 }), 1.3); put(S, lathe([[0.1, 0], [0.62, 0, 1], [0.62, 0.05, 1], [0.1, 0.06]]), G(v), [-0.1, 1.06, 0.05]); pot(S, 'dripper', [-0.1, 0.72, 0.05], G(v), 1.2); handle(S, [0.32, 1.5, 0.05], G(v), { r: 0.05, out: 0.34, h: 0.46 }); heap(S, new THREE.SphereGeometry(0.07, 10, 8), ['#3d2414', '#54321c'], 60, { at: [1.0, 0, 0.9], r: 0.36, h: 0.16, seed: 'bean2' }); }, { table: '#a17d58', shot: { look: [0.15, 0.95, 0.1], fov: 25 } }),
  dishes: wrap('#e5dfd5', { mixed: ['五色', 'mixed'] }, (S) => { linen(S, '#f1ece1', 0.05); [['celadon', -1.0, 0.35], ['persimmon', 0.05, -0.35], ['blue', 1.1, 0.2], ['oat', -0.35, 1.05], ['iron', 0.7, 1.1]].forEach(([k, x, z]) => pot(S, 'dish', [x, 0.02, z], G(k), 1.0)); }, { shot: { eye: [0.1, 3.6, 6.4], look: [0.05, 0.1, 0.3], fov: 25 }, detail: { eye: [1, 2.4, 4.2], look: [0.3, 0.1, 0.5], fov: 22 } }),
  planter: wrap('#dfe3d6', pick('sand', 'white', 'blue'), (S, v) => { pot(S, 'pot', [-0.2, 0, 0], G(v), 1.15); put(S, new THREE.CylinderGeometry(0.68, 0.66, 0.05, 40), stuff('#4a3726', 1), [-0.2, 1.12, 0]); const d = dice('plant'); for (let i = 0; i < 26; i++) { const a = i * 2.4, k = 0.15 + 0.38 * (i / 26), t = 1.2 - i * 0.02; put(S, leafShape(0.85, 0.36, 0.2), stuff(new THREE.Color('#5f8a52').multiplyScalar(d(0.75, 1.2)), 0.5, { side: 2 }), [-0.2 + Math.cos(a) * k * 1.25, 1.62 - i * 0.012 + d(-.1, .1), -Math.sin(a) * k * 1.25], [0, a, t - 0.45 + d(-.15, .15)]); } pot(S, 'saucer', [-0.2, 0, 0], G(v), 0.95); }, { table: '#bf9c70', shot: { eye: [0.2, 2.3, 7.6], look: [0, 1.02, 0], fov: 25 } }),
};
export const cover = { wall: '#ddd6c8', build(S) { sweep(S, { wall: '#dcd5c6', table: '#a98560', seam: true, grain: 7 }); pot(S, 'roundvase', [1.2, 0, -0.6], G('oat'), 0.95); branch(S, [1.2, 1.36, -0.6], 0.7); pot(S, 'teapot', [2.6, 0, -0.3], G('celadon'), 1.05); pot(S, 'lid', [2.6, 0.88, -0.3], G('celadon'), 0.72); spout(S, [2.05, 0.46, -0.3], G('celadon'), Math.PI, 0.95); handle(S, [3.2, 0.5, -0.3], G('celadon'), { r: 0.05, out: 0.4, h: 0.6 }); pot(S, 'teacup', [1.6, 0, 0.7], G('celadon'), 0.62); pot(S, 'bowl', [3.5, 0, 0.75], G('persimmon'), 0.62); pot(S, 'mug', [2.6, 0, 0.95], G('blue'), 0.72); handle(S, [2.94, 0.36, 0.95], G('blue'), { r: 0.036, out: 0.24, h: 0.4 }); } };
