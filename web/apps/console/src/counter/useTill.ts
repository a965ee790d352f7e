import { computed, onBeforeUnmount, ref, shallowRef, type Ref } from 'vue'
import * as api from '../api'
import { useAct } from '../composables/useAct'
import { useOnce } from '../composables/useOnce'
import { addPiece, saleTotal, type SaleLine } from '../logic/till'

const askEvery = 2000

/** A sale at the counter: what is sold, then its money, then its receipt. Paid is only what the server says is paid. */
export function useTill(shop: Ref<string>) {
  const lines = ref<SaleLine[]>([])
  const amount = ref<number | null>(null)
  const note = ref('')
  const sale = shallowRef<api.Sale>()
  const placing = useOnce()
  const charging = useOnce()
  const { doing, problem, act } = useAct()
  const total = computed(() => saleTotal(lines.value, amount.value))
  let timer = 0
  onBeforeUnmount(() => clearTimeout(timer))

  function add(f: api.FoundGoods): void {
    lines.value = addPiece(lines.value, { sku: f.sku_id, title: f.title, options: f.options, picture: f.picture, price: f.price, available: f.available })
  }

  async function place(): Promise<void> {
    const body = { lines: lines.value.map((l) => ({ sku_id: l.sku, quantity: l.quantity })), amount: amount.value ?? 0, note: note.value.trim() }
    const placed = await act('place', () => api.placeSale(shop.value, body, placing.key(body)))
    if (!placed) return
    placing.done()
    sale.value = placed.value
  }

  /** Asks until the outcome is certain: the buyer may be entering the password. */
  function watch(): void {
    clearTimeout(timer)
    const s = sale.value
    if (s?.state !== 'paying') return
    timer = window.setTimeout(async () => {
      try {
        const now = await api.counterSale(shop.value, s.id)
        if (sale.value?.id === s.id) sale.value = now
      } catch {
        // the next round asks again
      }
      watch()
    }, askEvery)
  }

  async function charge(code: string): Promise<boolean> {
    const s = sale.value
    if (!s) return false
    const got = await act('charge', () => api.chargeSale(shop.value, s.id, code, charging.key([s.id, code])), true)
    if (got) sale.value = got.value
    else await look()
    if (problem.value?.status !== 0) charging.done()
    watch()
    return got !== undefined
  }

  /** After a refusal or a lost answer: what the server knows. */
  async function look(): Promise<void> {
    const s = sale.value
    if (!s) return
    try {
      sale.value = await api.counterSale(shop.value, s.id)
    } catch {
      // the refusal stands; what is known stays
    }
  }

  async function cancel(): Promise<void> {
    const s = sale.value
    if (!s) return
    const got = await act('cancel', () => api.cancelSale(shop.value, s.id))
    if (!got) return
    sale.value = got.value
    if (got.value.state === 'closed') sale.value = undefined // the goods stay on the screen
    watch()
  }

  async function open(id: string): Promise<void> {
    const got = await act('open', () => api.counterSale(shop.value, id))
    if (got) sale.value = got.value
    watch()
  }

  function next(): void {
    clearTimeout(timer)
    sale.value = undefined
    lines.value = []
    amount.value = null
    note.value = ''
    problem.value = undefined
  }

  return { lines, amount, note, sale, total, doing, problem, add, place, charge, cancel, open, next }
}
