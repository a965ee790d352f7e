import { describe, expect, it } from 'vitest'
import type { OrderLine } from '../api/types'
import { isWhole, packAll, parcelLines, pieces, tidyNo } from './ship'

const line = (line_no: number, shippable: number): OrderLine => ({
  line_no, shippable, product_id: '1', sku_id: '1', title: '', options: [], picture: '', price: 100, quantity: 5, amount: 500, shipped: 0, refunding: 0, refunded: 0,
})
const lines = [line(1, 2), line(2, 0), line(3, 4)]

describe('packing', () => {
  it('takes everything that is left and names no lines then', () => {
    const all = packAll(lines)
    expect(all).toEqual({ 1: 2, 3: 4 })
    expect(pieces(all)).toBe(6)
    expect(isWhole(lines, all)).toBe(true)
    expect(parcelLines(lines, all)).toBeUndefined()
  })
  it('names the lines of a part', () => {
    expect(parcelLines(lines, { 1: 0, 3: 1 })).toEqual([{ line_no: 3, quantity: 1 }])
  })
  it('cleans what a scanner or a chat gives', () => {
    expect(tidyNo(' sf 1234　５６７ ')).toBe('SF1234567')
  })
})
