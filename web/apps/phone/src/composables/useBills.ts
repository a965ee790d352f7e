import { computed, ref, shallowRef } from 'vue'
import { formatDate } from '@shuke/shared'
import type { Bill, MonthSum } from '../api'
import { reasonOf } from './useLoad'
import { usePhone } from './usePhone'

/** Bills of one month, newest first. */
export interface Month { key: string; bills: Bill[] }

/** Groups bills by the month of Shanghai they fell in, keeping their order. */
export function byMonth(bills: readonly Bill[]): Month[] {
  const months: Month[] = []
  for (const bill of bills) {
    const key = formatDate(bill.time).slice(0, 7)
    if (months.at(-1)?.key === key) months.at(-1)!.bills.push(bill)
    else months.push({ key, bills: [bill] })
  }
  return months
}

/** The person's bills, page by page. */
export function useBills() {
  const { api, live } = usePhone()
  const bills = shallowRef<Bill[]>([])
  const more = ref(false)
  const sums = shallowRef<MonthSum[]>([])
  const month = ref('')
  let again = false
  const ready = ref(false)
  const slow = ref(false)
  const busy = ref(false)
  const error = ref('')

  async function load(fresh: boolean): Promise<void> {
    if (busy.value) { again ||= fresh; return }
    busy.value = true
    const timer = setTimeout(() => { slow.value = !ready.value }, 300)
    try {
      const page = await api.bills(fresh ? undefined : bills.value.at(-1)?.seq, month.value)
      bills.value = fresh ? page.bills : [...bills.value, ...page.bills]
      more.value = page.more
      sums.value = page.months
      ready.value = true
      error.value = ''
    } catch (e) {
      error.value = reasonOf(e)
    } finally {
      clearTimeout(timer)
      busy.value = slow.value = false
    }
    if (again) { again = false; await load(true) }
  }

  /** Shows one month only, or all of them (''). */
  function choose(key: string): void { month.value = key; void load(true) }

  live.on('payment', () => void load(true))
  void load(true)
  return { sums, choose, months: computed(() => byMonth(bills.value)), more, ready, slow, error, reload: () => load(true), older: () => load(false) }
}
