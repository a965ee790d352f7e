// A small photo studio: one key light through a soft box, a sky dome, a camera
// with a lens. Every picture is the mean of many exposures in which the light,
// the lens and the film move a little, which gives soft shadows, contact
// shadows, depth of field and smooth edges. No chance enters: the positions
// come from a low-discrepancy sequence.
import * as THREE from 'three';

const renderer = new THREE.WebGLRenderer({ antialias: false, preserveDrawingBuffer: true });
renderer.shadowMap.enabled = true;
renderer.shadowMap.type = THREE.BasicShadowMap;
renderer.setPixelRatio(1);
document.body.appendChild(renderer.domElement);

const pmrem = new THREE.PMREMGenerator(renderer);

// softBoxes is what shiny things mirror: a bright window at the left, a large
// pale ceiling, a dim warm room.
function softBoxes() {
  const room = new THREE.Scene();
  const box = (w, h, x, y, z, color, power) => {
    const m = new THREE.MeshBasicMaterial({ color, side: THREE.DoubleSide });
    m.color.multiplyScalar(power);
    const mesh = new THREE.Mesh(new THREE.PlaneGeometry(w, h), m);
    mesh.position.set(x, y, z);
    mesh.lookAt(0, 0, 0);
    room.add(mesh);
  };
  const walls = new THREE.Mesh(new THREE.SphereGeometry(30, 32, 16),
    new THREE.MeshBasicMaterial({ color: 0xcfc6ba, side: THREE.BackSide }));
  walls.material.color.multiplyScalar(0.55);
  room.add(walls);
  box(9, 12, -13, 8, 5, 0xfff4e6, 7);
  box(14, 8, 2, 16, 2, 0xffffff, 2.6);
  box(5, 10, 14, 5, 4, 0xeaf2ff, 2.2);
  box(40, 40, 0, -12, 0, 0xd8c8b4, 0.35);
  return room;
}
const environment = pmrem.fromScene(softBoxes(), 0.03).texture;

const halton = (i, b) => { let f = 1, r = 0; while (i > 0) { f /= b; r += f * (i % b); i = Math.floor(i / b); } return r; };

const quad = new THREE.Mesh(new THREE.PlaneGeometry(2, 2));
const flat = new THREE.OrthographicCamera(-1, 1, 1, -1, 0, 1);
const vertexShader = 'varying vec2 v; void main(){ v = uv; gl_Position = vec4(position.xy, 0., 1.); }';
const blend = new THREE.ShaderMaterial({
  vertexShader, depthTest: false, depthWrite: false,
  uniforms: { a: { value: null }, b: { value: null }, w: { value: 1 }, shift: { value: new THREE.Vector2() } },
  fragmentShader: 'varying vec2 v; uniform sampler2D a,b; uniform float w; uniform vec2 shift; void main(){ gl_FragColor = mix(texture2D(a,v), min(texture2D(b,v + shift), vec4(8.)), w); }',
});
const develop = new THREE.ShaderMaterial({
  vertexShader, depthTest: false, depthWrite: false, toneMapped: false,
  uniforms: { a: { value: null }, exposure: { value: 1 } },
  fragmentShader: `varying vec2 v; uniform sampler2D a; uniform float exposure;
    vec3 neutral(vec3 c){ float sc=.8-.04, d=.15; float x=min(c.r,min(c.g,c.b)); float o=x<.08? x-6.25*x*x : .04; c-=o;
      float p=max(c.r,max(c.g,c.b)); if(p<sc) return c; float k=1.-sc; float n=1.-k*k/(p+k-sc); c*=n/p; float g=1.-1./(d*(p-n)+1.); return mix(c,vec3(n),g); }
    void main(){ vec3 c = texture2D(a,v).rgb*exposure; float e=distance(v,vec2(.5)); c*=1.-.22*e*e;
      c=neutral(c); c=mix(c*12.92, 1.055*pow(max(c,vec3(.0031)),vec3(1./2.4))-.055, step(.0031308,c)); gl_FragColor=vec4(c,1.); }`,
});

/**
 * Takes one picture.
 * @param {THREE.Scene} scene what stands in the studio
 * @param {object} shot size [w,h], eye, look, fov (degrees), samples, lens (radius), key {dir, soft, power, color}, sky {power, color}, exposure
 * @returns {HTMLCanvasElement} the canvas, to be read at once
 */
