import { describe, expect, it } from 'vitest'
import { bytes, placeOf, products, progress, underWay, writes } from './importReport'

const base = { size: 1000, read_bytes: 0, pictures_waiting: 0, pictures_done: 0, pictures_failed: 0 }

describe('progress of an import', () => {
  it('rises from waiting to done and never beyond', () => {
    expect(progress({ ...base, state: 'waiting' })).toBe(0)
    expect(progress({ ...base, state: 'running', read_bytes: 500 })).toBeCloseTo(0.45)
    expect(progress({ ...base, state: 'running', read_bytes: 2000 })).toBeCloseTo(0.9)
    expect(progress({ ...base, state: 'pictures', read_bytes: 1000 })).toBeCloseTo(0.9)
    expect(progress({ ...base, state: 'pictures', pictures_done: 2, pictures_failed: 1, pictures_waiting: 1 })).toBeCloseTo(0.975)
    expect(progress({ ...base, state: 'done' })).toBe(1)
  })
  it('knows an empty file and who still works', () => {
    expect(progress({ ...base, size: 0, state: 'running' })).toBe(0)
    expect((['uploaded', 'waiting', 'running', 'pictures', 'done', 'failed'] as const).filter((state) => underWay({ state }))).toEqual(['waiting', 'running', 'pictures'])
  })
})

describe('report', () => {
  it('counts products and says whether anything would be written', () => {
    const c = { created: 2, changed: 1, unchanged: 3, refused: 4 }
    expect(products(c)).toBe(10)
    expect(writes(c)).toBe(true)
    expect(writes({ created: 0, changed: 0, unchanged: 3, refused: 4 })).toBe(false)
  })
  it('says where a problem stands', () => {
    expect(placeOf({ line: 12, column: 3 })).toBe('12:3')
    expect(placeOf({ line: 12, column: 0 })).toBe('12')
    expect(placeOf({ line: 0, column: 0 })).toBe('')
  })
  it('writes sizes', () => {
    expect([bytes(12), bytes(2048), bytes(20_480), bytes(3_500_000)]).toEqual(['12 B', '2.0 KB', '20 KB', '3.3 MB'])
  })
})
