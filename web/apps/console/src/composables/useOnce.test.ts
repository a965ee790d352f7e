import { expect, it } from 'vitest'
import { useOnce } from './useOnce'

it('keeps its key for the same input until it is done', () => {
  const once = useOnce()
  const first = once.key({ a: 1 })
  expect(first).toMatch(/^[0-9a-f]{32}$/)
  expect(once.key({ a: 1 })).toBe(first)
  expect(once.key({ a: 2 })).not.toBe(first)
  const again = once.key({ a: 1 })
  expect(again).not.toBe(first)
  once.done()
  expect(once.key({ a: 1 })).not.toBe(again)
})
