import { expect, it } from 'vitest'
import { number, parseFromFrame, text, texts } from './bridge'

it('understands events and requests', () => {
  expect(parseFromFrame({ wx: 1, type: 'event', name: 'closeWindow', data: {} })).toEqual({ kind: 'event', name: 'closeWindow', data: {} })
  expect(parseFromFrame({ wx: 1, type: 'request', id: 'r3', method: 'pay', params: { pay_id: 'ps_1' } }))
    .toEqual({ kind: 'request', id: 'r3', method: 'pay', params: { pay_id: 'ps_1' } })
})

it.each([null, undefined, 1, 'x', {}, { wx: 2, type: 'event', name: 'x' }, { wx: 1, type: 'event' }, { wx: 1, type: 'request', id: 3, method: 'pay' }, { wx: 1, type: 'request', id: 'a' }])(
  'ignores %j', (m) => expect(parseFromFrame(m)).toBeNull())

it('turns what is missing or odd into something harmless', () => {
  expect(parseFromFrame({ wx: 1, type: 'event', name: 'page', data: 'no' })).toEqual({ kind: 'event', name: 'page', data: {} })
  expect([text({ a: 1 }), text(null), text('x'.repeat(5000)).length]).toEqual(['', '', 2000])
  expect(texts(['a', 3, {}, 'b'])).toEqual(['a', '3', 'b'])
  expect(texts('abc')).toEqual([])
  expect([number('30.2', 0), number('', 7), number(NaN, 7), number(null, 7), number([1], 7)]).toEqual([30.2, 7, 7, 7, 7])
})
