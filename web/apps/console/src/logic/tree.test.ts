import { describe, expect, it } from 'vitest'
import type { Category } from '../api/types'
import { flat, forest, pathOf } from './tree'

const cat = (id: string, parent_id = '0', position = 0): Category => ({ id, parent_id, position, code: `c${id}`, name: id, name_en: '', icon: '' })

describe('categories', () => {
  const all = [cat('2', '0', 2), cat('1', '0', 1), cat('11', '1'), cat('111', '11'), cat('9', '77')]
  it('stand under their parents by position; orphans at the top', () => {
    expect(flat(forest(all)).map((b) => `${b.depth}${b.id}`)).toEqual(['09', '01', '111', '2111', '02'])
  })
  it('have a path', () => {
    expect(pathOf(all, '111').map((c) => c.id)).toEqual(['1', '11', '111'])
    expect(pathOf(all, 'x')).toEqual([])
  })
  it('survive a circle', () => {
    expect(pathOf([cat('1', '2'), cat('2', '1')], '1').length).toBeLessThan(7)
    expect(forest([cat('1', '2'), cat('2', '1')])).toEqual([])
  })
})
