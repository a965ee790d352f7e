import { payCodes, type Ask } from '../api/pay'
import type { PhoneState } from '../composables/usePhone'

/** Opens the pay sheet on a phone when something outside asks it to pay: a cashier, a page in a browser, another app. */
export function useAsks(phone: PhoneState): void {
  const shown = new Set<string>()

  function open(ask: Ask): void {
    if (!ask.pay_id || shown.has(ask.pay_id)) return
    shown.add(ask.pay_id)
    void phone.overlays.ask('pay', { payId: ask.pay_id })
  }

  phone.live.on('ask', open)
  phone.live.on('hello', async () => {
    const waiting = await payCodes.ask(phone.person).catch(() => null) // the line is down: the next hello asks again
    if (waiting) open(waiting)
  })
  phone.live.on('paycode', (e) => { if (e.paid) phone.nav.push({ name: 'paid', paid: e.paid }) })
}
