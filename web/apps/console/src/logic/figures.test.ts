import { describe, expect, it } from 'vitest'
import { change, count, percent, plotted, share, signedPercent } from './figures'

describe('figures', () => {
  it('compares without dividing by nothing', () => {
    expect(change(125, 100)).toBeCloseTo(0.25)
    expect(change(0, 0)).toBe(0)
    expect(change(3, 0)).toBeNull()
    expect(share(1, 0)).toBe(0)
  })
  it('writes percent so that small ones can be read', () => {
    expect([percent(0.1234), percent(0.0042), percent(0), signedPercent(0.5), signedPercent(-0.04)]).toEqual(['12.3%', '0.42%', '0.0%', '+50.0%', '-4.0%'])
  })
  it('groups thousands', () => {
    expect([count(7), count(1234), count(1234567)]).toEqual(['7', '1,234', '1,234,567'])
  })
  it('draws fen as yuan and conversion as percent', () => {
    const day = { visitors: 200, pages: 0, buyers: 0, orders: 9, sales: 12_345, refunded: 0, conversion: 0.045, order_value: 1371 }
    expect([plotted(day, 'visitors'), plotted(day, 'conversion'), plotted(day, 'order_value'), plotted(day, 'sales')]).toEqual([200, 4.5, 13.71, 123.45])
  })
})
