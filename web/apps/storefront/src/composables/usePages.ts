import type { Problem } from '@shuke/api'
import { ref, shallowRef } from 'vue'
import { asProblem } from './useLoad'

/** A list that comes page by page; `key` keeps what moved between two pages from standing there twice. */
export function usePages<T>(load: (cursor: string) => Promise<{ items: T[]; next: string }>, key: (item: T) => string) {
  const items = shallowRef<T[]>([])
  const error = shallowRef<Problem>()
  const busy = ref(false)
  const done = ref(false)
  const begun = ref(false)
  let cursor = ''
  let turn = 0

  async function more(): Promise<void> {
    if (busy.value || done.value) return
    const mine = turn
    busy.value = true
    error.value = undefined
    try {
      const page = await load(cursor)
      if (mine !== turn) return
      const known = new Set(items.value.map(key))
      items.value = [...items.value, ...page.items.filter((i) => !known.has(key(i)))]
      cursor = page.next
      done.value = page.next === ''
      begun.value = true
    } catch (e) {
      if (mine === turn) error.value = asProblem(e)
    } finally {
      if (mine === turn) busy.value = false
    }
  }

  /** Starts again from the first page, keeping what is shown when `quiet`. */
  async function reset(quiet = false): Promise<void> {
    turn++
    busy.value = false
    done.value = false
    cursor = ''
    if (quiet) {
      const old = items.value
      items.value = []
      await more()
      if (error.value) items.value = old
      return
    }
    begun.value = false
    items.value = []
    await more()
  }

  return { items, error, busy, done, begun, more, reset }
}
