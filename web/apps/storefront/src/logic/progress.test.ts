import { describe, expect, it } from 'vitest'
import { steps } from './progress'

const marks = (kind: 'refund' | 'return', state: Parameters<typeof steps>[0]['state']) => steps({ kind, state }).map((s) => `${s.key}:${s.mark}`)

describe('the way of an after-sale', () => {
  it('of a refund has three steps', () => {
    expect(marks('refund', 'requested')).toEqual(['requested:now', 'refunding:todo', 'refunded:todo'])
    expect(marks('refund', 'approved')).toEqual(['requested:done', 'refunding:now', 'refunded:todo'])
    expect(marks('refund', 'refunded')).toEqual(['requested:done', 'refunding:done', 'refunded:done'])
  })
  it('of a return has five', () => {
    expect(marks('return', 'approved')).toEqual(['requested:done', 'approved:now', 'returning:todo', 'refunding:todo', 'refunded:todo'])
    expect(marks('return', 'returning')).toEqual(['requested:done', 'approved:done', 'returning:now', 'refunding:todo', 'refunded:todo'])
  })
  it('ends where it was stopped', () => {
    expect(marks('return', 'refused')).toEqual(['requested:done', 'refused:stopped'])
    expect(marks('refund', 'cancelled')).toEqual(['requested:done', 'cancelled:stopped'])
  })
})
