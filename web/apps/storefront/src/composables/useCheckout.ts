import type { Address, LineInput, Quote } from '@shuke/api'
import { computed, ref, shallowRef } from 'vue'
import * as api from '../api'
import { attempt, sessionStore } from '../logic/attempt'
import { asProblem } from './useLoad'
import { source } from './useVisit'

const boughtNow = 'shuke.buy'

/** Keeps what is bought past the cart until it is ordered; a reload does not lose it. */
export function buyNow(lines: LineInput[]): void {
  sessionStore().setItem(boughtNow, JSON.stringify(lines))
}

function kept(): LineInput[] {
  try {
    return JSON.parse(sessionStore().getItem(boughtNow) ?? '[]') as LineInput[]
  } catch {
    return []
  }
}

const chosenId = ref('')

/** Remembers which address the buyer picked for this session. */
export const chooseAddress = (id: string) => { chosenId.value = id }

/** A checkout: what is bought, where it goes, what it costs, and the one order it becomes. */
export function useCheckout(direct: boolean) {
  const quote = shallowRef<Quote>()
  const addresses = shallowRef<Address[]>()
  const error = shallowRef<ReturnType<typeof asProblem>>()
  const busy = ref(false)
  const remarks = ref<Record<string, string>>({})
  const once = attempt('order')

  const address = computed(() => addresses.value?.find((a) => a.id === chosenId.value) ?? addresses.value?.find((a) => a.is_default) ?? addresses.value?.[0])
  const lines = computed<LineInput[]>(() => (quote.value?.shops ?? []).flatMap((s) => s.lines.filter((l) => !l.problem).map((l) => ({ shop_id: s.shop.id, sku_id: l.sku_id, quantity: l.quantity, ...(l.flash_id ? { flash_id: l.flash_id } : {}) }))))
  const ready = computed(() => !!address.value && !!quote.value && quote.value.total > 0 && lines.value.length > 0)

  async function load(): Promise<void> {
    busy.value = true
    error.value = undefined
    try {
      const asked = direct ? kept() : []
      const [q, a] = await Promise.all([direct && asked.length === 0 ? { shops: [], total: 0, ok: false } : api.quote(asked), api.addresses()])
      quote.value = q
      addresses.value = a
    } catch (e) {
      error.value = asProblem(e)
    } finally {
      busy.value = false
    }
  }

  /** Places the order, once however often it is asked; gives the checkout. Throws Problem. */
  async function place(): Promise<string> {
    const written = Object.fromEntries(Object.entries(remarks.value).map(([k, v]) => [k, v.trim()]).filter(([, v]) => v !== ''))
    const input = { lines: lines.value, from_cart: !direct, address_id: address.value!.id, remarks: written, expect_total: quote.value!.total, source: source() }
    const placed = await api.placeOrder(input, once.key(input))
    once.done()
    if (direct) sessionStore().removeItem(boughtNow)
    return placed.checkout_id
  }

  return { quote, addresses, address, error, busy, remarks, lines, ready, load, place, pending: once.pending }
}
