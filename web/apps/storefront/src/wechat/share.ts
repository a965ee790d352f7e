import { jsConfig } from '../api'
import { isIOS, isWeChat, landing } from './env'

/** What a shared link shows. */
export interface ShareCard {
  title: string
  desc: string
  /** path on this site */
  path: string
  /** picture; empty: the market's */
  image: string
}

type Sdk = (typeof import('weixin-js-sdk'))['default']
let configured: { url: string; sdk: Promise<Sdk | undefined> } | undefined

/** The JS-SDK, configured for the page's address; undefined where that cannot be done (sharing then shows the plain link). */
function sdk(): Promise<Sdk | undefined> {
  const url = isIOS ? landing : location.href.split('#')[0]!
  if (configured?.url !== url) configured = { url, sdk: configure(url).catch(() => undefined) }
  return configured.sdk
}

async function configure(url: string): Promise<Sdk | undefined> {
  const [module, c] = await Promise.all([import('weixin-js-sdk'), jsConfig(url)])
  const wx = module.default
  return new Promise((done) => {
    wx.config({ debug: false, ...c, jsApiList: ['updateAppMessageShareData', 'updateTimelineShareData'], openTagList: [] })
    wx.ready(() => done(wx))
    wx.error(() => done(undefined))
  })
}

/** Tells WeChat what its share menu sends for this page. Silent where that fails. */
export async function shareAs(card: ShareCard): Promise<void> {
  if (!isWeChat) return
  const wx = await sdk()
  if (!wx) return
  const link = location.origin + card.path
  const imgUrl = card.image ? new URL(card.image, location.origin).href : ''
  wx.updateAppMessageShareData({ title: card.title, desc: card.desc, link, imgUrl, success() {} })
  wx.updateTimelineShareData({ title: card.title, link, imgUrl, success() {} })
}
