import { expect, it } from 'vitest'
import { simTime } from './useClock'

const noon = new Date('2026-01-01T12:00:00+08:00').getTime()
const base = { now: '2026-01-01T12:00:00+08:00', offset_ms: 0 }

it('stands still, walks or runs', () => {
  expect(simTime({ ...base, mode: 'frozen', speed: 1 }, 1000, 61_000)).toBe(noon)
  expect(simTime({ ...base, mode: 'real', speed: 1 }, 1000, 61_000)).toBe(noon + 60_000)
  expect(simTime({ ...base, mode: 'running', speed: 60 }, 1000, 61_000)).toBe(noon + 3_600_000)
})
