import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { ApiError } from '../api'
import { cashier, type Receipt, type TillApi } from '../api/pay'
import { reasonOf } from '../composables/useLoad'

/** How long a cashier waits for the password before reversing, and how often the machine asks meanwhile. Seconds. */
export const patience = 45
const askEvery = 3

/** Takes the digits out of what a scanner or a picture gave. */
export function digitsOf(text: string): string { return text.replace(/\s/g, '') }

/** A cashier's machine: charges a payment code, waits for the password, reverses when it takes too long. */
export function useCashier() {
  const receipt = shallowRef<Receipt | null>(null)
  const busy = ref(false)
  const error = ref('')
  const left = ref(0)
  let timer: ReturnType<typeof setInterval> | undefined
  const waiting = computed(() => receipt.value?.state === 'USERPAYING')

  function settle(next: Receipt): void {
    const before = receipt.value
    receipt.value = { ...next, amount: next.amount || before?.amount }
    if (next.state !== 'USERPAYING') { stop(); return }
    if (timer) return
    left.value = patience
    timer = setInterval(() => void tick(), 1000)
  }
  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }
  async function tick(): Promise<void> {
    left.value--
    if (left.value <= 0) { stop(); await act('reverse'); return }
    if ((patience - left.value) % askEvery === 0 && !busy.value) await act('query')
  }

  async function work(f: () => Promise<Receipt>): Promise<void> {
    busy.value = true
    error.value = ''
    try {
      settle(await f())
    } catch (e) {
      error.value = reasonOf(e)
    } finally {
      busy.value = false
    }
  }

  /** Charges a code. When the answer is lost the order can still be queried or reversed by its number. */
  async function charge(mchid: string, api: TillApi, amount: number, text: string, merchant: string): Promise<void> {
    const number = `CS${Date.now()}${String(Math.floor(Math.random() * 1e4)).padStart(4, '0')}`
    await work(async () => {
      try {
        return await cashier.charge({ mchid, api, amount, auth_code: digitsOf(text), out_trade_no: number })
      } catch (e) {
        if (!(e instanceof ApiError) || e.code !== 'cashier.line') throw e
        return { mchid, merchant, appid: '', out_trade_no: number, api, amount, state: 'UNKNOWN', message: e.text }
      }
    })
  }
  async function act(what: 'query' | 'reverse'): Promise<void> {
    const held = receipt.value
    if (held) await work(() => cashier[what](held))
  }
  function clear(): void { stop(); receipt.value = null; error.value = '' }

  onScopeDispose(stop)
  return { receipt, busy, error, left, waiting, charge, query: () => act('query'), reverse: () => act('reverse'), clear }
}

/** A cashier's machine. */
export type Cashier = ReturnType<typeof useCashier>
