import { Problem } from '@shuke/api'
import { onActivated, ref, shallowRef, watch, type WatchSource } from 'vue'
import { t } from '../i18n'

/** Anything thrown, as a Problem to show. */
export function asProblem(e: unknown): Problem {
  if (e instanceof Problem) return e
  console.error(e)
  return new Problem({ title: t('error.unknown'), status: 0, code: 'page' })
}

/** Loads what a page shows. `seed` is used instead of the first request; the loaded value stays while it is loaded again. */
export function useLoad<T>(load: () => Promise<T>, options: { seed?: T; on?: WatchSource; fresh?: boolean } = {}) {
  const data = shallowRef<T | undefined>(options.seed)
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

  if (options.seed === undefined) void reload()
  if (options.on) watch(options.on, () => { data.value = undefined; void reload() })
  if (options.fresh) {
    let first = true
    onActivated(() => { if (!first) void reload(); first = false })
  }
  return { data, error, busy, reload }
}
