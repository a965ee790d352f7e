import { onScopeDispose, ref } from 'vue'

/** The time, in ms, once a second while the page is open. */
export function useNow() {
  const now = ref(Date.now())
  const timer = setInterval(() => { now.value = Date.now() }, 1000)
  onScopeDispose(() => clearInterval(timer))
  return now
}
