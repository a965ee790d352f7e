// Things that stand on the table: tins, pouches, boxes, jars, cups, books, leaves.
import * as THREE from 'three';
import { dice, tau, stuff, glazed, put, group, lathe, print, fit, vertical, relief, SANS, SERIF } from './stage.js';

const rounded = (g, x, y, w, h, r) => { g.beginPath(); g.roundRect(x, y, w, h, r); };

/** The face of a label: name set upright, a seal, a thin frame. */
function labelFace(g, x, y, w, h, L) {
  g.save();
  g.translate(x, y);
  g.fillStyle = L.paper ?? '#f6f0e2'; rounded(g, 0, 0, w, h, L.round ?? 6); g.fill();
  g.strokeStyle = L.ink; g.globalAlpha = 0.5; g.lineWidth = Math.max(1.5, w * 0.008);
  rounded(g, w * 0.05, w * 0.05, w * 0.9, h - w * 0.1, L.round ?? 3); g.stroke();
  g.globalAlpha = 1;
  g.fillStyle = L.ink;
  const size = Math.min(w * 0.27, (h * 0.62) / (L.name.length * 1.14));
  vertical(g, L.name, w * 0.5, h * 0.12, size, SERIF, 600);
  g.font = `500 ${w * 0.062}px ${SANS}`; g.textAlign = 'center'; g.textBaseline = 'middle';
  g.globalAlpha = 0.75; g.fillText(L.latin ?? '', w * 0.5, h * 0.9); g.globalAlpha = 1;
  g.fillStyle = '#b23a2b'; rounded(g, w * 0.435, h * 0.785, w * 0.13, w * 0.13, 4); g.fill();
  g.fillStyle = '#fff'; g.font = `700 ${w * 0.09}px ${SERIF}`; g.fillText(L.seal ?? '茶', w * 0.5, h * 0.785 + w * 0.067);
  g.restore();
}

/** A tea tin with a wrapped label. L: {name, latin, ink, paper, seal}. */
export function tin(parent, at, color, L, { r = 0.5, h = 1.25, lid = null, turn = 0 } = {}) {
  const g = group(parent, at, [0, turn, 0]);
  const map = print(2048, 820, (c, w, hh) => {
    c.fillStyle = color; c.fillRect(0, 0, w, hh);
    c.strokeStyle = 'rgba(255,255,255,.13)'; c.lineWidth = 3;
    for (let i = 0; i < 40; i++) { c.beginPath(); c.arc((i % 20) * 110, hh * (i < 20 ? 0.1 : 0.9), 60, 0, tau); c.stroke(); }
    labelFace(c, w / 2 - 225, hh * 0.1, 450, hh * 0.8, L);
  });
  put(g, new THREE.CylinderGeometry(r, r, h, 72, 1, true), stuff(0xffffff, 0.42, { map, metalness: 0.1 }), [0, h / 2, 0], [0, Math.PI, 0]);
  const cap = stuff(lid ?? color, 0.34, { metalness: 0.25 });
  put(g, lathe([[0, 0], [r * 0.98, 0, 1], [r * 1.02, 0.03, 1], [r * 1.02, 0.2], [r * 0.985, 0.255], [r * 0.9, 0.27, 1], [0, 0.28]]), cap, [0, h - 0.005, 0]);
  put(g, lathe([[r * 1.005, 0, 1], [r * 1.015, 0.02, 1], [r, 0.05]]), cap);
  return g;
}

