/** A page of a mini-program as it stands on the stack. */
export interface MiniAt { path: string; query: string }
export type MiniMove = { stack: MiniAt[] } | { error: string }

const deepest = 10

/** Where an address of wx.miniProgram.navigateTo leads; relative ones start from the folder of the page it is called on. */
export function miniTarget(url: string, from: string): MiniAt {
  const cut = url.indexOf('?')
  const path = cut < 0 ? url : url.slice(0, cut)
  const parts = path.startsWith('/') ? [] : from.split('/').slice(0, -1)
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part && part !== '.') parts.push(part)
  }
  return { path: parts.join('/'), query: cut < 0 ? '' : url.slice(cut + 1) }
}

/** What a call of wx.miniProgram does to the stack of pages, or why it fails, in the words of the client. `pages` are those released. */
export function miniMove(stack: MiniAt[], name: string, arg: unknown, pages: string[]): MiniMove {
  const given = (typeof arg === 'object' && arg !== null ? arg : {}) as { url?: unknown; delta?: unknown }
  if (name === 'navigateBack') {
    const delta = typeof given.delta === 'number' && given.delta >= 1 ? Math.floor(given.delta) : 1
    return { stack: stack.slice(0, Math.max(1, stack.length - delta)) }
  }
  if (!['navigateTo', 'redirectTo', 'switchTab', 'reLaunch'].includes(name)) return { error: `${name.slice(0, 40)} is not supported` }
  if (typeof given.url !== 'string' || !given.url) return { error: 'parameter error: parameter.url should be String' }
  const to = miniTarget(given.url, stack.at(-1)?.path ?? '')
  if (!pages.includes(to.path)) return { error: `page "${to.path}" is not found` }
  if (name === 'switchTab' && to.query) return { error: `can not switchTab with query "${to.query}"` }
  if (name === 'navigateTo') return stack.length >= deepest ? { error: `webview count limit exceed` } : { stack: [...stack, to] }
  return { stack: name === 'redirectTo' ? [...stack.slice(0, -1), to] : [to] }
}
