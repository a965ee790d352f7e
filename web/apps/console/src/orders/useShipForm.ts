import { computed, ref, shallowRef, watch } from 'vue'
import * as api from '../api'
import type { Carrier, Order } from '../api/types'
import { useAct } from '../composables/useAct'
import { useOnce } from '../composables/useOnce'
import { sayDone } from '../composables/useSay'
import { useSettle } from '../composables/useSettle'
import { useShop } from '../composables/useShop'
import { t } from '../i18n'
import { packAll, parcelLines, pieces, tidyNo, type Packed } from '../logic/ship'

/** What a parcel needs: its number, its carrier (guessed by the number until somebody chooses), what lies in it. */
export function useShipForm(order: Order) {
  const { shop } = useShop()
  const { doing, problem, act, wrong } = useAct()
  const once = useOnce()
  const no = ref('')
  const carrier = ref('')
  const carriers = shallowRef<Carrier[]>([])
  const packed = ref<Packed>(packAll(order.lines))
  const part = ref(false)
  let chosen = false

  async function guess(): Promise<void> {
    const asked = tidyNo(no.value)
    const all = await api.carriers(shop.value, asked).catch(() => undefined) // the list that is there stays
    if (!all || asked !== tidyNo(no.value)) return
    carriers.value = all
    if (!chosen) carrier.value = all.find((c) => c.likely)?.code ?? ''
  }
  watch(no, useSettle(() => void guess(), 200))
  void guess()

  const ready = computed(() => tidyNo(no.value).length >= 4 && carrier.value !== '' && (!part.value || pieces(packed.value) > 0))

  async function ship(): Promise<Order | undefined> {
    if (!ready.value) return undefined
    const input: api.ShipInput = { carrier: carrier.value, tracking_no: tidyNo(no.value), lines: part.value ? parcelLines(order.lines, packed.value) : undefined }
    const done = await act('ship', () => api.ship(shop.value, order.id, input, once.key(input)), true)
    if (!done) return undefined
    once.done()
    sayDone(t('ship.done'))
    return done.value
  }

  return { no, carrier, carriers, packed, part, ready, doing, problem, wrong, ship, choose: () => { chosen = true } }
}
