import { shallowRef } from 'vue'
import * as api from '../api'
import type { Todo } from '../api/types'

const todo = shallowRef<Todo>()
let of = ''

/** What waits in a shop: one value for the menu and the overview. */
export function useTodo() {
  async function refresh(shop: string): Promise<void> {
    if (of !== shop) todo.value = undefined
    of = shop
    const d = await api.dashboard(shop).catch(() => undefined) // the menu shows no numbers then
    if (d && of === shop) todo.value = d.todo
  }
  function put(shop: string, now: Todo): void {
    of = shop
    todo.value = now
  }
  return { todo, refresh, put }
}