/** A stand-up pouch; draw(ctx,w,h) prints its front on 640 x 900. */
export function pouch(parent, at, draw, { w = 1.25, h = 1.75, d = 0.3, turn = 0, lean = -0.06, rough = 0.55, back = '#e8dcc6', scale = 1 } = {}) {
  const g = group(parent, at, [lean, turn, 0], scale);
  const map = print(640, 900, draw);
  const make = (side) => {
    const geo = new THREE.PlaneGeometry(w, h, 40, 56), p = geo.attributes.position;
    for (let i = 0; i < p.count; i++) {
      const x = p.getX(i) / (w / 2), y = p.getY(i) / h + 0.5;
      const fat = Math.pow(Math.max(0, 1 - x * x), 0.55) * Math.pow(Math.max(0, Math.cos(Math.max(0, (y - 0.12) / 0.8) * Math.PI / 2)), 0.7) * (y > 0.92 ? 0 : 1);
      const foot = y < 0.16 ? Math.sqrt(Math.max(0, 1 - ((0.16 - y) / 0.16) ** 2)) * 0.25 + 0.75 : 1;
      const fold = 0.012 * Math.sin(x * 9 + y * 5) * fat;
      p.setZ(i, side * (d * fat * foot + fold + 0.004));
      p.setX(i, p.getX(i) * (1 - 0.045 * Math.sin(Math.min(1, y) * Math.PI)));
      if (y > 0.93) p.setZ(i, side * 0.004 + 0.004 * Math.sin(y * 400));
    }
    geo.translate(0, h / 2, 0);
    geo.computeVertexNormals();
    return geo;
  };
  put(g, make(1), stuff(0xffffff, rough, { map, side: THREE.DoubleSide }));
  put(g, make(-1), stuff(back, rough, { side: THREE.DoubleSide }));
  return g;
}

/** Front of a pouch: colour, name, a picture, a weight. P: {bg, bg2, ink, name, latin, brand, net, picture(ctx,x,y,size)}. */
export function pouchFront(P) {
  return (g, w, h) => {
    g.fillStyle = P.bg; g.fillRect(0, 0, w, h);
    if (P.bg2) {
      g.fillStyle = P.bg2;
      g.beginPath(); g.moveTo(0, h * 0.6); g.bezierCurveTo(w * 0.3, h * 0.5, w * 0.6, h * 0.66, w, h * 0.55); g.lineTo(w, h); g.lineTo(0, h); g.fill();
    }
    g.fillStyle = 'rgba(0,0,0,.05)'; g.fillRect(0, 0, w, h * 0.07);
    g.fillStyle = P.ink; g.textAlign = 'center'; g.textBaseline = 'middle';
    g.font = `600 30px ${SERIF}`; g.fillText(P.brand, w / 2, h * 0.135);
    g.fillRect(w / 2 - 22, h * 0.165, 44, 2);
    fit(g, P.name, SERIF, 112, w * 0.82, 800); g.fillText(P.name, w / 2, h * 0.27);
    g.font = `500 25px ${SANS}`; g.globalAlpha = 0.75; g.fillText(P.latin, w / 2, h * 0.36); g.globalAlpha = 1;
    P.picture?.(g, w / 2, h * 0.63, w * 0.56);
    g.font = `500 24px ${SANS}`; g.fillStyle = P.ink2 ?? P.ink; g.fillText(P.net ?? '', w / 2, h * 0.93);
  };
}
/** Draws an emoji picture that was loaded before. */
export const emoji = (name) => (g, x, y, s) => g.drawImage(globalThis.pictures[name], x - s / 2, y - s / 2, s, s);
export const emojis = (name, places) => (g, x, y, s) => places.forEach(([dx, dy, k, t]) => {
  g.save(); g.translate(x + dx * s, y + dy * s); g.rotate(t ?? 0); g.drawImage(globalThis.pictures[name], -s * k / 2, -s * k / 2, s * k, s * k); g.restore();
});

/** A box with a printed front and top. */
export function box(parent, at, [w, h, d], { side, front, top, turn = 0, tilt = 0, rough = 0.6 }) {
  const plain = () => stuff(side, rough);
  const face = (draw, a, b) => (draw ? stuff(0xffffff, rough, { map: print(Math.round(a * 420), Math.round(b * 420), draw) }) : plain());
  const mats = [plain(), plain(), face(top, w, d), plain(), face(front, w, h), plain()];
  const m = put(parent, new THREE.BoxGeometry(w, h, d), mats, [at[0], at[1] + h / 2, at[2]], [tilt, turn, 0]);
  m.material = mats;
  return m;
}

