import { expect, it } from 'vitest'
import type { Bill } from '../api'
import { byMonth } from './useBills'

const bill = (seq: number, time: string): Bill => ({ id: `b${seq}`, seq, kind: 'payment', title: '', amount: 1, direction: 'out', state: '', time })

it('turns the month at midnight in Shanghai', () => {
  const months = byMonth([bill(3, '2026-01-31T16:00:00Z'), bill(2, '2026-01-31T15:59:59Z'), bill(1, '2026-01-01T00:00:00+08:00')])
  expect(months.map((m) => [m.key, m.bills.length])).toEqual([['2026-02', 1], ['2026-01', 2]])
})
