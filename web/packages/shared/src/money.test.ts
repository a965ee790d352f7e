import { describe, expect, it } from 'vitest'
import { formatMoney, formatMoneyRange, formatYuan, moneyParts, parseMoney } from './money'

describe('formatMoney', () => {
  it.each([
    [0, '¥0.00'], [5, '¥0.05'], [1280, '¥12.80'], [-5, '-¥0.05'], [100, '¥1.00'], [123456789, '¥1234567.89'],
    [Number.MAX_SAFE_INTEGER, '¥90071992547409.91'],
  ])('%i fen is %s', (fen, text) => expect(formatMoney(fen)).toBe(text))

  it('groups, trims and signs when asked', () => {
    expect(formatMoney(123456700, { group: true })).toBe('¥1,234,567.00')
    expect(formatMoney(1200, { trim: true })).toBe('¥12')
    expect(formatMoney(1250, { trim: true })).toBe('¥12.50')
    expect(formatMoney(1250, { plus: true })).toBe('+¥12.50')
    expect(formatMoney(0, { plus: true })).toBe('¥0.00')
  })

  it('refuses what is no whole number of fen', () => {
    for (const bad of [12.5, NaN, Infinity, 2 ** 53]) expect(() => moneyParts(bad)).toThrow(RangeError)
  })

  it('shows a range once when both ends are equal', () => {
    expect(formatMoneyRange(1280, 1280)).toBe('¥12.80')
    expect(formatMoneyRange(1280, 3900)).toBe('¥12.80–39.00')
  })
})

describe('parseMoney', () => {
  it.each([
    ['12.8', 1280], ['¥1,234.50', 123450], ['￥ 3', 300], ['.5', 50], ['１２．０５', 1205], ['-0.01', -1], ['0', 0], ['7.', 700], ['-¥5', -500],
  ])('%s', (text, fen) => expect(parseMoney(text)).toBe(fen))

  it.each(['', '.', 'abc', '1.234', '1,23', '12 34', '1e3', '99999999999999999'])('refuses %j', (text) => expect(parseMoney(text)).toBeNull())

  it('gives back every amount it printed', () => {
    let fen = 1
    for (let i = 0; i < 2000; i++) {
      fen = (fen * 48271) % 2147483647
      expect(parseMoney(formatYuan(fen))).toBe(fen)
      expect(parseMoney(formatMoney(-fen, { group: true }))).toBe(-fen)
    }
  })
})