/** A glass jar with a wooden or metal lid, something in it, and a label. */
export function jar(parent, at, { r = 0.55, h = 1.2, lid = '#b98a5a', fill, label, level = 0.8 }) {
  const g = group(parent, at);
  fill(g, r * 0.86, h * level);
  const glass = stuff(0xf4fbf8, 0.06, { transparent: true, opacity: 0.2, depthWrite: false, clearcoat: 1 });
  const body = put(g, lathe([[0, 0.01], [r * 0.9, 0.01], [r, 0.1], [r, h * 0.86], [r * 0.86, h * 0.97], [r * 0.82, h]]), glass);
  body.castShadow = false; body.renderOrder = 2;
  put(g, lathe([[0, 0], [r * 0.9, 0, 1], [r * 0.9, 0.2, 1], [r * 0.84, 0.24], [0, 0.25]]), stuff(lid, 0.6), [0, h, 0]);
  if (label) {
    const map = print(600, 420, (c, w, hh) => {
      c.fillStyle = label.paper ?? '#fbf6ea'; c.fillRect(0, 0, w, hh);
      c.strokeStyle = label.ink; c.lineWidth = 4; c.strokeRect(16, 16, w - 32, hh - 32);
      c.fillStyle = label.ink; c.textAlign = 'center'; c.textBaseline = 'middle';
      c.font = `500 34px ${SERIF}`; c.fillText(label.brand, w / 2, 84);
      fit(c, label.name, SERIF, 104, w * 0.8, 800); c.fillText(label.name, w / 2, 205);
      c.font = `500 30px ${SANS}`; c.fillText(label.latin, w / 2, 320);
    });
    const arc = 1.5;
    put(g, new THREE.CylinderGeometry(r * 1.005, r * 1.005, h * 0.48, 40, 1, true, -arc / 2, arc), stuff(0xffffff, 0.8, { map }), [0, h * 0.45, 0]);
  }
  return g;
}

/** A leaf with a fold along its middle. */
export function leafShape(l = 0.5, w = 0.2, curl = 0.12) {
  const geo = new THREE.PlaneGeometry(l, w, 12, 4), p = geo.attributes.position;
  for (let i = 0; i < p.count; i++) {
    const x = p.getX(i) / l + 0.5, y = p.getY(i) / (w / 2);
    const half = Math.pow(Math.max(0, Math.sin(Math.PI * Math.pow(Math.max(0, x), 0.8))), 0.9) * (w / 2);
    p.setXYZ(i, (x - 0.5) * l, Math.sin(x * Math.PI) * curl + Math.abs(y) * half * 0.35, y * half);
  }
  geo.computeVertexNormals();
  return geo;
}
export function leaf(parent, at, color, { l = 0.6, w = 0.26, curl = 0.1, turn = [0, 0, 0] } = {}) {
  return put(parent, leafShape(l, w, curl), stuff(color, 0.5, { side: THREE.DoubleSide }), at, turn);
}

/** Many small bodies strewn in a heap, drawn in one go. */
export function heap(parent, geo, colors, n, { at = [0, 0, 0], r = 0.6, h = 0.2, seed = 'heap', size = [0.8, 1.2], rough = 0.7, flat = 1, clearcoat = 0, map = null } = {}) {
  const d = dice(seed);
  const m = new THREE.InstancedMesh(geo, stuff(0xffffff, rough, { side: THREE.DoubleSide, clearcoat, map }), n);
  const o = new THREE.Object3D(), c = new THREE.Color();
  for (let i = 0; i < n; i++) {
    const a = d(0, tau), k = Math.sqrt(d());
    const top = h * Math.max(0, 1 - k * k);
    o.position.set(at[0] + Math.cos(a) * k * r, at[1] + d(0, 1) * top + 0.02, at[2] + Math.sin(a) * k * r);
    o.rotation.set(d(-flat, flat), d(0, tau), d(-flat, flat));
    o.scale.setScalar(d(...size));
    o.updateMatrix();
    m.setMatrixAt(i, o.matrix);
    m.setColorAt(i, c.set(colors[Math.floor(d(0, colors.length))]).multiplyScalar(d(0.85, 1.12)));
  }
  m.castShadow = m.receiveShadow = true;
  parent.add(m);
  return m;
}

