import { effectScope, ref } from 'vue'
import { describe, expect, it } from 'vitest'
import { innerEvents } from './useWork'

function outer() {
  const hearers = new Map<string, ((data: unknown) => void)[]>()
  return {
    down: ref(false),
    on(name: string, hear: (data: never) => void) { hearers.set(name, [...(hearers.get(name) ?? []), hear as (data: unknown) => void]) },
    send(name: string, data: unknown) { for (const hear of hearers.get(name) ?? []) hear(data) },
  }
}

describe('events of a WeCom', () => {
  it('are those of this member only, unwrapped', () => {
    const line = outer()
    const seen: unknown[] = []
    const scope = effectScope()
    scope.run(() => innerEvents(line as never, 'an@ww1').on('message', (e) => seen.push(e)))
    line.send('work', { id: 'an@ww1', event: 'message', data: 1 })
    line.send('work', { id: 'bo@ww1', event: 'message', data: 2 })
    line.send('work', { id: 'an@ww1', event: 'contacts', data: 3 })
    line.send('message', 4)
    expect(seen).toEqual([1])
    scope.stop()
    line.send('work', { id: 'an@ww1', event: 'message', data: 5 })
    expect(seen).toEqual([1])
  })

  it('pass on when the line is back and the clock moved', () => {
    const line = outer()
    const seen: string[] = []
    const live = innerEvents(line as never, 'an@ww1')
    effectScope().run(() => { live.on('hello', () => seen.push('hello')); live.on('clock', () => seen.push('clock')) })
    line.send('hello', { now: '' })
    line.send('clock', {})
    expect(seen).toEqual(['hello', 'clock'])
  })
})
