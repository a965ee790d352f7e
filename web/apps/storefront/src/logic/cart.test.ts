import type { Cart, CartLine } from '@shuke/api'
import { describe, expect, it } from 'vitest'
import { dead, hindrance, mark, selectedLines, totals } from './cart'

const line = (sku_id: string, over: Partial<CartLine> = {}): CartLine => ({
  sku_id, product_id: 'p', title: 't', options: [], picture: '', price: 1000, price_seen: 1000, quantity: 2, available: 9, selected: true, on_sale: true, ...over,
})
const shop = (id: string, lines: CartLine[], items_total: number, shipping_fee: number) => ({
  shop: { id, handle: id, name: id, name_en: '', slogan: '', logo: '', cover: '', city: '' }, lines, items_total, shipping_fee, free_shipping_lack: 0,
})
const cart: Cart = {
  count: 9,
  shops: [
    shop('1', [line('a'), line('b', { selected: false }), line('c', { on_sale: false })], 2000, 800),
    shop('2', [line('d', { quantity: 3, available: 2 }), line('e', { quantity: 1 }), line('f', { available: 0 })], 1000, 0),
  ],
}

describe('cart', () => {
  it('adds up what the server priced and counts what can be bought', () => {
    expect(totals(cart)).toEqual({ pieces: 3, lines: 2, items: 3000, shipping: 800, total: 3800 })
    expect(totals({ shops: [], count: 0 })).toEqual({ pieces: 0, lines: 0, items: 0, shipping: 0, total: 0 })
  })
  it('takes to the checkout only what is selected and can be bought', () => {
    expect(selectedLines(cart)).toEqual([{ shop_id: '1', sku_id: 'a', quantity: 2 }, { shop_id: '2', sku_id: 'e', quantity: 1 }])
  })
  it('says why a line cannot be bought', () => {
    expect(cart.shops.flatMap((s) => s.lines).map(hindrance)).toEqual(['', '', 'off_sale', 'short', '', 'sold_out'])
    expect(dead(cart)).toEqual(['c', 'f'])
  })
  it('marks a group by its lines that can be bought', () => {
    expect(mark(cart.shops[0]!.lines)).toBe('some')
    expect(mark(cart.shops[1]!.lines)).toBe('all')
    expect(mark([line('x', { on_sale: false })])).toBe('none')
    expect(mark([])).toBe('none')
  })
})
