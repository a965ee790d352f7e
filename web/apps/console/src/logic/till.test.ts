import { describe, expect, it } from 'vitest'
import { addPiece, paymentCode, saleTotal } from './till'

const tea = { sku: '1', title: '龙井', options: ['250g'], picture: '', price: 12800, available: 2 }

describe('till', () => {
  it.each([['130123456789012345', '130123456789012345'], [' 1301 2345 6789 0123 45 ', '130123456789012345'], ['１３０１２３４５６７８９０１２３４５', '130123456789012345'],
    ['160123456789012345', ''], ['13012345678901234', ''], ['6901234567892', ''], ['', '']])('%s reads as %s', (text, code) => {
    expect(paymentCode(text)).toBe(code)
  })
  it('counts a piece up to what is in stock', () => {
    const one = addPiece([], tea)
    const two = addPiece(one, tea)
    expect(addPiece(two, tea)[0]!.quantity).toBe(2)
    expect(one[0]!.quantity).toBe(1)
    expect(addPiece(two, { ...tea, sku: '2' })).toHaveLength(2)
  })
  it('adds goods and an amount', () => {
    expect(saleTotal(addPiece(addPiece([], tea), tea), 5)).toBe(25605)
    expect(saleTotal([], null)).toBe(0)
  })
})
