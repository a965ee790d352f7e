import { computed, ref, shallowRef } from 'vue'
import { ApiError, type PayDone } from '../api'
import { t } from '../i18n'
import { reasonOf, useLoad } from './useLoad'
import { usePhone } from './usePhone'

/** Digits of a payment password. */
export const passwordLength = 6

/** One pay sheet: shows what is asked, takes the password, tells what came of it. */
export function usePay(payId: string) {
  const { api, overlays, live } = usePhone()
  const { data: sheet, error: loadError, slow, reload } = useLoad(() => api.paySheet(payId))
  live.on('ask', (e) => { if (e.over === payId) void reload() })
  const digits = ref('')
  const busy = ref(false)
  const message = ref('')
  const shakes = ref(0)
  const paid = shallowRef<PayDone | null>(null)

  const short = computed(() => !!sheet.value && sheet.value.state === 'open' && sheet.value.balance < sheet.value.total)
  /** Why this order cannot be paid at all, in words; empty while it can. */
  const dead = computed(() => {
    const state = sheet.value?.state
    return state && state !== 'open' ? t(`pay.state.${state}`) : ''
  })

  /** Who is paid: the market's name, or how many orders when one merchant's name would hide the others. */
  const title = computed(() => {
    const s = sheet.value
    if (!s) return ''
    return s.orders.length > 1 && s.orders.some((o) => o.merchant === s.title) ? t('pay.orders', { n: s.orders.length }) : s.title
  })

  function refuse(text: string): void {
    message.value = text
    digits.value = ''
    shakes.value++
  }

  function refusedBecause(e: unknown): void {
    if (!(e instanceof ApiError)) return refuse(reasonOf(e))
    const left = e.details.left
    if (e.code === 'pay.password' && typeof left === 'number' && left > 0) return refuse(t('pay.wrong', { n: left }))
    refuse(e.text)
    if (['wallet.short', 'pay.expired', 'pay.closed', 'pay.paid'].includes(e.code)) void reload()
  }

  /** An answer that never came says nothing: asks what became of the order before telling the person. */
  async function askAgain(e: unknown): Promise<void> {
    const now = await api.paySheet(payId).catch(() => null)
    if (now?.state !== 'paid') return refuse(reasonOf(e))
    paid.value = { state: 'paid', total: now.total, balance: now.balance, time: '', bill_ids: [], merchants: now.orders.map((o) => o.merchant) }
  }

  async function confirm(): Promise<void> {
    busy.value = true
    try {
      paid.value = await api.confirmPay(payId, digits.value)
    } catch (e) {
      if (e instanceof ApiError && e.code === 'network') await askAgain(e)
      else refusedBecause(e)
    } finally {
      busy.value = false
    }
  }

  function press(digit: string): void {
    if (busy.value || paid.value || dead.value || short.value || digits.value.length >= passwordLength) return
    message.value = ''
    digits.value += digit
    if (digits.value.length === passwordLength) void confirm()
  }
  function erase(): void {
    if (!busy.value) digits.value = digits.value.slice(0, -1)
  }

  async function topUp(): Promise<void> {
    const balance = await overlays.ask('topUp', { balance: sheet.value?.balance ?? 0 })
    if (balance !== null) await reload()
  }

  /** Gives the order up; an order that was paid meanwhile stays paid. */
  async function giveUp(): Promise<void> {
    if (sheet.value?.state === 'open') await api.cancelPay(payId).catch(() => undefined)
  }

  return { sheet, title, loadError, slow, reload, digits, busy, message, shakes, paid, short, dead, press, erase, topUp, giveUp }
}
