import { computed, shallowRef } from 'vue'
import * as api from '../api'
import type { Category } from '../api/types'
import { named } from '../i18n'
import { forest, pathOf } from '../logic/tree'

const all = shallowRef<Category[]>([])
let asked: Promise<void> | undefined

/** The market's categories, read once and again when somebody changed them. */
export function useCategories() {
  function load(again = false): Promise<void> {
    if (again) asked = undefined
    asked ??= api.categories().then((c) => { all.value = c }).catch((e) => { asked = undefined; throw e })
    return asked
  }
  const pathName = (id: string): string => pathOf(all.value, id).map((c) => named(c.name, c.name_en)).join(' / ')
  return { all, tree: computed(() => forest(all.value)), load, pathName }
}
