/** A piece of a line: plain, bold, code, coloured, or a link. */
export interface Span { text: string; bold?: boolean; code?: boolean; url?: string; color?: 'info' | 'comment' | 'warning' }
/** A line of a markdown message. */
export interface Line { kind: 'text' | 'title' | 'quote'; spans: Span[] }

const piece = /\*\*(.+?)\*\*|`([^`]+)`|\[([^\]]*)\]\((https?:\/\/[^\s)]+)\)|<font color="(info|comment|warning)">(.*?)<\/font>/g

function spansOf(text: string): Span[] {
  const spans: Span[] = []
  let at = 0
  for (const m of text.matchAll(piece)) {
    if (m.index > at) spans.push({ text: text.slice(at, m.index) })
    if (m[1] !== undefined) spans.push({ text: m[1], bold: true })
    else if (m[2] !== undefined) spans.push({ text: m[2], code: true })
    else if (m[4] !== undefined) spans.push({ text: m[3] || m[4], url: m[4] })
    else spans.push({ text: m[6] ?? '', color: m[5] as Span['color'] })
    at = m.index + m[0].length
  }
  if (at < text.length) spans.push({ text: text.slice(at) })
  return spans
}

/** Reads the markdown WeCom knows: titles, bold, code, links, quotes and three colours. Everything else is plain text. */
export function markdown(text: string): Line[] {
  return text.split(/\r?\n/).map((row) => {
    const title = /^#{1,6}\s+(.*)$/.exec(row)
    const quote = /^>\s?(.*)$/.exec(row)
    return { kind: title ? 'title' : quote ? 'quote' : 'text', spans: spansOf(title?.[1] ?? quote?.[1] ?? row) }
  })
}
