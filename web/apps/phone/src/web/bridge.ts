/** What a page in a web view says to the phone (PHONE_API.md, "Messages between the frame and the phone"). */
export type FromFrame =
  | { kind: 'event'; name: string; data: Record<string, unknown> }
  | { kind: 'request'; id: string; method: string; params: Record<string, unknown> }

const record = (v: unknown): Record<string, unknown> => (typeof v === 'object' && v !== null ? { ...v } : {})

/** Understands a posted message; null for anything that is not the bridge's. Pages are strangers: nothing is believed. */
export function parseFromFrame(data: unknown): FromFrame | null {
  const m = record(data)
  if (m.wx !== 1) return null
  if (m.type === 'event' && typeof m.name === 'string') return { kind: 'event', name: m.name, data: record(m.data) }
  if (m.type === 'request' && typeof m.id === 'string' && typeof m.method === 'string') {
    return { kind: 'request', id: m.id, method: m.method, params: record(m.params) }
  }
  return null
}

/** A text of at most `limit` characters out of an untrusted field. */
export function text(v: unknown, limit = 2000): string {
  return typeof v === 'string' || typeof v === 'number' ? String(v).slice(0, limit) : ''
}

/** The host an address names, for showing; empty for no address. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : ''
}

/** The texts of an untrusted list, at most `limit` of them. */
export function texts(v: unknown, limit = 20): string[] {
  return Array.isArray(v) ? v.slice(0, limit).map((x) => text(x)).filter(Boolean) : []
}

/** A finite number out of an untrusted field, else the fallback. */
export function number(v: unknown, fallback: number): number {
  const n = typeof v === 'number' || (typeof v === 'string' && v.trim() !== '') ? Number(v) : NaN
  return Number.isFinite(n) ? n : fallback
}
