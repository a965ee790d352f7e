// Tea: tins and pouches with their leaves, cakes, cups.
import * as THREE from 'three';
import { dice, tau, stuff, glazed, put, group, lathe, print, sweep, vertical, SERIF, SANS, windowBars } from '../stage.js';
import { tin, pouch, pot, glaze, liquid, heap, leafShape, board, handle, spout, jar, box } from '../forms.js';

const curl = () => leafShape(0.2, 0.055, 0.03), flat = () => leafShape(0.26, 0.07, 0.01), needle = () => leafShape(0.3, 0.05, 0.012);
const pellet = () => new THREE.IcosahedronGeometry(0.05, 1);
const paperPouch = (S, at, ink, name, latin, turn = -0.2, bg = '#d9c3a0') => pouch(S, at, (g, w, h) => {
  g.fillStyle = bg; g.fillRect(0, 0, w, h);
  const d = dice(name); for (let i = 0; i < 900; i++) { g.strokeStyle = `rgba(90,60,20,${d(0, 0.08)})`; const x = d(0, w), y = d(0, h); g.beginPath(); g.moveTo(x, y); g.lineTo(x + d(-16, 16), y + d(-8, 8)); g.stroke(); }
  g.fillStyle = '#f7f1e4'; g.fillRect(w * 0.3, h * 0.2, w * 0.4, h * 0.58);
  g.fillStyle = ink; vertical(g, name, w / 2, h * 0.26, Math.min(92, h * 0.4 / name.length), SERIF, 700);
  g.font = `500 22px ${SANS}`; g.textAlign = 'center'; g.fillText(latin, w / 2, h * 0.725);
}, { turn, rough: 0.85, back: bg });

/** A tea in its tin, a pouch behind, leaves on a dish and a cup of the brew. */
function set({ name, latin, color, ink, lid, geo, leaves, n = 520, brew, wall, table, seed, pouchBg, withPouch = true, extra }) {
  return {
    wall, build(S) {
      sweep(S, { wall, table, seam: !!table, grain: 3 });
      tin(S, [-0.55, 0, -0.15], color, { name, latin, ink, seal: '山' }, { lid, turn: 0.12, r: 0.56, h: 1.42 });
      if (withPouch) paperPouch(S, [0.62, 0, -0.75], ink, name, latin, -0.16, pouchBg);
      pot(S, 'saucer', [0.55, 0, 0.95], glazed('#f2ede2'), 0.98);
      heap(S, geo(), leaves, n, { at: [0.55, 0.07, 0.95], r: 0.52, h: 0.26, seed, flat: 0.7 });
      heap(S, geo(), leaves, 26, { at: [-0.5, 0.0, 1.15], r: 0.5, h: 0.01, seed: seed + 's', flat: 0.25 });
      if (brew) { pot(S, 'teacup', [1.45, 0, 0.15], glazed('#f6f2ea'), 0.8); liquid(S, [1.45, 0.36, 0.15], 0.33, brew); }
      extra?.(S);
    },
    shot: { eye: [0.3, 2.5, 7.4], look: [0.22, 0.72, 0.1] },
    detail: { eye: [1.5, 2.1, 4.6], look: [0.62, 0.2, 0.8], fov: 20 },
  };
}
function cake(S, at, name, color, inkc, { r = 1, turn = 0, tilt = -0.28 } = {}) {
  const g = group(S, at, [tilt, turn, 0]), body = group(g, [0, r, 0], [Math.PI / 2, 0, 0]);
  const paper = print(900, 900, (c, w) => {
    c.fillStyle = color; c.fillRect(0, 0, w, w); const m = w / 2, d = dice(name);
    for (let i = 0; i < 120; i++) { const a = d(0, tau); c.strokeStyle = `rgba(90,70,40,${d(0.02, 0.1)})`; c.lineWidth = d(1, 4); c.beginPath(); c.moveTo(m + Math.cos(a) * m, m + Math.sin(a) * m); c.lineTo(m + Math.cos(a) * m * d(0.5, 0.85), m + Math.sin(a) * m * d(0.5, 0.85)); c.stroke(); }
    c.strokeStyle = inkc; c.lineWidth = 5; c.beginPath(); c.arc(m, m, m * 0.72, 0, tau); c.stroke(); c.lineWidth = 2; c.beginPath(); c.arc(m, m, m * 0.68, 0, tau); c.stroke();
    c.fillStyle = inkc; vertical(c, name, m, m - name.length * 62, 108, SERIF, 800);
    c.font = `600 34px ${SERIF}`; c.textAlign = 'center'; c.fillText('山南茶舍', m, m + m * 0.52);
  });
  const geo = lathe([[0, -0.14], [r * 0.7, -0.15], [r * 0.95, -0.08], [r, 0], [r * 0.93, 0.09], [r * 0.6, 0.17], [0, 0.19]]), p = geo.attributes.position, uv = geo.attributes.uv;
  for (let i = 0; i < p.count; i++) uv.setXY(i, 0.5 + p.getX(i) / r / 2.05, 0.5 - p.getZ(i) / r / 2.05);
  put(body, geo, stuff(0xffffff, 0.9, { map: paper, side: THREE.DoubleSide }));
  return g;
}
const gaiwan = (S, at, color, s = 1, open = false, paint = null) => {
  const m = () => glaze(color, { paint, coat: 1, rough: 0.2 });
  pot(S, 'saucer', at, m(), s); pot(S, 'teacup', [at[0], at[1] + 0.07 * s, at[2]], m(), s * 1.15);
  if (open) pot(S, 'lid', [at[0] + 0.8 * s, 0.2 * s, at[2] + 0.3 * s], m(), s * 1.08, [0.2, 0, -1.1]);
  else pot(S, 'lid', [at[0], at[1] + 0.68 * s, at[2]], m(), s * 1.05);
};

