import { expect, it } from 'vitest'
import type { Chat } from '../api'
import { withChat } from './usePhone'

const row = (id: string, time: string | null, pinned = false): Chat =>
  ({ id, kind: 'person', title: id, avatar: '', unread: 0, muted: false, pinned, ...(time ? { last: { text: '', time, type: 'text' } } : {}) })

it('puts pinned chats first and the latest line on top, whatever the zone it is written in', () => {
  const list = [row('a', '2026-01-01T10:00:00+08:00'), row('b', '2026-01-01T09:00:00+08:00'), row('new', null)]
  expect(withChat(list, row('c', '2026-01-01T01:30:00Z')).map((c) => c.id)).toEqual(['a', 'c', 'b', 'new'])
  expect(withChat(list, row('b', '2026-01-01T09:00:00+08:00', true)).map((c) => c.id)).toEqual(['b', 'a', 'new'])
})
