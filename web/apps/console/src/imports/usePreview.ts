import { computed, reactive, toRaw, watch } from 'vue'
import * as api from '../api'
import type { Import, Settings } from '../api/types'
import { useAct } from '../composables/useAct'
import { useLoad } from '../composables/useLoad'
import { useSettle } from '../composables/useSettle'
import { useShop } from '../composables/useShop'

/** What a file may be; "" lets the server find out. */
export const formats = ['', 'shuke', 'shopify', 'woocommerce', 'taobao', 'magento', 'medusa'] as const
/** How a file may be written. */
export const encodings = ['', 'utf-8', 'utf-16le', 'utf-16be', 'gb18030'] as const
/** Currencies that are offered; others can be typed. */
export const currencies = ['CNY', 'USD', 'EUR', 'GBP', 'JPY', 'HKD', 'TWD', 'KRW', 'SGD', 'AUD', 'CAD', 'DKK', 'INR'] as const

/** The preview of a file under settings that can be tried, and its start. */
export function usePreview(job: Import, started: (job: Import) => void) {
  const { shop } = useShop()
  const { doing, act } = useAct()
  const settings = reactive<Settings>({
    format: '', encoding: '', ...job.settings, currency: job.settings.currency || 'CNY', rate: job.settings.rate ?? '',
    keep_stock: job.settings.keep_stock ?? false, no_pictures: job.settings.no_pictures ?? false,
  })
  const foreign = computed(() => settings.currency !== 'CNY')
  const rateMissing = computed(() => foreign.value && !/^\d+(\.\d+)?$/.test(settings.rate?.trim() ?? ''))
  const sent = (): Settings => ({ ...toRaw(settings), rate: foreign.value ? settings.rate?.trim() ?? '' : '' })

  const { data: preview, error, busy, reload } = useLoad(() => api.previewImport(shop.value, job.id, rateMissing.value ? { ...sent(), currency: 'CNY' } : sent()))
  watch(settings, useSettle(() => void reload(), 500), { deep: true })

  async function start(): Promise<void> {
    const running = await act('start', () => api.startImport(shop.value, job.id, sent()))
    if (running) started(running.value)
  }
  return { settings, preview, error, busy, doing, foreign, rateMissing, reload, start }
}
