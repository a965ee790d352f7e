import type { Aftersale, Order, OrderCard, Parcel } from '@shuke/api'
import { has, t } from '../i18n'

type Told = Pick<OrderCard, 'state' | 'refund_state'>

/** What buyers call where an order stands. */
export function orderWords(o: Told): string {
  if (o.refund_state === 'full') return t('order.refunded')
  const key = `order.state.${o.state}`
  return has(key) ? t(key) : o.state
}

/** A sentence below it; "" for none. */
export function orderHint(o: Order): string {
  if (o.state === 'closed') {
    const key = `order.closed.${o.close_reason}`
    return has(key) ? t(key) : ''
  }
  if (o.refund_state === 'asked') return t('order.refundAsked')
  if (o.state === 'paid' && o.parcels.length > 0) return t('order.hint.part')
  const key = `order.hint.${o.state}`
  return has(key) ? t(key) : ''
}

/** What buyers call where an after-sale stands. */
export function aftersaleWords(a: Pick<Aftersale, 'kind' | 'state'>): string {
  const key = `aftersale.state.${a.state}`
  return has(key) ? t(key) : a.state
}

/** What buyers call where a parcel is. */
export function parcelWords(p: Pick<Parcel, 'state'>): string {
  const key = `parcel.state.${p.state}`
  return has(key) ? t(key) : p.state
}
