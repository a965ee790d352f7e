import { expect, it } from 'vitest'
import { priceEdits, stockEdits } from './quick'

it('sends only what changed, stock as a difference', () => {
  const rows = [{ id: '1', price: 100, was: 100, onHand: 7, had: 10 }, { id: '2', price: 90, was: 100, onHand: 4, had: 4 }, { id: '3', price: null, was: 5, onHand: null, had: 5 }]
  expect(priceEdits(rows)).toEqual([{ sku_id: '2', price: 90 }])
  expect(stockEdits(rows)).toEqual([{ sku_id: '1', diff: -3 }])
})
