import type { Cart, CartLine, CartShop, LineInput } from '@shuke/api'

/** A line can be bought as it stands. */
export const buyable = (l: CartLine): boolean => l.on_sale && l.available >= l.quantity && l.quantity > 0

/** Why a line cannot be bought as it stands; "" when it can. */
export function hindrance(l: CartLine): '' | 'off_sale' | 'sold_out' | 'short' {
  if (!l.on_sale) return 'off_sale'
  if (l.available <= 0) return 'sold_out'
  return l.available < l.quantity ? 'short' : ''
}

/** What the selected lines that can be bought come to; amounts in fen. */
export interface CartTotals {
  pieces: number
  lines: number
  items: number
  shipping: number
  total: number
}

/** Adds up the cart as the server priced it. */
export function totals(cart: Cart): CartTotals {
  const out: CartTotals = { pieces: 0, lines: 0, items: 0, shipping: 0, total: 0 }
  for (const s of cart.shops) {
    for (const l of s.lines) if (l.selected && buyable(l)) {
      out.lines++
      out.pieces += l.quantity
    }
    out.items += s.items_total
    out.shipping += s.shipping_fee
  }
  out.total = out.items + out.shipping
  return out
}

/** What goes to the checkout. */
export function selectedLines(cart: Cart): LineInput[] {
  return cart.shops.flatMap((s) => s.lines.filter((l) => l.selected && buyable(l)).map((l) => ({ shop_id: s.shop.id, sku_id: l.sku_id, quantity: l.quantity })))
}

/** The check mark of a group of lines; lines that cannot be bought do not count. */
export function mark(lines: readonly CartLine[]): 'all' | 'some' | 'none' {
  const can = lines.filter(buyable)
  const on = can.filter((l) => l.selected).length
  return on === 0 ? 'none' : on === can.length ? 'all' : 'some'
}

/** The lines of a shop that can no longer be bought at all. */
export const dead = (cart: Cart): string[] => cart.shops.flatMap((s: CartShop) => s.lines.filter((l) => !l.on_sale || l.available <= 0).map((l) => l.sku_id))
