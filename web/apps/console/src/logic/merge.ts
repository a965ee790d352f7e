import type { Page } from '../api/types'

/**
 * A list, newest first, after its first page was read again: the page's items stand first, then what was known and lies
 * behind the page. What lay within the page's reach and is not in it any more has left the list.
 */
export function merge<T>(known: readonly T[], page: Page<T>, key: (item: T) => string): { items: T[]; fresh: string[] } {
  const before = new Set(known.map(key))
  const now = new Set(page.items.map(key))
  const fresh = page.items.map(key).filter((k) => !before.has(k))
  if (page.next === '') return { items: [...page.items], fresh }
  const last = page.items.at(-1)
  const edge = last === undefined ? -1 : known.findIndex((i) => key(i) === key(last))
  const behind = known.slice(edge + 1).filter((i) => !now.has(key(i)))
  return { items: [...page.items, ...behind], fresh }
}
