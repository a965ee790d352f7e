import { Problem } from '@shuke/api'
import { describe, expect, it } from 'vitest'
import { ask, pauses, sleep } from './poll'

const lost = () => new Problem({ title: 'x', status: 0, code: 'network' })

describe('asking until the answer is final', () => {
  it('asks at once, then with growing pauses, and stops at the final answer', async () => {
    const waits: number[] = []
    const answers = ['pending', 'pending', 'pending', 'paid', 'never asked']
    const out = await ask(async () => answers.shift()!, (a) => a === 'paid', { sleep: async (ms) => void waits.push(ms) })
    expect(out).toEqual({ answer: 'paid', final: true })
    expect(waits).toEqual(pauses.slice(0, 3))
    expect(answers).toEqual(['never asked'])
  })
  it('gives up with the last answer', async () => {
    let asked = 0
    const out = await ask(async () => ++asked, () => false, { sleep: async () => undefined })
    expect(out).toEqual({ answer: pauses.length + 1, final: false })
  })
  it('asks again when an answer was lost, and throws what was refused', async () => {
    let asked = 0
    const flaky = async () => {
      if (++asked < 3) throw lost()
      return 'paid'
    }
    expect(await ask(flaky, () => true, { sleep: async () => undefined })).toEqual({ answer: 'paid', final: true })
    const refused = new Problem({ title: 'x', status: 404, code: 'checkout.not_found' })
    await expect(ask(async () => { throw refused }, () => true, { sleep: async () => undefined })).rejects.toBe(refused)
  })
  it('says nothing when no answer ever came', async () => {
    expect(await ask(async () => { throw lost() }, () => true, { pauses: [1], sleep: async () => undefined })).toEqual({ answer: undefined, final: false })
  })
  it('stops when the page is left', async () => {
    const stop = new AbortController()
    let asked = 0
    const out = await ask(async () => ++asked, () => false, { signal: stop.signal, sleep: async () => stop.abort() })
    expect([asked, out.final]).toEqual([1, false])
    await sleep(60_000, AbortSignal.abort())
    const leaving = new AbortController()
    const pause = sleep(60_000, leaving.signal)
    leaving.abort()
    await pause
  })
  it('grows and lasts about a minute', () => {
    expect([...pauses].sort((a, b) => a - b)).toEqual([...pauses])
    const sum = pauses.reduce((a, b) => a + b)
    expect(sum).toBeGreaterThan(45_000)
    expect(sum).toBeLessThan(90_000)
  })
})
