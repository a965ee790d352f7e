/** A piece of a text message: words, or a link to an address, or words that answer when tapped. */
export type Piece =
  | { kind: 'words'; text: string }
  | { kind: 'link'; text: string; url: string }
  | { kind: 'reply'; text: string; content: string; menuId: string }

const anchor = /<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))[^>]*>([\s\S]*?)<\/a>/gi
const bareUrl = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+[\w\-~/#=%&]/gi
const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }

const plain = (s: string) => s.replace(/&(?:amp|lt|gt|quot|#39);/g, (e) => entities[e]!)

function words(text: string): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const m of text.matchAll(bareUrl)) {
    if (m.index > end) pieces.push({ kind: 'words', text: text.slice(end, m.index) })
    pieces.push({ kind: 'link', text: m[0], url: m[0] })
    end = m.index + m[0].length
  }
  if (end < text.length) pieces.push({ kind: 'words', text: text.slice(end) })
  return pieces
}

function link(href: string, label: string): Piece {
  if (/^https?:\/\//i.test(href)) return { kind: 'link', text: label, url: href }
  const answer = /^weixin:\/\/bizmsgmenu\?(.*)$/i.exec(href)
  if (!answer) return { kind: 'words', text: label }
  const params = new URLSearchParams(answer[1])
  return { kind: 'reply', text: label, content: params.get('msgmenucontent') ?? label, menuId: params.get('msgmenuid') ?? '' }
}

/**
 * Splits the text of a message into pieces. Accounts may write `<a href>`; nothing else is markup, and an address
 * that is neither http(s) nor a message menu becomes mere words. People's texts only get their bare addresses linked.
 */
export function richText(text: string, mayLink: boolean): Piece[] {
  if (!mayLink) return words(text)
  const pieces: Piece[] = []
  let end = 0
  for (const m of text.matchAll(anchor)) {
    pieces.push(...words(text.slice(end, m.index)))
    pieces.push(link(plain((m[1] ?? m[2] ?? m[3] ?? '').trim()), plain(m[4]!.replace(/<[^>]*>/g, ''))))
    end = m.index + m[0].length
  }
  pieces.push(...words(text.slice(end)))
  return pieces
}
