import type { Axis, ProductSku } from '@shuke/api'
import { pieces } from './flash'

/** One chosen value per axis; "" where nothing is chosen yet. */
export type Choice = readonly string[]

/** The combination that a complete choice names, else undefined. */
export function chosenSku(skus: readonly ProductSku[], choice: Choice): ProductSku | undefined {
  if (choice.some((v) => v === '')) return undefined
  return skus.find((s) => s.options.length === choice.length && s.options.every((v, i) => v === choice[i]))
}

/** A value can be chosen when, with what is chosen on the other axes, a combination in stock has it. */
export function isOpen(skus: readonly ProductSku[], choice: Choice, axis: number, value: string, now = Date.now()): boolean {
  return skus.some((s) => pieces(s, now) > 0 && s.options[axis] === value && s.options.every((v, i) => i === axis || choice[i] === '' || choice[i] === v))
}

/** The choice after a value was tapped: tapping the chosen one takes it back. */
export function toggled(choice: Choice, axis: number, value: string): string[] {
  return choice.map((v, i) => (i === axis ? (v === value ? '' : value) : v))
}

/** What is chosen when the sheet opens: the axes that leave no choice, or the only combination in stock. */
export function firstChoice(axes: readonly Axis[], skus: readonly ProductSku[], now = Date.now()): string[] {
  const inStock = skus.filter((s) => pieces(s, now) > 0)
  if (inStock.length === 1) return [...inStock[0]!.options]
  return axes.map((a) => (a.values.length === 1 ? a.values[0]! : ''))
}

/** The names of the axes that still wait for a choice. */
export function missing(axes: readonly Axis[], choice: Choice): string[] {
  return axes.filter((_, i) => !choice[i]).map((a) => a.name)
}

/** Lowest and highest price of the combinations that a choice leaves open, of all when none is left; fen. */
export function priceRange(skus: readonly ProductSku[], choice: Choice): [number, number] {
  const fits = skus.filter((s) => s.options.every((v, i) => !choice[i] || choice[i] === v))
  const prices = (fits.length > 0 ? fits : skus).map((s) => s.price)
  return prices.length === 0 ? [0, 0] : [Math.min(...prices), Math.max(...prices)]
}

/** A picture for the choice: that of the combination, else of the first that fits and has one, else "". */
export function choicePicture(skus: readonly ProductSku[], choice: Choice): string {
  return skus.find((s) => s.picture && choice.some((v) => v !== '') && s.options.every((v, i) => !choice[i] || choice[i] === v))?.picture ?? ''
}

/** How many pieces may be asked for: at least 1, at most what is there and what an order takes. */
export function bounded(quantity: number, available: number): number {
  return Math.max(1, Math.min(Math.floor(quantity) || 1, Math.max(1, available), 999))
}
