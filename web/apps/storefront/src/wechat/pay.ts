import type { PayParams } from '@shuke/api'

interface Bridge {
  invoke(name: 'getBrandWCPayRequest', params: PayParams, done: (answer: { err_msg?: string }) => void): void
}

function bridge(): Bridge | undefined {
  return (globalThis as { WeixinJSBridge?: Bridge }).WeixinJSBridge
}

function bridgeReady(patience: number): Promise<Bridge | undefined> {
  const now = bridge()
  if (now) return Promise.resolve(now)
  return new Promise((done) => {
    const timer = setTimeout(() => done(bridge()), patience)
    document.addEventListener('WeixinJSBridgeReady', () => { clearTimeout(timer); done(bridge()) }, { once: true })
  })
}

/** What the pay sheet said when it closed. It proves nothing: only the server's word counts. */
export type SheetAnswer = 'ok' | 'cancel' | 'fail' | 'absent'

/** Opens WeChat's pay sheet and waits until it closes. */
export async function openPaySheet(params: PayParams, patience = 5000): Promise<SheetAnswer> {
  const b = await bridgeReady(patience)
  if (!b) return 'absent'
  return new Promise((done) => b.invoke('getBrandWCPayRequest', params, ({ err_msg = '' }) => {
    done(err_msg.endsWith(':ok') ? 'ok' : err_msg.endsWith(':cancel') ? 'cancel' : 'fail')
  }))
}
