// Shoes: a pair at three quarters, one tint of paper for each kind.
import { sweep, group } from '../stage.js';
import { shoe } from '../shoe.js';

/** variants: key → [Chinese colour name, look]. The first is the main picture. */
function pair(kind, wall, variants, { shot, second = 'behind', scale = 1, base = {} } = {}) {
  return {
    wall, variants,
    build(S, v = Object.keys(variants)[0]) {
      const look = { ...base, ...variants[v][1] };
      sweep(S, { wall });
      const g = group(S, [0.05, 0, 0.2], [0, -0.42, 0], scale);
      shoe(g, kind, look, [0.1, 0, 0.55], 0);
      if (second === 'behind') shoe(g, kind, look, [-0.25, 0, -0.85], 0.28);
      else shoe(g, kind, look, [-0.15, 0, -0.95], Math.PI - 0.3);
    },
    shot: { eye: [0.2, 2.7, 7.6], look: [0.05, 0.5, 0], fov: 25, ...shot },
    detail: { eye: [1.6, 2.0, 4.4], look: [0.55, 0.5, 0.75], fov: 24 },
  };
}
const tall = { look: [0.02, 0.82, 0], fov: 28 };
const rubber = { sole: '#f6f3ec' };
export const scenes = {
  white: pair('low', '#dfe3e4', { green: ['白/墨绿', { heel: '#2f5a48' }], tan: ['白/驼色', { heel: '#b98a5c' }], pink: ['白/浅粉', { heel: '#e2b4ac' }] }, { base: { upper: '#f5f2ec', panel: '#fbf9f5', sole: '#f1ece2', stitch: 'rgba(120,110,95,.35)', lining: '#e8ded0', rough: 0.5 } }),
  canvas: pair('low', '#e8e2d2', { navy: ['藏青', { upper: '#31466b' }], wheat: ['小麦', { upper: '#d6b98a' }], brick: ['砖红', { upper: '#a4493a' }] }, { base: { weave: true, sole: '#f4efe2', stripe: '#b54a3a', toe: '#f4efe2', lace: '#f7f3ea', stitch: 'rgba(255,255,255,.6)', rough: 0.9 } }),
  canvashigh: pair('high', '#e6dcd0', { black: ['黑色', { upper: '#2c2c2e' }], cream: ['米白', { upper: '#ece2cc', stitch: 'rgba(140,110,70,.5)' }], moss: ['苔绿', { upper: '#6b7448' }] }, { shot: tall, scale: 0.96, base: { weave: true, sole: '#f5f1e6', stripe: '#31466b', toe: '#f5f1e6', lace: '#f7f3ea', rough: 0.9 } }),
  runner: pair('runner', '#dde5ea', { sky: ['晴空蓝', { upper: '#9dbfd6', panel: '#7ba7c6', toe: '#8cb3cf', heel: '#34597d', side: '#ffffff' }], coral: ['珊瑚', { upper: '#f0a08a', panel: '#e98b73', toe: '#ec947d', heel: '#b04e3d', side: '#fff4e6' }], stone: ['岩灰', { upper: '#a9adb0', panel: '#8f9498', toe: '#989da1', heel: '#4e5357', side: '#f2e6c8' }] }, { second: 'turned', base: { weave: true, sole: '#f7f6f2', lace: '#ffffff', rough: 0.85 } }),
  loafer: pair('loafer', '#e4d8c8', { cognac: ['干邑棕', { upper: '#8d5430', band: '#7d4828' }], black: ['黑色', { upper: '#2a2523', band: '#231f1d' }], oat: ['燕麦', { upper: '#d4bf9f', band: '#c5ad88' }] }, { base: { sole: '#4a3526', heelBlock: '#3d2c20', apron: true, lining: '#d8bf9a', rough: 0.35, coat: 0.35, stitch: 'rgba(255,235,200,.45)' } }),
  chelsea: pair('chelsea', '#dccfc2', { tan: ['焦糖', { upper: '#a1693c', elastic: '#5b3c25' }], black: ['黑色', { upper: '#272423', elastic: '#111' }] }, { shot: tall, scale: 0.92, base: { sole: '#3b2c22', heelBlock: '#2f241c', lining: '#cbb08a', rough: 0.4, coat: 0.25 } }),
  derby: pair('derby', '#d8d7d2', { black: ['黑色', { upper: '#26231f', panel: '#2d2925' }], brown: ['深棕', { upper: '#58372a', panel: '#4f3024' }] }, { base: { sole: '#3a2b20', heelBlock: '#2b211a', lace: '#1c1917', lining: '#c8ad86', rough: 0.28, coat: 0.6, toe: undefined, stitch: 'rgba(255,240,220,.28)' } }),
  cloth: pair('cloth', '#e9e3d6', { ink: ['墨黑', { upper: '#2b2b2d' }], indigo: ['靛蓝', { upper: '#34507a' }] }, { base: { weave: true, sole: '#f0e9d8', trim: '#f5f0e4', lining: '#f2ead9', insole: '#efe4cc', rough: 0.95 } }),
  slipper: pair('slipper', '#eee0d6', { oat: ['燕麦', { upper: '#e3d2b8', insole: '#f0e6d4' }], rose: ['豆沙', { upper: '#c99088', insole: '#e9cfc7' }], grey: ['雾灰', { upper: '#aab0b3', insole: '#d9dcdc' }] }, { shot: { look: [0.05, 0.38, 0.05], fov: 23 }, base: { sole: '#efe8da', lining: '#f4ecdf', rough: 1, bump: 3 } }),
  slide: pair('slide', '#dbe8e4', { mint: ['薄荷', { upper: '#8fc1ad', sole: '#9fcdba', insole: '#aed6c5' }], sand: ['沙色', { upper: '#d3bb97', sole: '#dcc7a6', insole: '#e4d2b6' }], ink: ['墨色', { upper: '#3c4347', sole: '#454d51', insole: '#525a5e' }] }, { shot: { look: [0.05, 0.36, 0.05], fov: 23 }, base: { rough: 0.75, lining: '#ffffff' } }),
  rain: pair('rain', '#dfe6e2', { mustard: ['芥末黄', { upper: '#e0ac2f', sole: '#f0e6cf' }], forest: ['松绿', { upper: '#2f5d4a', sole: '#e8e2cf' }] }, { shot: { look: [0.02, 1.05, 0], fov: 32 }, scale: 0.9, base: { rough: 0.25, coat: 0.8, lining: '#efe6d2', seam: false } }),
  hiker: pair('hiker', '#dad7c6', { sand: ['沙岩', { upper: '#b39a72', panel: '#8a724e', toe: '#6f5a3d', heel: '#6f5a3d' }], pine: ['松林', { upper: '#66705a', panel: '#4a5441', toe: '#3b4434', heel: '#3b4434' }] }, { shot: { look: [0.02, 0.66, 0], fov: 26 }, second: 'turned', base: { sole: '#4d463d', tread: '#38332c', stripe: '#d0652f', lace: '#d0652f', rough: 0.8, weave: true } }),
  kid: pair('kid', '#fbe9d0', { sunny: ['太阳黄', { upper: '#f3c34f', strap: '#ffffff', toe: '#fdf6e6', heel: '#e79a3a' }], sky: ['天空蓝', { upper: '#8cc0de', strap: '#ffffff', toe: '#fdf6e6', heel: '#4b87b0' }], berry: ['莓果粉', { upper: '#eea3ae', strap: '#ffffff', toe: '#fdf6e6', heel: '#cd6478' }] }, { scale: 0.92, base: { sole: '#fdf8ee', rough: 0.7, weave: true } }),
};
export const cover = { wall: '#e3ddd2', build(S) { sweep(S, { wall: '#e2dcd0' }); const g = group(S, [0, 0, 0], [0, 0, 0], 0.78); shoe(g, 'chelsea', { upper: '#a1693c', elastic: '#5b3c25', sole: '#3b2c22', lining: '#cbb08a', rough: 0.4, coat: 0.25 }, [2.1, 0, -1.3], -0.35); shoe(g, 'low', { upper: '#31466b', weave: true, sole: '#f4efe2', stripe: '#b54a3a', toe: '#f4efe2', rough: 0.9 }, [2.4, 0, 0.6], -0.3); shoe(g, 'runner', { upper: '#9dbfd6', panel: '#7ba7c6', toe: '#8cb3cf', heel: '#34597d', side: '#fff', weave: true, sole: '#f7f6f2', rough: 0.85 }, [4.4, 0, -0.4], -0.42); } };
