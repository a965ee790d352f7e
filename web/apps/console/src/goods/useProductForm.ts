import { computed, ref, shallowRef, watch } from 'vue'
import { useRouter } from 'vue-router'
import * as api from '../api'
import type { Product } from '../api/types'
import { useAct } from '../composables/useAct'
import { asProblem } from '../composables/useLoad'
import { useOnce } from '../composables/useOnce'
import { sayDone } from '../composables/useSay'
import { useShop } from '../composables/useShop'
import { t } from '../i18n'
import { draftOf, emptyDraft, inputOf, type Draft } from '../logic/draft'
import type { Problem } from '@shuke/api'

/** A product being written: its draft, what was wrong with it, saving and putting on sale. */
export function useProductForm(id: string) {
  const { shop, to } = useShop()
  const router = useRouter()
  const { doing, problem, act } = useAct()
  const once = useOnce()
  const product = shallowRef<Product>()
  const draft = ref<Draft>()
  const error = shallowRef<Problem>()
  const clean = ref('')

  function take(p: Product): void {
    product.value = p
    draft.value = draftOf(p)
    clean.value = JSON.stringify(draft.value)
  }
  async function reload(): Promise<void> {
    error.value = undefined
    if (!id) {
      draft.value = emptyDraft()
      clean.value = JSON.stringify(draft.value)
      return
    }
    try {
      take(await api.product(shop.value, id))
    } catch (e) {
      error.value = asProblem(e)
    }
  }
  void reload()

  const dirty = computed(() => draft.value !== undefined && JSON.stringify(draft.value) !== clean.value)
  const errors = computed(() => problem.value?.errors ?? [])

  async function save(quiet = false): Promise<boolean> {
    if (!draft.value) return false
    const input = inputOf(draft.value, product.value?.version)
    const known = product.value?.id
    const saved = await act('save', () => (known ? api.saveProduct(shop.value, known, input) : api.createProduct(shop.value, input, once.key(input))))
    if (!saved) return false
    once.done()
    take(saved.value)
    if (!quiet) sayDone(t('saved'))
    if (!known) await router.replace(to('product', { product: saved.value.id }))
    return true
  }

  async function move(state: 'listed' | 'unlisted'): Promise<void> {
    if (dirty.value && !(await save(true))) return
    const p = product.value
    if (!p) return
    const moved = await act(state, () => api.setState(shop.value, p.id, state))
    if (!moved) return
    take(moved.value)
    sayDone(t(state === 'listed' ? 'goods.listedN' : 'goods.unlistedN', { n: 1 }))
  }

  watch(() => problem.value?.errors.length, (n) => { if (n) scrollTo({ top: 0, behavior: 'smooth' }) })
  return { product, draft, error, doing, dirty, errors, save, move, reload }
}
