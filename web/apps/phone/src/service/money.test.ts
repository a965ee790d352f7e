import { expect, it } from 'vitest'
import { fenOf } from './money'

it('reads yuan without floating', () => {
  expect(['1', '0.1', '0.29', '19.99', ' 8.80 ', '', '1.234', '-1', 'abc', '1e3'].map(fenOf)).toEqual([100, 10, 29, 1999, 880, null, null, null, null, null])
})
