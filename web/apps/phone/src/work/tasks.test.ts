import { describe, expect, it } from 'vitest'
import type { WorkTask } from '../api/social'
import { named, outcome, reached, tasksOf, waitingOf } from './tasks'

function task(id: string, more: Partial<WorkTask> = {}): WorkTask {
  return { kind: 'message', id, text: id, cards: [], state: 'waiting', time: '2026-01-01T10:00:00+08:00', targets: [], ...more }
}
const target = (id: string, status = 0) => ({ id, name: id, avatar: '', status })

describe('tasks of a member', () => {
  it('stand with those that wait first, then the newest', () => {
    const all = [
      task('old done', { state: 'done' }), task('post', { kind: 'moment' }), task('old'), task('new done', { state: 'done', time: '2026-01-02T10:00:00+08:00' }),
      task('new', { time: '2026-01-01T03:00:00Z' }), task('stopped', { state: 'stopped', time: '2026-01-03T10:00:00+08:00' }),
    ]
    expect(tasksOf(all, 'message').map((t) => t.id)).toEqual(['new', 'old', 'stopped', 'new done', 'old done'])
    expect(waitingOf(all, 'message')).toBe(2)
    expect(waitingOf(all, 'moment')).toBe(1)
  })

  it('go to everybody unless somebody may be and was left out', () => {
    const targets = [target('lin'), target('zhou')]
    const left = new Set(['zhou'])
    expect(named(task('a', { targets }), left)).toEqual([])
    expect(reached(task('a', { targets }), left)).toBe(2)
    expect(named(task('a', { targets, choose: true }), left)).toEqual(['lin'])
    expect(reached(task('a', { targets, choose: true }), left)).toBe(1)
    expect(named(task('a', { targets, choose: true }), new Set())).toEqual([])
    expect(reached(task('a', { targets, choose: true }), new Set(['lin', 'zhou']))).toBe(0)
    expect(reached(task('a', { state: 'done', targets: [target('lin', 1), target('zhou')] }), new Set())).toBe(1)
  })

  it('tell who got them', () => {
    expect(outcome(task('a', { targets: [target('lin', 1), target('zhou', 2), target('qiu', 3), target('wu')] }))).toEqual({ sent: 1, failed: 2 })
  })
})
