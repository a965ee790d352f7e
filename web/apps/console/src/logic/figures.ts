import type { Figures } from '../api/types'

/** The four parts of the formula: visitors × conversion × order value = sales. */
export type Part = 'visitors' | 'conversion' | 'order_value' | 'sales'

/** The parts in the order of the formula. */
export const parts: readonly Part[] = ['visitors', 'conversion', 'order_value', 'sales']

/** How a figure moved against another, as a part of it (0.25: a quarter more); null where there is nothing to compare with. */
export function change(now: number, before: number): number | null {
  if (before === 0) return now === 0 ? 0 : null
  return (now - before) / before
}

/** "12.3%"; two decimals below one percent, so that a conversion of 0.42% does not read as 0.4%. */
export function percent(x: number): string {
  const p = x * 100
  return `${p.toFixed(Math.abs(p) < 1 && p !== 0 ? 2 : 1)}%`
}

/** "+12.3%", "-4.0%", "0.0%". */
export const signedPercent = (x: number): string => `${x > 0 ? '+' : ''}${percent(x)}`

/** 12345 → "12,345". */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',')

/** The value of a part of a day, in the unit a chart draws: people, percent, yuan. */
export function plotted(f: Figures, part: Part): number {
  const v = f[part]
  if (part === 'conversion') return Math.round(v * 10_000) / 100
  return part === 'visitors' ? v : v / 100
}

/** How much of a whole, 0 to 1; 0 of nothing. */
export const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)
