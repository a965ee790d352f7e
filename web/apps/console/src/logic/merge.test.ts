import { describe, expect, it } from 'vitest'
import { merge } from './merge'

const page = (text: string, next = 'more') => ({ items: [...text], next })
const join = (known: string, first: string, next?: string) => {
  const m = merge([...known], page(first, next), (x) => x)
  return `${m.items.join('')} ${m.fresh.join('')}`
}

describe('merge', () => {
  it('puts what is new first and keeps what lies behind the page', () => expect(join('edcba', 'gfed')).toBe('gfedcba gf'))
  it('drops what left the list within the page', () => expect(join('edcba', 'ecb')).toBe('ecba '))
  it('takes a page that is the whole list as it is', () => expect(join('edcba', 'fe', '')).toBe('fe f'))
  it('fills an empty list', () => expect(join('', 'ba')).toBe('ba ba'))
  it('keeps everything behind when the page shares nothing with it', () => expect(join('cba', 'gf')).toBe('gfcba gf'))
})
