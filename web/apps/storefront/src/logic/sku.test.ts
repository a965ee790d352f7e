import type { ProductSku } from '@shuke/api'
import { describe, expect, it } from 'vitest'
import { bounded, choicePicture, chosenSku, firstChoice, isOpen, missing, priceRange, toggled } from './sku'

const sku = (id: string, options: string[], available: number, price = 1000, picture = ''): ProductSku => ({ id, options, available, price, compare_price: 0, picture, weight_g: 100 })
const axes = [{ name: '颜色', values: ['红', '蓝'] }, { name: '尺码', values: ['S', 'M', 'L'] }]
const skus = [sku('1', ['红', 'S'], 3, 1000, 'red.jpg'), sku('2', ['红', 'M'], 0, 1200), sku('3', ['蓝', 'M'], 5, 1500), sku('4', ['蓝', 'L'], 1, 900)]

describe('choice of a combination', () => {
  it('names one only when every axis is chosen', () => {
    expect(chosenSku(skus, ['红', 'S'])?.id).toBe('1')
    expect(chosenSku(skus, ['红', ''])).toBeUndefined()
    expect(chosenSku(skus, ['红', 'L'])).toBeUndefined()
    expect(chosenSku([sku('9', [], 1)], [])?.id).toBe('9')
  })

  it('closes values that no combination in stock has with the others', () => {
    const open = (choice: string[]) => axes.map((a, i) => a.values.filter((v) => isOpen(skus, choice, i, v)))
    expect(open(['', ''])).toEqual([['红', '蓝'], ['S', 'M', 'L']])
    expect(open(['红', ''])).toEqual([['红', '蓝'], ['S']]) // red M is sold out
    expect(open(['蓝', 'M'])).toEqual([['蓝'], ['M', 'L']])
  })

  it('never leads into a dead end: whatever is open can be completed', () => {
    for (const a of ['', ...axes[0]!.values]) for (const b of ['', ...axes[1]!.values]) {
      axes.forEach((axis, i) => axis.values.forEach((v) => {
        if (!isOpen(skus, [a, b], i, v)) return
        const next = [a, b].map((x, j) => (j === i ? v : x))
        expect(skus.some((s) => s.available > 0 && s.options.every((o, j) => next[j] === '' || next[j] === o))).toBe(true)
      }))
    }
  })

  it('takes a choice back at the second tap', () => {
    expect(toggled(['红', 'S'], 0, '红')).toEqual(['', 'S'])
    expect(toggled(['红', 'S'], 0, '蓝')).toEqual(['蓝', 'S'])
  })

  it('chooses at once what leaves no choice', () => {
    expect(firstChoice(axes, skus)).toEqual(['', ''])
    expect(firstChoice([{ name: '规格', values: ['一盒'] }], [sku('1', ['一盒'], 0)])).toEqual(['一盒'])
    expect(firstChoice(axes, skus.map((s) => (s.id === '3' ? s : { ...s, available: 0 })))).toEqual(['蓝', 'M'])
    expect(missing(axes, ['', 'M'])).toEqual(['颜色'])
  })

  it('shows the prices and the picture of what is left', () => {
    expect(priceRange(skus, ['', ''])).toEqual([900, 1500])
    expect(priceRange(skus, ['红', ''])).toEqual([1000, 1200])
    expect(priceRange([], [])).toEqual([0, 0])
    expect([choicePicture(skus, ['', '']), choicePicture(skus, ['红', '']), choicePicture(skus, ['蓝', ''])]).toEqual(['', 'red.jpg', ''])
  })

  it('keeps a quantity within what is there', () => {
    expect([bounded(0, 5), bounded(3, 5), bounded(9, 5), bounded(9, 0), bounded(2.7, 5), bounded(NaN, 5), bounded(5000, 9000)]).toEqual([1, 3, 5, 1, 2, 1, 999])
  })
})
