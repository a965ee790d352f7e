import type { Axis, SkuInput, Stocked } from '../api/types'

/** One row of the matrix while it is edited. Amounts are fen; null: nothing typed. */
export interface SkuRow {
  id: string
  options: string[]
  /** whether this combination is sold */
  sold: boolean
  price: number | null
  compare: number | null
  cost: number | null
  /** pieces on hand as typed; null: no change, or 0 for a new one */
  stock: number | null
  /** pieces on hand as read, null for a new SKU */
  onHand: number | null
  available: number | null
  code: string
  gtin: string
  weight: number | null
  picture: string
}

/** The most combinations of one product. */
export const maxRows = 500

const keyOf = (options: readonly string[]) => options.join('\u0000')

/** A row with nothing filled in. */
export function emptyRow(options: string[]): SkuRow {
  return { id: '', options, sold: true, price: null, compare: null, cost: null, stock: null, onHand: null, available: null, code: '', gtin: '', weight: null, picture: '' }
}

/** The row of a stored SKU. */
export function rowOf(s: Stocked): SkuRow {
  return {
    id: s.id, options: [...s.options], sold: true, price: s.price, compare: s.compare_price || null, cost: s.cost || null, stock: s.on_hand, onHand: s.on_hand,
    available: s.available, code: s.code, gtin: s.gtin, weight: s.weight_g || null, picture: s.picture,
  }
}

/** How many combinations the axes make. */
export const combinationCount = (axes: readonly Axis[]): number => axes.reduce((n, a) => n * a.values.length, 1)

/** Every combination of the axes' values, the last axis turning fastest; one empty combination for no axes. */
export function combinations(axes: readonly Axis[]): string[][] {
  return axes.reduce<string[][]>((all, a) => all.flatMap((c) => a.values.map((v) => [...c, v])), [[]])
}

/**
 * The rows of all combinations: known ones keep what was typed, new ones take price, compare price and weight of their
 * nearest relative and are unsold when `partial` (a stored product that did not sell every combination).
 */
export function matrix(axes: readonly Axis[], rows: readonly SkuRow[], partial = false): SkuRow[] {
  const known = new Map(rows.map((r) => [keyOf(r.options), r]))
  return combinations(axes).map((options) => {
    const row = known.get(keyOf(options))
    if (row) return row
    const kin = nearest(options, rows)
    return { ...emptyRow(options), sold: !partial, price: kin?.price ?? null, compare: kin?.compare ?? null, weight: kin?.weight ?? null }
  })
}

function nearest(options: string[], rows: readonly SkuRow[]): SkuRow | undefined {
  let best: SkuRow | undefined
  let most = -1
  for (const r of rows) {
    const same = r.options.filter((v, i) => v === options[i]).length
    if (same > most) [best, most] = [r, same]
  }
  return best
}

/** Rows after an axis was added: each is now the first value of it. */
export const addAxis = (rows: readonly SkuRow[], first: string): SkuRow[] => rows.map((r) => ({ ...r, options: [...r.options, first] }))

/** Rows after an axis was taken away: of those that became the same the first stays, sold ones before unsold ones. */
export function removeAxis(rows: readonly SkuRow[], axis: number): SkuRow[] {
  const out = new Map<string, SkuRow>()
  for (const r of [...rows].sort((a, b) => Number(b.sold) - Number(a.sold))) {
    const options = r.options.filter((_, i) => i !== axis)
    if (!out.has(keyOf(options))) out.set(keyOf(options), { ...r, options })
  }
  return [...out.values()]
}

/** Rows after a value was renamed: the SKU stays the same one. */
export const renameValue = (rows: readonly SkuRow[], axis: number, from: string, to: string): SkuRow[] =>
  rows.map((r) => (r.options[axis] === from ? { ...r, options: r.options.map((v, i) => (i === axis ? to : v)) } : r))

/** What can be filled into many rows at once. */
export type Fillable = 'price' | 'compare' | 'stock' | 'weight'

/** Fills a column of the sold rows, all or those with a value of an axis. */
export function bulkFill(rows: readonly SkuRow[], field: Fillable, value: number, only?: { axis: number; value: string }): SkuRow[] {
  return rows.map((r) => (r.sold && (!only || r.options[only.axis] === only.value) ? { ...r, [field]: value } : r))
}

/** Whether a trade number has 8, 12, 13 or 14 digits and a right check digit (GS1 General Specifications, 7.9). */
export function validGtin(text: string): boolean {
  const digits = text.replace(/[\s-]/g, '')
  if (!/^(\d{8}|\d{12,14})$/.test(digits)) return false
  const sum = [...digits].reverse().reduce((n, d, i) => n + Number(d) * (i % 2 === 1 ? 3 : 1), 0)
  return sum % 10 === 0
}

/** The sold rows as the server takes them. */
export function skuInputs(rows: readonly SkuRow[]): SkuInput[] {
  return rows.filter((r) => r.sold).map((r) => ({
    ...(r.id ? { id: r.id } : {}), options: r.options, price: r.price ?? 0, compare_price: r.compare ?? 0, cost: r.cost ?? 0, weight_g: r.weight ?? 0,
    code: r.code.trim(), gtin: r.gtin.trim(), picture: r.picture,
    ...(r.stock !== null && r.stock !== r.onHand ? { stock: r.stock } : {}),
  }))
}

/** What the server said of the matrix, by index of the row shown and field: `skus[1].price` is the second sold row's price. */
export function wrongCells(rows: readonly SkuRow[], errors: readonly { field: string; message: string }[]): Map<string, string> {
  const sold = rows.flatMap((r, i) => (r.sold ? [i] : []))
  const out = new Map<string, string>()
  for (const e of errors) {
    const m = /^skus\[(\d+)\](?:\.(\w+))?/.exec(e.field)
    const at = m ? sold[Number(m[1])] : undefined
    if (m && at !== undefined) out.set(`${at}.${m[2] ?? ''}`, e.message)
  }
  return out
}

/** The text of an error that belongs to a field, "" for none; `media[2].alt` belongs to media. */
export function wrongField(errors: readonly { field: string; message: string }[], field: string): string {
  return errors.find((e) => e.field === field || e.field.startsWith(`${field}[`) || e.field.startsWith(`${field}.`))?.message ?? ''
}