export const scenes = {
  longjing: set({ name: '明前龙井', latin: 'LONGJING GREEN TEA', color: '#5f7d4b', ink: '#2f4a2a', lid: '#54703f', geo: flat, leaves: ['#8d9a4a', '#a3ab59', '#7b8a3c', '#b4b56c'], brew: '#cfd06a', wall: '#e3e3d0', table: '#c7a67a', seed: 'lj', pouchBg: '#cfd3b0' }),
  biluochun: set({ name: '碧螺春', latin: 'BILUOCHUN GREEN TEA', color: '#8fa88f', ink: '#33533f', lid: '#d9d4c3', geo: curl, leaves: ['#55683a', '#66794a', '#87935f', '#c3c6a2'], brew: '#d7db86', wall: '#dfe5dc', seed: 'blc', pouchBg: '#d8dccb' }),
  jasmine: set({ name: '茉莉花茶', latin: 'JASMINE TEA', color: '#f0ead8', ink: '#4a6350', lid: '#9db29a', geo: curl, leaves: ['#5a6a3c', '#6d7a47', '#7e8a58'], brew: '#e2d382', wall: '#dbe4da', seed: 'ml', pouchBg: '#eee8d6', extra: (S) => { const d = dice('jas'); for (let i = 0; i < 16; i++) { const g = group(S, [0.55 + d(-0.42, 0.42), 0.26, 0.95 + d(-0.4, 0.4)], [d(-0.5, 0.5), d(0, 6), d(-0.5, 0.5)], 0.5); for (let j = 0; j < 6; j++) put(g, leafShape(0.24, 0.13, 0.06), stuff('#fffdf4', 0.7, { side: 2 }), [Math.cos(j / 6 * tau) * 0.11, 0, Math.sin(j / 6 * tau) * 0.11], [0, -j / 6 * tau, 0.25]); put(g, new THREE.SphereGeometry(0.04, 10, 8), stuff('#f1e7a8', 0.8)); } } }),
  dianhong: set({ name: '滇红金芽', latin: 'YUNNAN BLACK TEA', color: '#9c3a2c', ink: '#6a2018', lid: '#8a2f24', geo: needle, leaves: ['#b7812f', '#8a5620', '#4b2b14', '#c99a45'], brew: '#b5481c', wall: '#ead9c8', table: '#8e6240', seed: 'dh', pouchBg: '#d9b08c' }),
  tongmu: set({ name: '桐木红茶', latin: 'TONGMU BLACK TEA', color: '#4a2f28', ink: '#4a2f28', lid: '#b28a58', geo: curl, leaves: ['#2e1c14', '#40271a', '#543423'], brew: '#a63f17', wall: '#e0d3c4', seed: 'tm', pouchBg: '#c9b190' }),
  tieguanyin: set({ name: '铁观音', latin: 'TIEGUANYIN OOLONG', color: '#2f5a52', ink: '#1f453e', lid: '#c2a15c', geo: pellet, leaves: ['#4c5c32', '#5d6d3a', '#3e4a28', '#748048'], n: 420, brew: '#d8c45c', wall: '#dde2da', table: '#b08c62', seed: 'tgy', pouchBg: '#c8d0bf' }),
  dahongpao: set({ name: '大红袍', latin: 'DA HONG PAO ROCK TEA', color: '#7d2a26', ink: '#5c1b19', lid: '#3a2a24', geo: needle, leaves: ['#33261c', '#463426', '#5a4430'], brew: '#b8581d', wall: '#dccdc0', seed: 'dhp', pouchBg: '#c7a98b' }),
  dancong: set({ name: '凤凰单丛', latin: 'PHOENIX DANCONG', color: '#d8a24a', ink: '#7a4d15', lid: '#c58f38', geo: needle, leaves: ['#4d3a22', '#66502c', '#7c6438'], brew: '#d99a35', wall: '#efe2c8', seed: 'dc', pouchBg: '#e2c894' }),
  osmanthus: set({ name: '桂花乌龙', latin: 'OSMANTHUS OOLONG', color: '#e9c66d', ink: '#7c5414', lid: '#fbf3df', geo: pellet, leaves: ['#4f5a30', '#626d3b', '#6e5f35'], n: 380, brew: '#e0a93c', wall: '#f2e6c9', table: '#c9a06a', seed: 'gh', pouchBg: '#eed9a0', extra: (S) => { heap(S, new THREE.OctahedronGeometry(0.028), ['#f2b233', '#f7c957', '#e89c22'], 130, { at: [0.55, 0.22, 0.95], r: 0.46, h: 0.16, seed: 'osm' }); heap(S, new THREE.OctahedronGeometry(0.026), ['#f2b233', '#f7c957'], 50, { at: [-0.4, 0, 1.2], r: 0.6, h: 0.01, seed: 'osm2' }); } }),
  puer: { wall: '#d9cbb8', build(S) { sweep(S, { wall: '#d9cbb8', table: '#7c5a3c', seam: true, grain: 5 }); cake(S, [-0.35, 0, -0.4], '普洱熟茶', '#e8d9b8', '#7b2b1e', { r: 1.05, turn: 0.15 }); heap(S, needle(), ['#3b2417', '#523422', '#2c1a10'], 420, { at: [0.95, 0, 0.75], r: 0.5, h: 0.3, seed: 'pu' }); pot(S, 'teacup', [-0.75, 0, 1.05], glazed('#f4efe4'), 0.95); liquid(S, [-0.75, 0.43, 1.05], 0.39, '#5b1c0c'); put(S, new THREE.CylinderGeometry(0.02, 0.035, 1.1, 10), stuff('#8a8378', 0.35, { metalness: 0.9 }), [0.55, 0.06, 1.35], [0, 0.4, Math.PI / 2]); }, shot: { eye: [0.4, 2.4, 7.4], look: [0.1, 0.85, 0] }, detail: { eye: [1.6, 1.8, 4.6], look: [0.5, 0.35, 0.6], fov: 21 } },
  whitecake: { wall: '#e9e4d8', build(S) { sweep(S, { wall: '#e9e4d8' }); cake(S, [-0.5, 0, -0.5], '老白茶', '#f3efe2', '#3f5a4a', { r: 0.98, turn: 0.22 }); cake(S, [0.75, 0, -0.75], '老白茶', '#f3efe2', '#3f5a4a', { r: 0.8, turn: -0.25, tilt: -0.35 }); pot(S, 'saucer', [0.35, 0, 0.85], glazed('#dfe3d6'), 0.95); heap(S, flat(), ['#7c7a55', '#98966c', '#5f5c3c', '#c9c8a8'], 300, { at: [0.35, 0.06, 0.85], r: 0.48, h: 0.26, seed: 'wc' }); pot(S, 'teacup', [-0.85, 0, 0.9], glazed('#f6f4ee'), 0.85); liquid(S, [-0.85, 0.39, 0.9], 0.35, '#d39a3d'); }, shot: { eye: [0.2, 2.4, 7.4], look: [0.05, 0.8, 0] }, detail: { eye: [-0.9, 1.9, 4.8], look: [-0.1, 0.35, 0.6], fov: 22 } },
  chenpi: { wall: '#ecd9bd', build(S) { sweep(S, { wall: '#ecd9bd', table: '#a77c4d', seam: true, grain: 2 }); jar(S, [-0.45, 0, -0.3], { r: 0.66, h: 1.35, fill: (g, r, h) => { for (let i = 0; i < 5; i++) heap(g, leafShape(0.42, 0.34, 0.1), ['#a3571c', '#8a4516', '#bd6a25', '#6d3410'], 46, { at: [0, i * h / 5.4, 0], r: r * 0.86, h: 0.12, seed: 'cp' + i, flat: 0.6 }); }, label: { name: '陈皮普洱', brand: '山南茶舍', latin: 'CHENPI PU’ER', ink: '#7a3b12' } }); pot(S, 'saucer', [0.85, 0, 0.7], glazed('#efe7d6'), 1); heap(S, leafShape(0.36, 0.26, 0.1), ['#a3571c', '#bd6a25', '#8a4516'], 22, { at: [0.85, 0.08, 0.7], r: 0.45, h: 0.2, seed: 'cp9', flat: 0.5 }); heap(S, needle(), ['#3b2417', '#523422'], 120, { at: [0.85, 0.08, 0.7], r: 0.45, h: 0.12, seed: 'cp8' }); pot(S, 'teacup', [1.3, 0, -0.4], glazed('#f6f2ea'), 0.85); liquid(S, [1.3, 0.39, -0.4], 0.35, '#7a2a0c'); }, shot: { eye: [0.3, 2.4, 7.2], look: [0.15, 0.72, 0] }, detail: { eye: [1.8, 1.9, 4.6], look: [0.6, 0.4, 0.4], fov: 22 } },
  gaiwan: { wall: '#dde1db', variants: { white: ['白瓷', '#f6f4ee'], celadon: ['青釉', '#a9c3b1'], rose: ['藕粉', '#e3c4bd'] }, build(S, v = 'white') { const c = this.variants[v][1]; sweep(S, { wall: '#d9ddd6' }); board(S, [0, 0, 0.1], [3.1, 0.12, 1.7], '#8c6a48', 0.08); gaiwan(S, [-0.35, 0.12, 0.1], c, 1.05); for (const [x, z] of [[0.75, 0.45], [1.05, -0.25]]) { pot(S, 'teacup', [x, 0.12, z], glaze(c, { coat: 1 }), 0.62); liquid(S, [x, 0.4, z], 0.25, '#d3b45a'); } }, shot: { eye: [0.3, 2.6, 6.6], look: [0.2, 0.48, 0.1], fov: 22 }, detail: { eye: [-1.2, 2.2, 4], look: [-0.2, 0.5, 0.1], fov: 20 } },
};
export const cover = { wall: '#dfe0d2', build(S) { sweep(S, { wall: '#dcdfd0', table: '#b8966a', seam: true, grain: 3 }); tin(S, [1.0, 0, -0.5], '#5f7d4b', { name: '明前龙井', latin: 'LONGJING GREEN TEA', ink: '#2f4a2a', seal: '山' }, { lid: '#54703f', h: 1.42, r: 0.5 }); tin(S, [2.15, 0, -0.3], '#9c3a2c', { name: '滇红金芽', latin: 'YUNNAN BLACK TEA', ink: '#6a2018', seal: '山' }, { lid: '#8a2f24', h: 1.2, r: 0.46, turn: -0.2 }); cake(S, [3.2, 0, -1.1], '普洱熟茶', '#e8d9b8', '#7b2b1e', { r: 0.9, turn: -0.35 }); gaiwan(S, [1.7, 0, 0.75], '#f6f4ee', 0.9); pot(S, 'saucer', [2.9, 0, 0.7], glazed('#efe9dc'), 0.9); heap(S, flat(), ['#8d9a4a', '#a3ab59', '#7b8a3c'], 300, { at: [2.9, 0.06, 0.7], r: 0.45, h: 0.22, seed: 'cv' }); } };
