import type { Problem } from '@shuke/api'
import { onScopeDispose, ref, shallowRef } from 'vue'
import type { Page } from '../api/types'
import { merge } from '../logic/merge'
import { asProblem } from './useLoad'

/** A list that comes page by page; `key` keeps what moved between two pages from standing there twice. */
export function usePages<T>(load: (cursor: string) => Promise<Page<T>>, key: (item: T) => string) {
  const items = shallowRef<T[]>([])
  const fresh = shallowRef<ReadonlySet<string>>(new Set())
  const error = shallowRef<Problem>()
  const busy = ref(false)
  const done = ref(false)
  const begun = ref(false)
  let cursor = ''
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined

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

  /** Starts again from the first page. */
  async function reset(): Promise<void> {
    turn++
    busy.value = false
    done.value = false
    begun.value = false
    error.value = undefined
    cursor = ''
    items.value = []
    await more()
  }

  /** Reads the first page again without taking the list away; what is new is marked for a while. */
  async function refresh(): Promise<string[]> {
    if (!begun.value || busy.value) return []
    const mine = turn
    const page = await load('').catch(() => undefined) // the next event or the next click asks again
    if (!page || mine !== turn) return []
    const result = merge(items.value, page, key)
    items.value = result.items
    if (items.value.length === page.items.length) {
      cursor = page.next
      done.value = page.next === ''
    }
    if (result.fresh.length > 0) {
      fresh.value = new Set(result.fresh)
      clearTimeout(timer)
      timer = setTimeout(() => { fresh.value = new Set() }, 6000)
    }
    return result.fresh
  }

  /** Puts a changed item into its place. */
  function put(item: T): void {
    items.value = items.value.map((i) => (key(i) === key(item) ? item : i))
  }

  onScopeDispose(() => { turn++; clearTimeout(timer) })
  return { items, fresh, error, busy, done, begun, more, reset, refresh, put }
}
