import { expect, it } from 'vitest'
import { grouped } from './usePayCode'

it('groups the digits as they are read out', () => {
  expect(grouped('134567890123456789')).toBe('1345 6789 0123 456789')
  expect(grouped('13456')).toBe('1345 6')
  expect(grouped('')).toBe('')
})
