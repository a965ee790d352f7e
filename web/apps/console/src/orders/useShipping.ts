import { shallowRef } from 'vue'
import * as api from '../api'
import type { Order } from '../api/types'
import { useAct } from '../composables/useAct'
import { useShop } from '../composables/useShop'

/** Which order is being packed; opening reads it first, because the list does not know its lines. */
export function useShipping() {
  const { shop } = useShop()
  const { doing, act } = useAct()
  const shipping = shallowRef<Order>()
  async function open(id: string): Promise<void> {
    const read = await act('open', () => api.order(shop.value, id))
    if (read) shipping.value = read.value
  }
  return { shipping, opening: doing, open }
}
