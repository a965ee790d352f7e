import { expect, it } from 'vitest'
import { createNav } from './useNav'

it('goes back to a chat that is open instead of opening it twice', () => {
  const nav = createNav()
  nav.openChat('acc-1', '市集')
  nav.push({ name: 'web', url: 'http://a/' })
  nav.push({ name: 'account', appid: '1' })
  nav.openChat('acc-1', '市集')
  expect(nav.layers.value.map((l) => l.page.name)).toEqual(['chat'])
  nav.openChat('per-b', 'b')
  expect(nav.layers.value).toHaveLength(1)
})

it('closes a page with what stands on it, and only then', () => {
  const nav = createNav()
  nav.push({ name: 'wallet' })
  nav.push({ name: 'bills' })
  const key = nav.layers.value[1]!.key
  nav.push({ name: 'bill', billId: 'b1' })
  nav.close(key)
  nav.close(key)
  expect(nav.layers.value.map((l) => l.page.name)).toEqual(['wallet'])
})

it('keeps the stack bounded', () => {
  const nav = createNav()
  for (let i = 0; i < 200; i++) nav.push({ name: 'search' })
  expect(nav.layers.value.length).toBeLessThanOrEqual(20)
  expect(new Set(nav.layers.value.map((l) => l.key)).size).toBe(nav.layers.value.length)
})
