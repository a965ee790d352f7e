import { computed, onMounted, ref, shallowRef } from 'vue'
import * as api from '../api'
import type { Product, Summary } from '../api/types'
import { useAct } from '../composables/useAct'
import { useOnce } from '../composables/useOnce'
import { useShop } from '../composables/useShop'

const beijing = (s: string) => `${s.replace(' ', 'T')}:00+08:00`

/** The form of a flash sale: products are searched, the chosen one brings its SKUs. */
export function useFlashForm() {
  const { shop } = useShop()
  const { doing, problem, act, wrong } = useAct()
  const once = useOnce()
  const found = shallowRef<Summary[]>([])
  const searching = ref(false)
  const product = ref('')
  const detail = shallowRef<Product>()
  const sku = ref('')
  const price = ref<number | null>(null)
  const units = ref<number | null>(null)
  const limit = ref<number | null>(1)
  const span = ref<[string, string] | null>(null) // Beijing time, as everything the console shows
  const skus = computed(() => (detail.value?.skus ?? []).filter((k) => k.state === 'active'))
  const chosen = computed(() => skus.value.find((k) => k.id === sku.value))
  const ready = computed(() => !!chosen.value && !!price.value && price.value < chosen.value.price && !!units.value && units.value <= chosen.value.available &&
    (limit.value ?? 0) <= units.value && !!span.value && span.value[1] > span.value[0] && Date.parse(beijing(span.value[1])) > Date.now())
  let asked = 0

  async function search(q: string): Promise<void> {
    const mine = ++asked
    searching.value = true
    try {
      const page = await api.products(shop.value, { state: 'listed', q: q.trim() || undefined, limit: 20 })
      if (mine === asked) found.value = page.items
    } catch {
      if (mine === asked) found.value = []
    } finally {
      if (mine === asked) searching.value = false
    }
  }
  async function choose(): Promise<void> {
    sku.value = ''
    detail.value = undefined
    const got = await act('choose', () => api.product(shop.value, product.value))
    detail.value = got?.value
    if (skus.value.length === 1) sku.value = skus.value[0]!.id
  }
  async function plan(): Promise<boolean> {
    if (!ready.value) return false
    const input = { sku_id: sku.value, price: price.value!, units: units.value!, per_buyer: limit.value ?? 0, starts_at: beijing(span.value![0]), ends_at: beijing(span.value![1]) }
    if (!(await act('plan', () => api.planFlash(shop.value, input, once.key(input)), true))) return false
    once.done()
    return true
  }
  onMounted(() => void search(''))
  return { found, searching, product, skus, sku, price, units, limit, span, chosen, ready, doing, problem, wrong, search, choose, plan }
}
