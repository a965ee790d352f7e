import type { Product } from '@shuke/api'
import { computed, ref, watch } from 'vue'
import { flashOf, pieces } from '../logic/flash'
import { bounded, choicePicture, chosenSku, firstChoice, isOpen, missing, priceRange, toggled } from '../logic/sku'
import { useNow } from './useNow'

/** What a buyer has chosen of a product. */
export function useSku(product: () => Product) {
  const choice = ref<string[]>(firstChoice(product().options, product().skus))
  const quantity = ref(1)
  const sku = computed(() => chosenSku(product().skus, choice.value))
  const now = useNow()
  const flash = computed(() => flashOf(sku.value, now.value))
  const stock = computed(() => flash.value?.left ?? sku.value?.available ?? product().skus.reduce((sum, s) => sum + pieces(s, now.value), 0))
  const limit = computed(() => bounded(flash.value?.per_buyer || 999, stock.value))
  watch(() => product().id, () => { choice.value = firstChoice(product().options, product().skus) })
  watch(limit, (most) => { quantity.value = bounded(quantity.value, most) })
  return {
    choice, quantity, sku, flash, stock, limit,
    choose: (axis: number, value: string) => { choice.value = toggled(choice.value, axis, value) },
    open: (axis: number, value: string) => isOpen(product().skus, choice.value, axis, value),
    missingAxes: computed(() => missing(product().options, choice.value)),
    range: computed(() => priceRange(product().skus, choice.value)),
    picture: computed(() => choicePicture(product().skus, choice.value)),
  }
}
