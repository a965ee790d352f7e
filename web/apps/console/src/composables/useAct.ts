import type { Problem } from '@shuke/api'
import { ref, shallowRef } from 'vue'
import { asProblem } from './useLoad'
import { sayProblem } from './useSay'

/**
 * Runs what a button does: one at a time, with its wait shown (`doing` is its name) and its refusal said and kept
 * (`problem`, to mark fields). Gives the result, undefined when it failed.
 */
export function useAct() {
  const doing = ref('')
  const problem = shallowRef<Problem>()

  async function act<T>(name: string, run: () => Promise<T>, quiet = false): Promise<{ value: T } | undefined> {
    if (doing.value) return undefined
    doing.value = name
    problem.value = undefined
    try {
      return { value: await run() }
    } catch (e) {
      problem.value = asProblem(e)
      if (!quiet) sayProblem(problem.value)
      return undefined
    } finally {
      doing.value = ''
    }
  }

  const wrong = (field: string): string => problem.value?.wrong(field) ?? ''
  return { doing, problem, act, wrong }
}
