import type { PriceEdit, StockEdit } from '../api/types'

/** One SKU edited in the list: what it was and what was typed; null: nothing typed. */
export interface QuickRow { id: string; price: number | null; was: number; onHand: number | null; had: number }

/** The prices that changed. */
export const priceEdits = (rows: readonly QuickRow[]): PriceEdit[] =>
  rows.flatMap((r) => (r.price !== null && r.price !== r.was ? [{ sku_id: r.id, price: r.price }] : []))

/** The stock that changed, as a difference: what was sold meanwhile is not undone. */
export const stockEdits = (rows: readonly QuickRow[]): StockEdit[] =>
  rows.flatMap((r) => (r.onHand !== null && r.onHand !== r.had ? [{ sku_id: r.id, diff: r.onHand - r.had }] : []))
