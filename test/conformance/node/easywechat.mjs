// What the drivers of node-easywechat share: its clients throw nothing of themselves, so a refusal becomes an error here.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const folder = (name) => mkdtempSync(join(tmpdir(), `${name}-`));

// fileOf writes a file for an SDK that wants paths.
export function fileOf(name, content) {
  const path = join(folder('easyfile'), name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

// PNG is a picture of one dot.
export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

// answer gives what WeChat said, or throws its refusal.
export async function answer(promise) {
  const data = (await promise).toObject();
  if (data.errcode) throw Object.assign(new Error(`errcode ${data.errcode}`), { body: data });
  return data;
}

// caller is the SDK's generic client of one application: post and get bring its token, bare brings none.
export function caller(app) {
  return {
    post: (path, json = {}) => answer(app.getClient().postJson(path, json)),
    get: (path, params = {}) => answer(app.getClient().get(path, { params })),
    bare: (method, path, { params = {}, json } = {}) => answer(app.getHttpClient().request(method, path, { params, json })),
  };
}
