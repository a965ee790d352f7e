import { visit } from '../api'
import { sessionStore } from '../logic/attempt'

const place = 'shuke.from'

/** Remembers what the link that led here said of itself (`?from=`), for this session. */
export function noteSource(from: unknown): void {
  if (typeof from === 'string' && from !== '') sessionStore().setItem(place, from.slice(0, 40))
}

/** What led the visitor here; "" when nothing said so. */
export const source = (): string => sessionStore().getItem(place) ?? ''

/** Counts a page view of a shop, or of the market. Never in anybody's way. */
export function countVisit(shopId?: string): void {
  visit(shopId, source()).catch(() => undefined)
}
