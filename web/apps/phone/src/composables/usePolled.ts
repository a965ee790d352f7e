import { onScopeDispose } from 'vue'
import { useLoad } from './useLoad'

/** Loads like useLoad and again every `every` milliseconds while the page is visible. */
export function usePolled<T>(load: () => Promise<T>, every = 2500) {
  const loaded = useLoad(load)
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible' && !loaded.busy.value) void loaded.reload()
  }, every)
  onScopeDispose(() => clearInterval(timer))
  return loaded
}
