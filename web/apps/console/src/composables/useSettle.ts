import { onScopeDispose } from 'vue'

/** Runs f once things have been quiet for a moment: many events, one request. */
export function useSettle(f: () => void, ms = 400): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => clearTimeout(timer))
  return () => {
    clearTimeout(timer)
    timer = setTimeout(f, ms)
  }
}
