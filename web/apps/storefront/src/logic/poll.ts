/** Pauses between questions to the server, in ms: quick at first, then patient. About a minute in all. */
export const pauses: readonly number[] = [400, 600, 1000, 1500, 2000, 3000, 4000, 5000, 6000, 8000, 10_000, 15_000]

/** Waits; a test hands in its own. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>

/** Waits ms, or until the signal says stop. */
export const sleep: Sleep = (ms, signal) => new Promise((done) => {
  if (signal?.aborted) return done()
  const timer = setTimeout(done, ms)
  signal?.addEventListener('abort', () => { clearTimeout(timer); done() }, { once: true })
})

/**
 * Asks until the answer is final, with growing pauses. Failed questions are asked again: a lost answer says nothing.
 * Gives the last answer (undefined when none came) and whether it was final.
 */
export async function ask<T>(question: () => Promise<T>, isFinal: (v: T) => boolean, options: { signal?: AbortSignal; sleep?: Sleep; pauses?: readonly number[] } = {}):
Promise<{ answer: T | undefined; final: boolean }> {
  const wait = options.sleep ?? sleep
  let answer: T | undefined
  for (const pause of [0, ...(options.pauses ?? pauses)]) {
    if (pause > 0) await wait(pause, options.signal)
    if (options.signal?.aborted) break
    try {
      answer = await question()
      if (isFinal(answer)) return { answer, final: true }
    } catch (e) {
      if (!isPassing(e)) throw e
    }
  }
  return { answer, final: false }
}

function isPassing(e: unknown): boolean {
  return typeof e === 'object' && e !== null && 'passing' in e && (e as { passing: boolean }).passing
}
