import { describe, expect, it } from 'vitest'
import { attempt, type Store } from './attempt'

function store(): Store & { size: () => number } {
  const m = new Map<string, string>()
  return { getItem: (k) => m.get(k) ?? null, setItem: (k, v) => void m.set(k, v), removeItem: (k) => void m.delete(k), size: () => m.size }
}

describe('an attempt', () => {
  it('keeps its key over double taps and reloads', () => {
    const s = store()
    const key = attempt('order', s).key({ lines: [1], total: 5 })
    expect(key).toMatch(/^[0-9a-f]{32}$/)
    expect(attempt('order', s).key({ lines: [1], total: 5 })).toBe(key)
    expect(attempt('order', s).pending()).toBe(true)
  })
  it('is another one for another input', () => {
    const s = store()
    const a = attempt('order', s)
    expect(a.key({ total: 5 })).not.toBe(a.key({ total: 6 }))
  })
  it('is over after the yes', () => {
    const s = store()
    const a = attempt('order', s)
    const key = a.key(1)
    a.done()
    expect([a.pending(), s.size()]).toEqual([false, 0])
    expect(a.key(1)).not.toBe(key)
  })
  it('does not mix two kinds', () => {
    const s = store()
    expect(attempt('order', s).key(1)).not.toBe(attempt('aftersale', s).key(1))
  })
})