/** Bowls, cups and plates by name; wall is folded inwards so they have thickness. */
const profiles = {
  bowl: [[0, 0.06], [0.3, 0.06, 1], [0.32, 0, 1], [0.38, 0, 1], [0.39, 0.1, 1], [0.66, 0.26], [0.86, 0.58], [0.93, 0.86, 1], [0.895, 0.87, 1], [0.8, 0.56], [0.6, 0.28], [0.3, 0.16], [0, 0.13]],
  ramen: [[0, 0.08], [0.34, 0.08, 1], [0.36, 0, 1], [0.43, 0, 1], [0.45, 0.13, 1], [0.8, 0.34], [1.06, 0.7], [1.22, 0.94, 1], [1.18, 0.96, 1], [1.0, 0.7], [0.74, 0.4], [0.4, 0.22], [0, 0.18]],
  plate: [[0, 0.03], [0.62, 0.03, 1], [0.64, 0, 1], [0.7, 0, 1], [0.74, 0.05], [1.05, 0.1], [1.3, 0.2, 1], [1.29, 0.235, 1], [1.04, 0.15], [0.8, 0.1], [0, 0.1]],
  saucer: [[0, 0.02], [0.36, 0.02, 1], [0.37, 0, 1], [0.4, 0], [0.6, 0.08], [0.72, 0.17, 1], [0.7, 0.19, 1], [0.56, 0.1], [0.3, 0.07], [0, 0.07]],
  mug: [[0, 0.04], [0.34, 0.04, 1], [0.36, 0], [0.44, 0.05], [0.47, 0.2], [0.47, 0.95, 1], [0.44, 0.97], [0.415, 0.95, 1], [0.415, 0.2], [0.34, 0.1], [0, 0.09]],
  teacup: [[0, 0.04], [0.17, 0.04, 1], [0.18, 0, 1], [0.22, 0, 1], [0.23, 0.06, 1], [0.38, 0.2], [0.44, 0.42], [0.47, 0.56, 1], [0.45, 0.57, 1], [0.41, 0.42], [0.33, 0.2], [0, 0.1]],
  cup: [[0, 0.03], [0.28, 0.03, 1], [0.3, 0], [0.36, 0.06], [0.41, 0.4], [0.44, 0.78, 1], [0.42, 0.8], [0.4, 0.78, 1], [0.36, 0.3], [0.3, 0.09], [0, 0.08]],
  pitcher: [[0, 0.03], [0.3, 0.03, 1], [0.31, 0], [0.42, 0.14], [0.46, 0.36], [0.38, 0.66], [0.36, 0.8, 1], [0.335, 0.8, 1], [0.35, 0.66], [0.42, 0.36], [0.36, 0.14], [0, 0.08]],
  roundvase: [[0, 0], [0.34, 0, 1], [0.36, 0.03, 1], [0.62, 0.3], [0.72, 0.66], [0.6, 1.02], [0.3, 1.24], [0.2, 1.36], [0.27, 1.5, 1], [0.23, 1.5, 1], [0.17, 1.36], [0.26, 1.22], [0.5, 1.0]],
  longvase: [[0, 0], [0.3, 0, 1], [0.32, 0.03, 1], [0.46, 0.22], [0.52, 0.5], [0.4, 0.84], [0.18, 1.14], [0.12, 1.55], [0.13, 1.95], [0.2, 2.08, 1], [0.16, 2.07, 1], [0.095, 1.9], [0.09, 1.5]],
  sake: [[0, 0], [0.32, 0, 1], [0.34, 0.03, 1], [0.44, 0.24], [0.44, 0.62], [0.28, 0.9], [0.16, 1.06], [0.2, 1.26, 1], [0.16, 1.26, 1], [0.12, 1.06]],
  pot: [[0, 0.03], [0.36, 0.03, 1], [0.38, 0, 1], [0.44, 0, 1], [0.58, 0.5], [0.68, 0.96, 1], [0.72, 0.97, 1], [0.72, 1.1, 1], [0.65, 1.1, 1], [0.62, 0.9], [0.56, 0.84, 1], [0, 0.84]],
  dripper: [[0.1, 0.3], [0.16, 0.32], [0.4, 0.72], [0.56, 1.04, 1], [0.53, 1.05, 1], [0.36, 0.72], [0.1, 0.36]],
  dish: [[0, 0.02], [0.3, 0.02, 1], [0.31, 0, 1], [0.36, 0.01], [0.48, 0.1], [0.52, 0.16, 1], [0.5, 0.17, 1], [0.42, 0.1], [0, 0.06]],
  jarbody: [[0, 0], [0.44, 0, 1], [0.46, 0.03], [0.56, 0.2], [0.58, 0.7], [0.5, 0.98], [0.44, 1.04, 1], [0, 1.04]],
  lid: [[0, 0.3], [0.06, 0.3], [0.1, 0.24], [0.06, 0.16], [0.14, 0.14], [0.4, 0.07], [0.47, 0, 1], [0, 0]],
  teapot: [[0, 0], [0.36, 0, 1], [0.38, 0.03, 1], [0.58, 0.2], [0.66, 0.44], [0.56, 0.68], [0.34, 0.82], [0.28, 0.84, 1], [0, 0.84]],
};
/** A turned pot with a glaze. */
export function pot(parent, kind, at, material, scale = 1, turn = [0, 0, 0]) {
  material.side = THREE.DoubleSide;
  return put(parent, lathe(profiles[kind]), material, at, turn, scale);
}
/** A glaze with speckles, a rim of bare clay, and a slight pool of colour at the foot. paint(g,w,h) may add brush work; v runs up the profile. */
export function glaze(color, { speck = 0, speckColor = '#5b4a36', rim = null, foot = null, paint = null, seed = color, rough = 0.3, coat = 0.85 } = {}) {
  const d = dice('glaze' + seed);
  const map = print(1024, 512, (g, w, h) => {
    g.fillStyle = color; g.fillRect(0, 0, w, h);
    for (let i = 0; i < 160; i++) {
      const y = d(0, h), x = d(0, w), r = d(20, 120);
      const q = g.createRadialGradient(x, y, 0, x, y, r), k = d() < 0.5 ? '255,255,255' : '40,30,20';
      q.addColorStop(0, `rgba(${k},${d(0.01, 0.05)})`); q.addColorStop(1, `rgba(${k},0)`);
      g.fillStyle = q; g.fillRect(x - r, y - r, 2 * r, 2 * r);
    }
    g.fillStyle = speckColor;
    for (let i = 0; i < speck; i++) { g.globalAlpha = d(0.25, 0.8); g.beginPath(); g.ellipse(d(0, w), d(0, h), d(0.6, 2.6), d(0.5, 1.6), 0, 0, tau); g.fill(); }
    g.globalAlpha = 1;
    paint?.(g, w, h);
    if (foot) { g.fillStyle = foot; g.fillRect(0, h * 0.8, w, h * 0.2); }
    if (rim) { g.fillStyle = rim; g.fillRect(0, h * 0.42, w, h * 0.06); }
  });
  map.wrapS = THREE.RepeatWrapping;
  return stuff(0xffffff, rough, { map, clearcoat: coat, clearcoatRoughness: 0.1 });
}
/** A handle: a bent tube from one height to another. */
export function handle(parent, at, material, { r = 0.045, out = 0.32, h = 0.5, turn = 0 } = {}) {
  const curve = new THREE.CatmullRomCurve3([[-.03, h / 2], [out * 0.75, h / 2 - .01], [out, h * 0.12], [out * 0.72, -h * 0.4], [-.03, -h / 2]].map(([x, y]) => new THREE.Vector3(x, y, 0)));
  return put(parent, new THREE.TubeGeometry(curve, 32, r, 14), material, at, [0, turn, 0]);
}
/** A spout. */
export function spout(parent, at, material, turn = 0, s = 1) {
  const curve = new THREE.CatmullRomCurve3([[0, 0], [0.22, 0.04], [0.36, 0.2], [0.5, 0.36]].map(([x, y]) => new THREE.Vector3(x, y, 0)));
  const geo = new THREE.TubeGeometry(curve, 30, 0.1, 18), p = geo.attributes.position;
  for (let i = 0; i < p.count; i++) { const t = Math.floor(i / 19) / 30, c = curve.getPoint(t), k = 1.25 - 0.72 * t; p.setXYZ(i, c.x + (p.getX(i) - c.x) * k, c.y + (p.getY(i) - c.y) * k, p.getZ(i) * k); }
  geo.computeVertexNormals();
  material.side = THREE.DoubleSide;
  return put(parent, geo, material, at, [0, turn, 0], s);
}
/** Liquid in a cup. */
export const liquid = (parent, at, r, color) => put(parent, new THREE.CircleGeometry(r, 48), stuff(color, 0.05, { clearcoat: 1 }), at, [-Math.PI / 2, 0, 0]);

