import { t } from '../i18n'

/** Pretty JSON, indented XML, or the text as it is. */
export function pretty(body: string): string {
  const text = body.trim()
  if (text.startsWith('{') || text.startsWith('[')) {
    try { return JSON.stringify(JSON.parse(text), null, 2) } catch { return body }
  }
  return text.startsWith('<') && text.endsWith('>') ? indentXML(text) : body
}

function indentXML(text: string): string {
  const parts = text.match(/<!\[CDATA\[[\s\S]*?\]\]>|<[^>]+>|[^<]+/g) ?? []
  let depth = 0
  let out = ''
  for (const part of parts) {
    if (/^<\//.test(part)) {
      depth--
      out += out.endsWith('>') && !/\]\]>$/.test(out) ? `\n${'  '.repeat(Math.max(depth, 0))}${part}` : part
    } else if (/^<[^!?]/.test(part) && !part.endsWith('/>')) {
      out += `${out ? '\n' : ''}${'  '.repeat(depth++)}${part}`
    } else if (part.trim()) {
      out += part.startsWith('<') && !part.startsWith('<![') ? `${out ? '\n' : ''}${'  '.repeat(depth)}${part}` : part.trim()
    }
  }
  return out
}

/** A length of time in words, two units at most: 1 天 2 小时, 3 分 5 秒. */
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000))
  const units: [string, number][] = [['d.d', Math.floor(s / 86400)], ['d.h', Math.floor(s / 3600) % 24], ['d.m', Math.floor(s / 60) % 60], ['d.s', s % 60]]
  const from = units.findIndex(([, n]) => n > 0)
  if (from < 0) return t('d.s', { n: 0 }).trim()
  return units.slice(from, from + 2).filter(([, n]) => n > 0).map(([word, n]) => t(word as 'd.s', { n })).join('').trim()
}

/** What FaultPanel sends: only the members that its kind knows and that were filled in. */
export function faultOf<F extends Record<string, unknown>>(form: F): Partial<F> {
  const wanted: Record<string, string[]> = { delay: ['delay_ms'], timeout_after_work: ['delay_ms'], late: ['seconds'], reorder: ['seconds'], skew: ['seconds'], code: ['code', 'status', 'message'] }
  const own = ['delay_ms', 'seconds', 'code', 'status', 'message']
  const keep = ([key, value]: [string, unknown]) => value !== '' && value !== null && value !== undefined && (!own.includes(key) || (wanted[String(form.kind)] ?? []).includes(key)) && !(key === 'path' && form.target !== 'call')
  return Object.fromEntries(Object.entries(form).map(([k, v]) => [k, typeof v === 'string' ? v.trim() : v] as [string, unknown]).filter(keep)) as Partial<F>
}
