import { ref } from 'vue'
import { sayProblem } from './useToast'

/** Runs what a button does: one at a time, with its wait shown and its refusal said. Gives the result, undefined when it failed. */
export function useAct() {
  const doing = ref('')
  async function act<T>(name: string, run: () => Promise<T>): Promise<T | undefined> {
    if (doing.value) return undefined
    doing.value = name
    try {
      return await run()
    } catch (e) {
      sayProblem(e)
      return undefined
    } finally {
      doing.value = ''
    }
  }
  return { doing, act }
}
