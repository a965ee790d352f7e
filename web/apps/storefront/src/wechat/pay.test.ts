import { afterEach, describe, expect, it } from 'vitest'
import { openPaySheet } from './pay'

const params = { appId: 'wx1', timeStamp: '1', nonceStr: 'n', package: 'prepay_id=1', signType: 'RSA', paySign: 's' }
const world = globalThis as { WeixinJSBridge?: unknown; document?: unknown }
const answering = (err_msg?: string) => ({ invoke: (_: string, got: unknown, done: (a: object) => void) => done({ err_msg, got }) })

afterEach(() => {
  delete world.WeixinJSBridge
  delete world.document
})

describe('pay sheet', () => {
  it.each([['get_brand_wcpay_request:ok', 'ok'], ['get_brand_wcpay_request:cancel', 'cancel'], ['get_brand_wcpay_request:fail', 'fail'], [undefined, 'fail']])('%s is %s', async (said, is) => {
    world.WeixinJSBridge = answering(said)
    expect(await openPaySheet(params)).toBe(is)
  })
  it('waits for a bridge that is late', async () => {
    const doc = new EventTarget()
    world.document = doc
    const opened = openPaySheet(params)
    world.WeixinJSBridge = answering('get_brand_wcpay_request:ok')
    doc.dispatchEvent(new Event('WeixinJSBridgeReady'))
    expect(await opened).toBe('ok')
  })
  it('says when there is none', async () => {
    world.document = new EventTarget()
    expect(await openPaySheet(params, 5)).toBe('absent')
  })
})
