import type { Import, ImportProblem } from '../api/types'

type Counts = Pick<Import, 'created' | 'changed' | 'unchanged' | 'refused'>

/** What becomes of a product of a file. */
export type Outcome = keyof Counts

/** The outcomes in the order people care about them. */
export const outcomes: readonly Outcome[] = ['created', 'changed', 'unchanged', 'refused']

/** How many products a file told of. */
export const products = (c: Counts): number => c.created + c.changed + c.unchanged + c.refused

/** Whether running the file would write anything. */
export const writes = (c: Counts): boolean => c.created + c.changed > 0

/** How far an import is, 0 to 1: nine tenths for the rows, the rest for the pictures. */
export function progress(i: Pick<Import, 'state' | 'size' | 'read_bytes' | 'pictures_waiting' | 'pictures_done' | 'pictures_failed'>): number {
  switch (i.state) {
    case 'done': return 1
    case 'running':
    case 'failed': return i.size > 0 ? 0.9 * Math.min(1, i.read_bytes / i.size) : 0
    case 'pictures': {
      const settled = i.pictures_done + i.pictures_failed
      return 0.9 + 0.1 * (settled / Math.max(1, settled + i.pictures_waiting))
    }
    default: return 0
  }
}

/** Whether somebody still works on it. */
export const underWay = (i: Pick<Import, 'state'>): boolean => i.state === 'waiting' || i.state === 'running' || i.state === 'pictures'

/** Where a problem stands: "12:3", "12" without a column, "" without a place. */
export function placeOf(p: Pick<ImportProblem, 'line' | 'column'>): string {
  if (!p.line) return ''
  return p.column ? `${p.line}:${p.column}` : `${p.line}`
}

/** A size in bytes for people: 512 B, 1.4 MB. */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(n < 10_240 ? 1 : 0)} KB`
  return `${(n / 1024 / 1024).toFixed(1)} MB`
}
