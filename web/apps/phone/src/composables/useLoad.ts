import { onScopeDispose, ref, shallowRef } from 'vue'
import { ApiError } from '../api'

/** What people are told about anything that went wrong. */
export function reasonOf(error: unknown): string {
  return error instanceof ApiError ? error.text : String(error instanceof Error ? error.message : error)
}

/**
 * Loads something now and again on `reload`. `slow` turns true after 300 ms of waiting without anything to show yet;
 * an answer that was overtaken by a later call is dropped.
 */
export function useLoad<T>(load: () => Promise<T>) {
  const data = shallowRef<T | null>(null)
  const error = ref('')
  const slow = ref(false)
  const busy = ref(false)
  let turn = 0
  let alive = true

  async function reload(): Promise<void> {
    const mine = ++turn
    busy.value = true
    const timer = setTimeout(() => { slow.value = data.value === null }, 300)
    try {
      const answer = await load()
      if (mine !== turn || !alive) return
      data.value = answer
      error.value = ''
    } catch (e) {
      if (mine === turn && alive) error.value = reasonOf(e)
    } finally {
      clearTimeout(timer)
      if (mine === turn) busy.value = slow.value = false
    }
  }

  onScopeDispose(() => { alive = false })
  void reload()
  return { data, error, slow, busy, reload }
}
