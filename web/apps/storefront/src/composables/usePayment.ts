import { Problem, type PaymentState } from '@shuke/api'
import { computed, onBeforeUnmount, ref, shallowRef } from 'vue'
import * as api from '../api'
import { t } from '../i18n'
import { ask } from '../logic/poll'
import { isWeChat } from '../wechat/env'
import { openPaySheet } from '../wechat/pay'
import { asProblem } from './useLoad'

/**
 * What the page shows. `open`: waits for the buyer; `paying`: WeChat's sheet is open; `confirming`: we ask the provider;
 * `unsure`: no word came in time; `paid` and `closed` are the provider's word.
 */
export type PayView = 'loading' | 'open' | 'paying' | 'confirming' | 'unsure' | 'paid' | 'closed' | 'failed'

/** Paying a checkout. Success is shown only after the server has the provider's word for it. */
export function usePayment(checkout: string) {
  const payment = shallowRef<PaymentState>()
  const error = shallowRef<ReturnType<typeof asProblem>>()
  const refused = shallowRef<ReturnType<typeof asProblem>>()
  const view = ref<PayView>('loading')
  const stop = new AbortController()
  const way = ref<api.Way>()
  const code = ref('')
  const starting = ref(false)
  let renewal = 0
  onBeforeUnmount(() => { stop.abort(); clearTimeout(renewal) })
  const settled = (p: PaymentState) => p.state !== 'pending'

  function show(otherwise: PayView) {
    const p = payment.value
    view.value = p && settled(p) ? (p.state === 'paid' ? 'paid' : 'closed') : otherwise
  }

  async function load(): Promise<void> {
    view.value = 'loading'
    error.value = undefined
    try {
      payment.value = await api.payment(checkout)
      show('open')
    } catch (e) {
      error.value = asProblem(e)
      view.value = 'failed'
    }
  }

  async function confirm(pauses?: readonly number[]): Promise<void> {
    view.value = 'confirming'
    try {
      const { answer } = await ask(() => api.payment(checkout), settled, { signal: stop.signal, pauses })
      if (stop.signal.aborted) return
      if (answer) payment.value = answer
      show(pauses ? 'open' : 'unsure')
    } catch (e) {
      error.value = asProblem(e)
      view.value = 'failed'
    }
  }

  async function pay(): Promise<void> {
    if (view.value === 'paying' || view.value === 'confirming') return
    view.value = 'paying'
    refused.value = undefined
    try {
      const { appId, timeStamp, nonceStr, package: prepay, signType, paySign } = await api.pay(checkout)
      const said = await openPaySheet({ appId, timeStamp, nonceStr, package: prepay, signType, paySign })
      // a closed sheet proves nothing: the money may have moved before it closed
      await confirm(said === 'ok' ? undefined : [500])
      if (said === 'fail' || said === 'absent') refused.value = new Problem({ title: t('pay.notOpened'), status: 0, code: 'sheet' })
    } catch (e) {
      const p = asProblem(e)
      await confirm([])
      if ((view.value as PayView) === 'open') refused.value = p
    }
  }

  /** Outside of WeChat: shows a code, or leaves for the page of the provider. */
  async function payBy(chosen: api.Way): Promise<void> {
    if (starting.value) return
    starting.value = true
    refused.value = undefined
    try {
      const s = await api.pay(checkout, chosen)
      way.value = chosen
      code.value = s.qr
      clearTimeout(renewal)
      if (s.url) location.assign(s.url)
      // a code that is about to die is replaced while the page still waits
      else renewal = window.setTimeout(() => { if (view.value === 'open') void payBy(chosen) }, Math.max(new Date(s.until).getTime() - Date.now() - 5000, 10_000))
    } catch (e) {
      const p = asProblem(e)
      await load()
      if (view.value === 'open') refused.value = p
    } finally {
      starting.value = false
    }
  }

  /** Elsewhere than in WeChat: watches until the order is paid on the phone, at most half an hour. */
  async function watchElsewhere(): Promise<void> {
    if (isWeChat || view.value !== 'open') return
    const half = Array.from({ length: 600 }, () => 3000)
    const { answer } = await ask(() => api.payment(checkout), settled, { signal: stop.signal, pauses: half }).catch(() => ({ answer: undefined }))
    if (answer && !stop.signal.aborted) {
      payment.value = answer
      show('open')
    }
  }

  return { way, code, starting, payBy, payment, error, refused, view, load, pay, confirm, watchElsewhere, busy: computed(() => view.value === 'paying' || view.value === 'confirming') }
}
