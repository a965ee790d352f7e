import { describe, expect, it } from 'vitest'
import { addAxis, bulkFill, combinations, emptyRow, matrix, removeAxis, renameValue, skuInputs, validGtin, wrongCells, wrongField, type SkuRow } from './sku'

const axes = [{ name: '颜色', values: ['红', '蓝'] }, { name: '尺码', values: ['M', 'L', 'XL'] }]
const row = (options: string[], more: Partial<SkuRow> = {}): SkuRow => ({ ...emptyRow(options), ...more })

describe('matrix', () => {
  it('turns the last axis fastest and has one row without axes', () => {
    expect(combinations(axes).map((c) => c.join('/'))).toEqual(['红/M', '红/L', '红/XL', '蓝/M', '蓝/L', '蓝/XL'])
    expect(combinations([])).toEqual([[]])
    expect(combinations([{ name: '颜色', values: [] }])).toEqual([])
  })
  it('keeps what was typed and lends prices to relatives', () => {
    const rows = matrix(axes, [row(['红', 'M'], { id: '7', price: 1990, code: 'A' }), row(['蓝', 'M'], { id: '8', price: 2990, weight: 300 })])
    expect(rows).toHaveLength(6)
    expect(rows[0]).toMatchObject({ id: '7', code: 'A', price: 1990 })
    expect(rows[1]).toMatchObject({ id: '', code: '', price: 1990, sold: true })
    expect(rows[5]).toMatchObject({ options: ['蓝', 'XL'], price: 2990, weight: 300 })
  })
  it('shows combinations that were never sold as unsold', () => {
    expect(matrix(axes, [row(['红', 'M'])], true).filter((r) => r.sold)).toHaveLength(1)
  })
  it('carries SKUs over added, removed and renamed values', () => {
    const one = matrix(axes.slice(0, 1), [row(['红'], { id: '1' }), row(['蓝'], { id: '2' })])
    const two = matrix(axes, addAxis(one, 'M'))
    expect(two.find((r) => r.id === '2')?.options).toEqual(['蓝', 'M'])
    expect(removeAxis(two, 1).map((r) => r.id)).toEqual(['1', '2'])
    expect(renameValue(two, 0, '蓝', '藏青').find((r) => r.id === '2')?.options).toEqual(['藏青', 'M'])
  })
  it('keeps the sold one when an axis goes', () => {
    expect(removeAxis([row(['红', 'M'], { id: '1', sold: false }), row(['红', 'L'], { id: '2' })], 1)).toMatchObject([{ id: '2' }])
  })
})

describe('filling and sending', () => {
  const rows = matrix(axes, [])
  it('fills sold rows only, all or of one value', () => {
    const some = rows.map((r, i) => (i === 0 ? { ...r, sold: false } : r))
    expect(bulkFill(some, 'price', 100).map((r) => r.price)).toEqual([null, 100, 100, 100, 100, 100])
    expect(bulkFill(some, 'stock', 5, { axis: 1, value: 'L' }).filter((r) => r.stock === 5)).toHaveLength(2)
  })
  it('sends sold rows, and stock only where it changed', () => {
    const sent = skuInputs([row(['红', 'M'], { id: '1', price: 100, stock: 4, onHand: 4 }), row(['红', 'L'], { sold: false }), row(['蓝', 'M'], { stock: 3, price: 200 })])
    expect(sent).toHaveLength(2)
    expect(sent[0]).not.toHaveProperty('stock')
    expect(sent[1]).toMatchObject({ stock: 3, price: 200 })
    expect(sent[1]).not.toHaveProperty('id')
  })
  it('puts errors on the rows that are shown', () => {
    const shown = [row(['a'], { sold: false }), row(['b']), row(['c'])]
    const cells = wrongCells(shown, [{ field: 'skus[1].gtin', message: '条码有误' }, { field: 'title', message: 'x' }, { field: 'skus[9].price', message: 'y' }])
    expect([...cells]).toEqual([['2.gtin', '条码有误']])
    expect(wrongField([{ field: 'media[0].url', message: 'm' }], 'media')).toBe('m')
    expect(wrongField([{ field: 'title_en', message: 'm' }], 'title')).toBe('')
  })
})

describe('trade numbers', () => {
  it.each(['6901028075862', '4006381333931', '96385074', '036000291452', '6 901028-075862'])('takes %s', (n) => expect(validGtin(n)).toBe(true))
  it.each(['6901028075861', '12345', '', '69010280758620', 'abc'])('refuses %j', (n) => expect(validGtin(n)).toBe(false))
})
