import { expect, it } from 'vitest'
import type { Message } from '../api'
import { mergeMessages, startsAfterPause } from './useChat'

const at = (seq: number, time = '2026-01-01T10:00:00+08:00'): Message =>
  ({ id: `m${seq}`, seq, chat_id: 'c', time, mine: false, from: { kind: 'account', id: 'a', name: 'a', avatar: '' }, type: 'text', text: String(seq) })

it('keeps each message once and in order, however they arrive', () => {
  expect(mergeMessages([at(3), at(5)], [at(5), at(1), at(4)]).map((m) => m.seq)).toEqual([1, 3, 4, 5])
})

it('writes the time at the start and after five quiet minutes', () => {
  expect(startsAfterPause(at(1), undefined)).toBe(true)
  expect(startsAfterPause(at(2, '2026-01-01T10:05:00+08:00'), at(1))).toBe(false)
  expect(startsAfterPause(at(2, '2026-01-01T10:05:01+08:00'), at(1))).toBe(true)
})
