import type { ProductSku } from '@shuke/api'
import { expect, test } from 'vitest'
import { flashOf, left, phase, pieces, shownFlash, type Flash } from './flash'

const at = Date.parse('2026-11-11T12:00:00Z')
const flash = (more: Partial<Flash>): Flash => ({ id: '1', price: 990, units: 10, left: 4, per_buyer: 1, starts_at: '2026-11-11T12:00:00Z', ends_at: '2026-11-11T13:00:00Z', ...more })
const sku = (more: Partial<ProductSku>): ProductSku => ({ id: '7', options: [], price: 1990, compare_price: 0, picture: '', available: 3, weight_g: 0, ...more })

test('a sale is on from its first to before its last moment, while units are left', () => {
  expect(phase(flash({}), at - 1)).toBe('soon')
  expect(phase(flash({}), at)).toBe('on')
  expect(phase(flash({ left: 0 }), at)).toBe('gone')
  expect(phase(flash({}), at + 3600e3)).toBe('over')
  expect(phase(flash({ left: 0 }), at + 3600e3)).toBe('over')
})

test('what can be bought counts the units of a sale only while it is on', () => {
  const s = sku({ flash: flash({}) })
  expect(flashOf(s, at)?.price).toBe(990)
  expect(flashOf(s, at - 1)).toBeUndefined()
  expect(flashOf(sku({}), at)).toBeUndefined()
  expect([pieces(s, at - 1), pieces(s, at)]).toEqual([3, 7])
})

test('a sale that sells is shown before one to come, and that before one that is gone', () => {
  const gone = sku({ flash: flash({ id: 'gone', left: 0, price: 1 }) }), soon = sku({ flash: flash({ id: 'soon', price: 2, starts_at: '2026-11-11T12:30:00Z' }) })
  const dear = sku({ flash: flash({ id: 'dear', price: 4 }) }), on = sku({ flash: flash({ id: 'on', price: 3 }) })
  expect(shownFlash([gone, soon, dear, on], at)?.id).toBe('on')
  expect(shownFlash([gone, soon], at)?.id).toBe('soon')
  expect(shownFlash([sku({}), gone], at)?.id).toBe('gone')
  expect(shownFlash([sku({})], at)).toBeUndefined()
})

test('the time left never goes below nothing', () => {
  expect(left(90061e3)).toEqual({ days: 1, clock: '01:01:01' })
  expect(left(-5)).toEqual({ days: 0, clock: '00:00:00' })
})
