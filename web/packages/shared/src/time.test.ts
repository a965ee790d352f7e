import { beforeEach, describe, expect, it } from 'vitest'
import { locale } from './i18n'
import { formatChatTime, formatClock, formatCountdown, formatDate, formatDateTime, formatRelative } from './time'

const now = '2026-11-21T15:30:00Z' // Saturday 23:30 in Shanghai

beforeEach(() => { locale.value = 'zh-CN' })

describe('absolute time', () => {
  it('is Shanghai time whatever the machine says', () => {
    expect(formatDateTime('2026-11-21T16:05:09Z')).toBe('2026-11-22 00:05')
    expect(formatDateTime('2026-11-21T16:05:09Z', true)).toBe('2026-11-22 00:05:09')
    expect(formatDate('2026-12-31T16:00:00Z')).toBe('2027-01-01')
    expect(formatClock(0)).toBe('08:00')
  })
  it('is empty for no moment', () => {
    for (const f of [formatDate, formatDateTime, formatClock, formatRelative, formatChatTime]) expect(f('soon')).toBe('')
  })
})

describe('chat time', () => {
  it.each([
    ['2026-11-20T16:00:00Z', '00:00', '00:00'],
    ['2026-11-20T15:59:00Z', '昨天', '昨天 23:59'],
    ['2026-11-18T04:00:00Z', '星期三', '星期三 12:00'],
    ['2026-11-14T04:00:00Z', '11月14日', '11月14日 12:00'],
    ['2025-11-21T04:00:00Z', '2025年11月21日', '2025年11月21日 12:00'],
  ])('%s', (at, short, long) => {
    expect(formatChatTime(at, now)).toBe(short)
    expect(formatChatTime(at, now, { long: true })).toBe(long)
  })
  it('speaks English', () => {
    expect(formatChatTime('2026-11-20T15:59:00Z', now, { locale: 'en', long: true })).toBe('Yesterday 23:59')
    expect(formatChatTime('2025-11-21T04:00:00Z', now, { locale: 'en' })).toBe('Nov 21, 2025')
  })
})

describe('relative time', () => {
  it.each([
    ['2026-11-21T15:29:30Z', '刚刚', 'just now'],
    ['2026-11-21T15:25:00Z', '5分钟前', '5 min ago'],
    ['2026-11-21T18:30:00Z', '3小时后', 'in 3 h'],
    ['2026-11-19T15:30:00Z', '2天前', '2 d ago'],
    ['2026-09-01T00:00:00Z', '9月1日', 'Sep 1'],
  ])('%s', (at, zh, en) => {
    expect(formatRelative(at, now)).toBe(zh)
    expect(formatRelative(at, now, 'en')).toBe(en)
  })
})

it('counts down and stops at zero', () => {
  expect([65_000, 3_600_000, 999, -5].map(formatCountdown)).toEqual(['01:05', '1:00:00', '00:00', '00:00'])
})
