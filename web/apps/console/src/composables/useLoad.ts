import { Problem } from '@shuke/api'
import { onScopeDispose, ref, shallowRef, watch, type WatchSource } from 'vue'
import { t } from '../i18n'

/** Anything thrown, as a Problem to show. */
export function asProblem(e: unknown): Problem {
  if (e instanceof Problem) return e
  console.error(e)
  return new Problem({ title: t('error.unknown'), status: 0, code: 'page' })
}

/** Loads what a page shows, and again when `on` changes. What is shown stays while it is loaded again, unless `on` changed. */
export function useLoad<T>(load: () => Promise<T>, on?: WatchSource) {
  const data = shallowRef<T>()
  const error = shallowRef<Problem>()
  const busy = ref(false)
  let turn = 0

  async function reload(): Promise<void> {
    const mine = ++turn
    busy.value = true
    error.value = undefined
    try {
      const value = await load()
      if (mine === turn) data.value = value
    } catch (e) {
      if (mine === turn) error.value = asProblem(e)
    } finally {
      if (mine === turn) busy.value = false
    }
  }

  void reload()
  if (on) watch(on, () => { data.value = undefined; void reload() })
  onScopeDispose(() => { turn++ })
  return { data, error, busy, reload }
}