export function shoot(scene, shot) {
  const s = { size: [720, 720], eye: [0, 2.1, 7.2], look: [0, 0.75, 0], fov: 24, samples: 24, lens: 0.035, exposure: 1.1, ...shot };
  const key = { dir: [-3.6, 5.2, 2.6], soft: 1.1, power: 2.5, color: 0xfff1df, ...s.key };
  const sky = { power: 1.35, color: 0xf3f5ff, ...s.sky };
  const [w, h] = s.size;
  renderer.setSize(w, h, false);
  // the exposures are coarser than the print: they are shifted by parts of a
  // pixel against each other, and the print gathers what each one saw
  const fw = Math.round(w * (s.film ?? 1)), fh = Math.round(h * (s.film ?? 1));
  const float = () => new THREE.WebGLRenderTarget(w, h, { type: THREE.FloatType, minFilter: THREE.NearestFilter, magFilter: THREE.NearestFilter });
  const frame = new THREE.WebGLRenderTarget(fw, fh, { type: THREE.HalfFloatType, minFilter: THREE.LinearFilter, magFilter: THREE.LinearFilter });
  let past = float(), next = float();

  scene.environment = environment;
  scene.environmentIntensity = s.env ?? 0.42;
  const lamp = (color, power, res) => {
    const l = new THREE.DirectionalLight(color, power);
    l.castShadow = true;
    l.shadow.mapSize.set(res, res);
    Object.assign(l.shadow.camera, { left: -4.5, right: 4.5, top: 4.5, bottom: -4.5, near: 0.5, far: 24 });
    l.shadow.normalBias = 0.025;
    l.shadow.bias = -0.0006;
    scene.add(l, l.target);
    l.target.position.set(0, 0.6, 0);
    return l;
  };
  const sun = lamp(key.color, key.power, 1024), dome = lamp(sky.color, sky.power, 512);
  const camera = new THREE.PerspectiveCamera(s.fov, w / h, 0.1, 60);
  const eye = new THREE.Vector3(...s.eye), look = new THREE.Vector3(...s.look);
  const ahead = look.clone().sub(eye), dist = ahead.length();
  ahead.normalize();
  const right = ahead.clone().cross(new THREE.Vector3(0, 1, 0)).normalize(), up = right.clone().cross(ahead);
  const focus = s.focus ? new THREE.Vector3(...s.focus).sub(eye).dot(ahead) : dist;

  for (let i = 0; i < s.samples; i++) {
    const a = halton(i + 1, 2), b = halton(i + 1, 3), c = halton(i + 1, 5), d = halton(i + 1, 7), e = halton(i + 1, 11), f = halton(i + 1, 13);
    sun.position.set(key.dir[0] + (a - 0.5) * 2 * key.soft, key.dir[1] + (b - 0.5) * 2 * key.soft, key.dir[2] + (c - 0.5) * 2 * key.soft).setLength(11).add(sun.target.position);
    const r = Math.sqrt(a * 0.96), t = 2 * Math.PI * b;
    dome.position.set(r * Math.cos(t), Math.sqrt(1 - r * r), r * Math.sin(t)).multiplyScalar(11).add(dome.target.position);
    const lr = s.lens * Math.sqrt(c), lt = 2 * Math.PI * d;
    const off = right.clone().multiplyScalar(lr * Math.cos(lt)).add(up.clone().multiplyScalar(lr * Math.sin(lt)));
    camera.position.copy(eye).add(off);
    camera.up.copy(up);
    // turn the lens to the same point in focus
    const point = eye.clone().add(ahead.clone().multiplyScalar(focus));
    const target = point.clone();
    camera.lookAt(target);
    camera.setViewOffset(fw, fh, e - 0.5, f - 0.5, fw, fh);
    blend.uniforms.shift.value.set((0.5 - e) / fw, (f - 0.5) / fh);
    renderer.setRenderTarget(frame);
    renderer.render(scene, camera);
    blend.uniforms.a.value = past.texture; blend.uniforms.b.value = frame.texture; blend.uniforms.w.value = 1 / (i + 1);
    quad.material = blend;
    renderer.setRenderTarget(next);
    renderer.render(quad, flat);
    [past, next] = [next, past];
  }
  develop.uniforms.a.value = past.texture; develop.uniforms.exposure.value = s.exposure;
  quad.material = develop;
  renderer.setRenderTarget(null);
  renderer.render(quad, flat);
  frame.dispose(); past.dispose(); next.dispose();
  scene.remove(sun, dome, sun.target, dome.target);
  sun.dispose(); dome.dispose();
  scene.traverse((o) => { if (o.geometry) o.geometry.dispose(); for (const m of [o.material ?? []].flat()) { m.map?.dispose(); m.bumpMap?.dispose(); } });
  return renderer.domElement;
}
