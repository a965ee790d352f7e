import { computed, ref, watch } from 'vue'
import { payCodes, type PayCode } from '../api/pay'
import { useLoad } from '../composables/useLoad'
import { usePhone } from '../composables/usePhone'

/** The 18 digits in groups, as people read them out: 4 4 4 6. */
export function grouped(code: string): string {
  return [code.slice(0, 4), code.slice(4, 8), code.slice(8, 12), code.slice(12)].filter(Boolean).join(' ')
}

/** The payment code of a phone: it renews itself when its minute (by the simulator's clock) is over, and when it was used. */
export function usePayCode() {
  const { person, live, now, attempt } = usePhone()
  const { data, error, slow, reload } = useLoad(() => payCodes.code(person))
  const code = computed(() => data.value?.code ?? '')
  const over = ref('')

  watch(now, (at) => {
    const held = data.value
    if (!held || over.value === held.code || at < new Date(held.until).getTime()) return
    over.value = held.code // asked for once, however long the answer takes
    void reload()
  })
  live.on('paycode', () => void reload())
  live.on('payment', () => void reload())
  live.on('clock', () => { over.value = ''; void reload() })
  live.on('hello', () => void reload())

  async function setAsk(ask: PayCode['ask']): Promise<void> {
    if (await attempt(() => payCodes.setAsk(person, ask))) await reload()
  }
  return { held: data, code, error, slow, reload, setAsk }
}
