import type { ProductSku } from '@shuke/api'

/** A flash sale of a SKU as the product's page has it. */
export type Flash = NonNullable<ProductSku['flash']>

/** Where a flash sale stands at a moment (ms): soon, on, gone (all units taken) or over. */
export function phase(f: Flash, now: number): 'soon' | 'on' | 'gone' | 'over' {
  if (now >= Date.parse(f.ends_at)) return 'over'
  if (now < Date.parse(f.starts_at)) return 'soon'
  return f.left > 0 ? 'on' : 'gone'
}

/** The flash sale at whose price a SKU can be bought at a moment. */
export function flashOf(sku: ProductSku | undefined, now: number): Flash | undefined {
  return sku?.flash && phase(sku.flash, now) === 'on' ? sku.flash : undefined
}

/** The flash sale to show for a product: one that sells now, else the next, else one that is gone; the cheapest of its kind. */
export function shownFlash(skus: readonly ProductSku[], now: number): Flash | undefined {
  const all = skus.flatMap((s) => (s.flash ? [s.flash] : [])).sort((a, b) => a.price - b.price)
  return ['on', 'soon', 'gone'].map((p) => all.find((f) => phase(f, now) === p)).find((f) => f)
}

/** Pieces of a SKU that can be bought at a moment, at whatever price. */
export const pieces = (s: ProductSku, now: number): number => s.available + (flashOf(s, now)?.left ?? 0)

/** Time left as days and 时:分:秒, never below nothing. */
export function left(ms: number): { days: number; clock: string } {
  const s = Math.max(0, Math.floor(ms / 1000))
  const two = (n: number) => String(n).padStart(2, '0')
  return { days: Math.floor(s / 86400), clock: `${two(Math.floor(s / 3600) % 24)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` }
}