/** A cloth or board under things. */
export const board = (parent, at, [w, h, d], color, turn = 0) => put(parent, new THREE.BoxGeometry(w, h, d), stuff(color, 0.75, { bumpMap: relief('board'), bumpScale: 0.2 }), [at[0], at[1] + h / 2, at[2]], [0, turn, 0]);

/** A book: cover print, spine print, pages. size [w,h,thickness]. */
export function book(parent, at, [w, h, t], cover, { spine = '#444', spineDraw = null, turn = [0, 0, 0], soft = false } = {}) {
  const g = group(parent, at, turn);
  const map = print(600, Math.round(600 * h / w), cover);
  const c = 0.022, over = soft ? 0 : 0.035;
  const edge = stuff(spine, 0.65);
  const face = stuff(0xffffff, soft ? 0.5 : 0.62, { map });
  const front = put(g, new THREE.BoxGeometry(w, h, c), [edge, edge, edge, edge, face, edge], [0, h / 2, t / 2]);
  front.material = [edge, edge, edge, edge, face, edge];
  put(g, new THREE.BoxGeometry(w, h, c), edge, [0, h / 2, -t / 2]);
  const back = spineDraw ? stuff(0xffffff, 0.6, { map: print(Math.max(40, Math.round(900 * t / h)), 900, spineDraw) }) : edge;
  const sp = put(g, new THREE.BoxGeometry(c, h, t + c), edge, [-w / 2 + c / 2 - 0.002, h / 2, 0]);
  sp.material = [edge, back, edge, edge, edge, edge];
  const lines = print(64, 256, (x, a, b) => { x.fillStyle = '#f4eee0'; x.fillRect(0, 0, a, b); x.fillStyle = 'rgba(120,100,70,.16)'; for (let i = 0; i < 32; i++) x.fillRect(i * 2, 0, 1, b); });
  const pages = stuff(0xffffff, 0.9, { map: lines }), top = stuff('#efe8d8', 0.9);
  const m = put(g, new THREE.BoxGeometry(w - over * 2, h - over * 2, t - c), pages, [0, h / 2, 0]);
  m.material = [pages, pages, top, top, pages, pages];
  return g;
}
export { glazed };
