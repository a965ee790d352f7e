import { effectScope } from 'vue'
import { afterEach, expect, it, vi } from 'vitest'
import { digitsOf, patience, useCashier } from './useCashier'

afterEach(() => { vi.useRealTimers(); vi.unstubAllGlobals() })

it('takes the digits out of a reading', () => expect(digitsOf('1345 6789 0123 456789\n')).toBe('134567890123456789'))

/** A simulator that answers each call with the next state. */
function answers(states: string[], calls: string[]): void {
  vi.stubGlobal('fetch', async (url: string) => {
    const call = url.split('/').pop()!
    calls.push(call)
    return new Response(JSON.stringify({ amount: call === 'charge' ? 100 : undefined, mchid: '1', merchant: '店', out_trade_no: 'n', api: 'v3', state: states.shift() ?? 'USERPAYING' }))
  })
}

it('asks while the buyer types, then shows what was paid', async () => {
  vi.useFakeTimers()
  const calls: string[] = []
  answers(['USERPAYING', 'USERPAYING', 'SUCCESS'], calls)
  const scope = effectScope()
  const till = scope.run(useCashier)!
  await till.charge('1', 'v3', 100, '134567890123456789', '店')
  expect(till.waiting.value).toBe(true)
  await vi.advanceTimersByTimeAsync(6_500)
  expect(calls).toEqual(['charge', 'query', 'query'])
  expect(till.receipt.value).toMatchObject({ state: 'SUCCESS', amount: 100 })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(calls).toHaveLength(3)
  scope.stop()
})

it('reverses when it takes too long', async () => {
  vi.useFakeTimers()
  const calls: string[] = []
  answers([], calls)
  const scope = effectScope()
  const till = scope.run(useCashier)!
  await till.charge('1', 'v3', 100, '134567890123456789', '店')
  await vi.advanceTimersByTimeAsync(patience * 1000)
  expect(calls.at(-1)).toBe('reverse')
  scope.stop()
})
