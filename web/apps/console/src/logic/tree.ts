import type { Category } from '../api/types'

/** A category with those below it. */
export interface Branch { id: string; of: Category; depth: number; children?: Branch[] }

/** The forest of a flat list, siblings by position; one whose parent is missing stands at the top. */
export function forest(all: readonly Category[]): Branch[] {
  const known = new Set(all.map((c) => c.id))
  const under = new Map<string, Category[]>()
  for (const c of all) {
    const parent = known.has(c.parent_id) ? c.parent_id : '0'
    under.set(parent, [...(under.get(parent) ?? []), c])
  }
  const grow = (parent: string, depth: number): Branch[] => depth > 5 ? [] : (under.get(parent) ?? [])
    .sort((a, b) => a.position - b.position || a.code.localeCompare(b.code))
    .map((of) => {
      const children = grow(of.id, depth + 1)
      return { id: of.id, of, depth, ...(children.length > 0 ? { children } : {}) }
    })
  return grow('0', 0)
}

/** The branches one under the other, as a list with depths. */
export const flat = (all: readonly Branch[]): Branch[] => all.flatMap((b) => [b, ...flat(b.children ?? [])])

/** The names from the root to a category; empty for an unknown one. */
export function pathOf(all: readonly Category[], id: string): Category[] {
  const out: Category[] = []
  for (let c = all.find((x) => x.id === id); c && out.length < 6; c = all.find((x) => x.id === c!.parent_id)) out.unshift(c)
  return out
}
