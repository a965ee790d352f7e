import { describe, expect, it } from 'vitest'
import { calledIn } from './useGroupChat'

const people = [{ id: 'lin', name: '林小满' }, { id: 'all', name: '所有人' }, { id: 'lin', name: '林小满' }]

describe('calledIn', () => {
  it('calls whom the text still names, each once', () => {
    expect(calledIn('@林小满 看这里', people)).toEqual(['lin'])
    expect(calledIn('@所有人 @林小满', people)).toEqual(['lin', 'all'])
  })
  it('forgets who was erased again', () => {
    expect(calledIn('林小满 在吗', people)).toEqual([])
  })
})
