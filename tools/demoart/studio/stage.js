// The things every scene is built from: random numbers with a seed, cloth and
// glaze, bodies turned on a wheel, printed labels, and the table.
import * as THREE from 'three';

/** A small seeded generator: the same seed gives the same picture. */
export function dice(seed) {
  let s = 2166136261;
  for (const c of String(seed)) s = Math.imul(s ^ c.charCodeAt(0), 16777619);
  return (lo = 0, hi = 1) => {
    s = Math.imul(s ^ (s >>> 15), 2246822519); s = Math.imul(s ^ (s >>> 13), 3266489917); s ^= s >>> 16;
    return lo + (hi - lo) * ((s >>> 0) / 4294967296);
  };
}

export const tau = Math.PI * 2;
export const SANS = '"Noto Sans CJK SC"', SERIF = '"Noto Serif CJK SC"';

/** Material: colour, roughness, and what else the material takes; a clear coat makes it a physical one. */
export function stuff(color, rough = 0.6, more = {}) {
  const Kind = more.clearcoat ? THREE.MeshPhysicalMaterial : THREE.MeshStandardMaterial;
  return new Kind({ color, roughness: rough, metalness: 0, ...more });
}
/** Dull material for what fills the picture: table and wall. */
export const matt = (color, more = {}) => new THREE.MeshLambertMaterial({ color, ...more });
export const glazed = (color, more = {}) => stuff(color, 0.35, { clearcoat: 0.9, clearcoatRoughness: 0.12, ...more });

/** Puts a shape on the stage, casting and taking shadows. */
export function put(parent, geometry, material, at = [0, 0, 0], turn = [0, 0, 0], scale = 1) {
  const m = new THREE.Mesh(geometry, material);
  m.position.set(...at); m.rotation.set(...turn);
  if (Array.isArray(scale)) m.scale.set(...scale); else m.scale.setScalar(scale);
  m.castShadow = m.receiveShadow = true;
  parent.add(m);
  return m;
}
export function group(parent, at = [0, 0, 0], turn = [0, 0, 0], scale = 1) {
  const g = new THREE.Group();
  g.position.set(...at); g.rotation.set(...turn); g.scale.setScalar(scale);
  parent.add(g);
  return g;
}

/** A body turned on a wheel. points are [radius, height] from bottom to top, smoothed; a point with a third value is a sharp corner. */
export function lathe(points, segments = 72) {
  const out = [];
  let run = [];
  const flush = () => {
    if (run.length > 2) new THREE.SplineCurve(run).getPoints(run.length * 7).forEach((p) => out.push(p));
    else out.push(...run);
  };
  for (const [r, y, sharp] of points) {
    run.push(new THREE.Vector2(Math.max(r, 0.0001), y));
    if (sharp) { flush(); run = [new THREE.Vector2(Math.max(r, 0.0001), y)]; }
  }
  flush();
  return new THREE.LatheGeometry(out, segments);
}

/** A canvas to print on, as a texture. */
export function print(w, h, draw) {
  const c = document.createElement('canvas');
  c.width = w; c.height = h;
  draw(c.getContext('2d'), w, h);
  const t = new THREE.CanvasTexture(c);
  t.colorSpace = THREE.SRGBColorSpace;
  t.anisotropy = 1;
  return t;
}
/** Grey noise as relief: grain, leather, glaze. */
const reliefs = new Map();
export function relief(seed, w = 256, fine = 1, depth = 90) {
  const name = [seed, w, fine, depth].join();
  if (!reliefs.has(name)) reliefs.set(name, grain(seed, w, fine, depth));
  return reliefs.get(name);
}
function grain(seed, w, fine, depth) {
  const d = dice(seed);
  const t = print(w, w, (g) => {
    g.fillStyle = '#808080'; g.fillRect(0, 0, w, w);
    for (let i = 0; i < 5200; i++) {
      const v = Math.round(128 + d(-depth, depth));
      g.fillStyle = `rgba(${v},${v},${v},.35)`;
      g.beginPath(); g.arc(d(0, w), d(0, w), d(0.4, 2.4) * fine, 0, tau); g.fill();
    }
  });
  t.colorSpace = THREE.NoColorSpace;
  t.wrapS = t.wrapT = THREE.RepeatWrapping;
  return t;
}

/** The table and the wall behind it, in one sweep. */
export function sweep(scene, { wall, table = wall, seam = false, grain = 0 }) {
  scene.background = new THREE.Color(wall);
  const back = matt(wall, { emissive: wall, emissiveIntensity: 0.3 });
  if (seam) {
    const top = matt(table);
    if (grain) { top.map = wood(table, grain); top.color.set(0xffffff); }
    put(scene, new THREE.BoxGeometry(40, 1, 12), top, [0, -0.5, 1.6]);
    put(scene, new THREE.PlaneGeometry(60, 30), back, [0, 6, -4.4]);
    return;
  }
  const pts = [];
  for (let i = 0; i <= 24; i++) { const a = (i / 24) * Math.PI / 2; pts.push([-3 - 3 * Math.sin(a), 3 - 3 * Math.cos(a)]); }
  const pos = [], idx = [];
  const line = [[14, 0], ...pts, [-6, 20]];
  line.forEach(([z, y]) => pos.push(-30, y, z, 30, y, z));
  for (let i = 0; i < line.length - 1; i++) { const k = i * 2; idx.push(k, k + 1, k + 2, k + 1, k + 3, k + 2); }
  const g = new THREE.BufferGeometry();
  g.setAttribute('position', new THREE.Float32BufferAttribute(pos, 3));
  g.setIndex(idx); g.computeVertexNormals();
  put(scene, g, matt(wall, { side: THREE.DoubleSide })).castShadow = false;
}
function wood(color, seed) {
  const d = dice('wood' + seed);
  const t = print(1024, 512, (g, w, h) => {
    g.fillStyle = color; g.fillRect(0, 0, w, h);
    for (let i = 0; i < 260; i++) {
      const y = d(0, h), dark = d() < 0.55;
      g.strokeStyle = dark ? `rgba(60,30,10,${d(0.02, 0.1)})` : `rgba(255,240,220,${d(0.02, 0.09)})`;
      g.lineWidth = d(0.5, 3);
      g.beginPath(); g.moveTo(0, y);
      g.bezierCurveTo(w * 0.3, y + d(-9, 9), w * 0.6, y + d(-9, 9), w, y + d(-6, 6)); g.stroke();
    }
  });
  t.wrapS = t.wrapT = THREE.RepeatWrapping; t.repeat.set(5, 2);
  return t;
}
/** Window bars before the light, for a morning shadow on the wall. */
export function windowBars(scene, at = [-3.2, 4.2, 2.4]) {
  const g = group(scene, at);
  const m = stuff(0x333333, 1);
  g.lookAt(0, 0.8, -1.5);
  for (const x of [-2.6, -0.55, 1.5]) put(g, new THREE.BoxGeometry(0.16, 6, 0.05), m, [x, 0, 0]).material.colorWrite = false;
  for (const y of [-1.3, 0.5]) put(g, new THREE.BoxGeometry(6, 0.12, 0.05), m, [0, y, 0]);
  g.traverse((o) => { if (o.material) { o.material.depthWrite = false; } });
}
/** Text that fits a width: returns the size used. */
export function fit(g, text, face, size, max, weight = 400) {
  let s = size;
  do { g.font = `${weight} ${s}px ${face}`; s -= 1; } while (s > 8 && g.measureText(text).width > max);
  return s + 1;
}
/** Vertical line of characters. */
export function vertical(g, text, x, y, size, face, weight = 500, gap = 1.14) {
  g.font = `${weight} ${size}px ${face}`; g.textAlign = 'center'; g.textBaseline = 'top';
  [...text].forEach((c, i) => g.fillText(c, x, y + i * size * gap));
}
