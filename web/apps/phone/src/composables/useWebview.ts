import { computed, onBeforeUnmount, onMounted, ref, shallowRef, type Ref } from 'vue'
import type { ShareCard, WebTarget } from '../api'
import { t } from '../i18n'
import { hostOf, number, parseFromFrame, text, texts } from '../web/bridge'
import { reasonOf } from './useLoad'
import { socialApi } from '../api/social'
import { usePhone } from './usePhone'

type Result = { state: 'ok' | 'cancel' | 'fail'; message?: string; [field: string]: unknown }
const ok = (fields: Record<string, unknown> = {}): Result => ({ state: 'ok', ...fields })
const cancel: Result = { state: 'cancel' }

const longestLoad = 25_000
const shareAnswer = 300
const longestTrail = 50

/**
 * One web view: the frame, its address and title, the bridge of the page in it, and the share menu.
 * With `mini` it is one of a mini-program: `target` is opened as it is, and wx.miniProgram.* is asked of `mini`.
 */
export function useWebview(frame: Ref<HTMLIFrameElement | null>, first: { url: string; target?: WebTarget; mini?: (name: string, arg: unknown) => string }, close: () => void) {
  const phone = usePhone()
  const { api, overlays, attempt, toast } = phone
  const social = socialApi(phone.person)

  const target = shallowRef<WebTarget | null>(first.target ?? null)
  const src = ref('')
  const title = ref('')
  const progress = ref(0)
  const error = ref('')
  const hidden = ref<{ menu: boolean; items: string[] }>({ menu: false, items: [] })
  const shareData = shallowRef<ShareCard | null>(null)
  const timelineData = shallowRef<ShareCard | null>(null)
  const trail = ref<string[]>([])
  let wantsShare: (() => void) | null = null
  let creep: ReturnType<typeof setInterval> | undefined
  let patience: ReturnType<typeof setTimeout> | undefined

  function begin(): void {
    error.value = ''
    progress.value = 0.1
    clearInterval(creep)
    clearTimeout(patience)
    creep = setInterval(() => { progress.value += (0.9 - progress.value) * 0.08 }, 120)
    patience = setTimeout(() => { finish(); error.value = t('web.late') }, longestLoad)
  }
  function finish(): void {
    clearInterval(creep)
    clearTimeout(patience)
    if (!progress.value) return
    progress.value = 1
    setTimeout(() => { if (progress.value === 1) progress.value = 0 }, 250)
  }

  async function open(): Promise<void> {
    begin()
    src.value = ''
    try {
      target.value = first.mini && first.target ? first.target : await api.webview(first.url)
      src.value = target.value.gateway_url
    } catch (e) {
      finish()
      error.value = reasonOf(e)
    }
  }

  function post(message: Record<string, unknown>, origin = '*'): void {
    frame.value?.contentWindow?.postMessage({ wx: 1, ...message }, origin)
  }
  const command = (name: 'back' | 'reload') => { if (name === 'reload') begin(); post({ type: 'command', name }) }

  function pageChanged(data: Record<string, unknown>): void {
    const url = text(data.url)
    if (data.fresh === true) { shareData.value = null; timelineData.value = null; hidden.value = { menu: false, items: [] }; finish() }
    if (url && url !== trail.value.at(-1)) {
      trail.value = url === trail.value.at(-2) ? trail.value.slice(0, -1) : [...trail.value.slice(-(longestTrail - 1)), url]
      target.value = { url, gateway_url: text(data.gateway_url), host: hostOf(url) }
    }
    title.value = text(data.title, 80)
    finish()
  }

  const events: Record<string, (data: Record<string, unknown>) => void> = {
    page: pageChanged,
    closeWindow: close,
    shareData: (d) => {
      if (d.scene === 'appmessage') shareData.value = cardOf(d)
      if (d.scene === 'timeline') timelineData.value = cardOf(d)
    },
    optionMenu: (d) => { hidden.value = { menu: d.hidden === true, items: texts(d.hidden_items, 50) } },
    navigate: (d) => { const to = text(d.gateway_url); if (/^https?:/.test(to)) { begin(); src.value = to } },
    openAccount: (d) => { if (text(d.appid)) phone.nav.push({ name: 'account', appid: text(d.appid), scene: 'card' }) },
    backRefused: () => { trail.value = trail.value.slice(-1); close() },
  }

  function cardOf(d: Record<string, unknown>): ShareCard {
    return {
      title: text(d.title, 200) || title.value || target.value?.host || '', description: text(d.desc, 500),
      url: text(d.link) || target.value?.url || '', pic_url: text(d.img_url),
    }
  }

  async function sendCard(card: ShareCard): Promise<Result> {
    const to = await overlays.ask('pickChat', { card })
    if (!to) return cancel
    const sent = await attempt(() => social.share(card, to.chats, to.words))
    if (!sent) return { state: 'fail', message: 'share failed' }
    toast(t('share.sent'))
    return ok()
  }

  async function askPlace(params: Record<string, unknown>): Promise<Result> {
    const site = text(params.site, 200) || target.value?.host || ''
    if (!phone.allowedPlaces.has(site)) {
      const yes = await overlays.ask('confirm', { title: t('web.placeTitle'), text: t('web.placeText', { site }), yes: t('allow'), no: t('refuse') })
      if (!yes) return cancel
      phone.allowedPlaces.add(site)
    }
    const place = await api.place()
    return ok({ latitude: place.latitude, longitude: place.longitude })
  }

  async function scanFor(params: Record<string, unknown>): Promise<Result> {
    const kinds = texts(params.scan_types)
    const read = await overlays.ask('scan', { barcodes: kinds.length === 0 || kinds.includes('barCode') })
    if (!read) return cancel
    if (params.need_result === false) { void phone.followCode(read.codeId ? { code_id: read.codeId } : { text: read.text }); return ok() }
    return ok({ text: read.text, kind: read.kind })
  }

  async function chooseImages(params: Record<string, unknown>): Promise<Result> {
    const sources = texts(params.sources)
    const images = await overlays.ask('images', {
      count: Math.min(9, Math.max(1, number(params.count, 9))), album: !sources.length || sources.includes('album'), camera: !sources.length || sources.includes('camera'),
    })
    return images ? ok({ images: images.map((data_url) => ({ data_url })) }) : cancel
  }

  const methods: Record<string, (params: Record<string, unknown>) => Promise<Result>> = {
    pay: async (p) => ({ state: await overlays.ask('pay', { payId: text(p.pay_id) }) }),
    transfer: async (p) => ({ state: await overlays.ask('transfer', { transferId: text(p.transfer_id, 80) }) }),
    scan: scanFor,
    address: async () => {
      const address = await overlays.ask('address', {})
      return address ? ok({ address }) : cancel
    },
    location: askPlace,
    chooseImage: chooseImages,
    previewImage: async (p) => {
      await overlays.ask('preview', { urls: texts(p.urls), current: text(p.current) })
      return ok()
    },
    openLocation: async (p) => {
      await overlays.ask('place', { latitude: number(p.latitude, 0), longitude: number(p.longitude, 0), name: text(p.name, 100), address: text(p.address, 200) })
      return ok()
    },
    share: async (p) => {
      wantsShare?.()
      if (p.scene === 'timeline') return toMoments(cardOf(p))
      return sendCard(cardOf(p))
    },
    subscribe: async (p) => {
      const details = await overlays.ask('notices', { appid: text(p.appid, 64), templates: texts(p.templates, 3) })
      return details ? ok({ details }) : cancel
    },
    miniProgram: async (p) => {
      const message = first.mini?.(text(p.name, 40), p.arg) ?? 'not in a mini program'
      return message ? { state: 'fail', message } : ok()
    },
    alert: async (p) => {
      await overlays.ask('confirm', { title: text(p.text, 500), yes: t('ok') })
      return ok()
    },
  }

  async function answer(id: string, method: string, params: Record<string, unknown>, origin: string): Promise<void> {
    const work = Object.hasOwn(methods, method) ? methods[method] : undefined
    let result: Result = { state: 'fail', message: 'not supported' }
    try {
      if (work) result = await work(params)
    } catch (e) {
      result = { state: 'fail', message: reasonOf(e) }
    }
    post({ type: 'response', id, result }, origin)
  }

  function onMessage(e: MessageEvent): void {
    if (!frame.value || e.source !== frame.value.contentWindow) return
    const message = parseFromFrame(e.data)
    if (message?.kind === 'event' && Object.hasOwn(events, message.name)) events[message.name]!(message.data)
    if (message?.kind === 'request') void answer(message.id, message.method, message.params, e.origin)
  }

  /** 分享到朋友圈: the composer opens with the card. */
  function toMoments(card: ShareCard): Result {
    phone.nav.push({ name: 'publish', card })
    return ok()
  }

  /** A menu entry: the page may speak first (onMenuShare…); if it does not, its share data or its title goes out. */
  async function spoke(entry: 'appmessage' | 'timeline'): Promise<boolean> {
    const said = await new Promise<boolean>((resolve) => {
      wantsShare = () => resolve(true)
      setTimeout(() => resolve(false), shareAnswer)
      post({ type: 'event', name: `menu:share:${entry}`, data: {} })
    })
    wantsShare = null
    return said
  }
  async function share(): Promise<void> { if (!await spoke('appmessage')) await sendCard(shareData.value ?? cardOf({})) }
  async function shareToMoments(): Promise<void> { if (!await spoke('timeline')) toMoments(timelineData.value ?? shareData.value ?? cardOf({})) }
  async function keep(): Promise<void> {
    const kept = await attempt(() => social.keep(shareData.value ?? cardOf({})))
    if (kept) toast(t('send.kept'))
  }

  function reload(): void {
    if (src.value && !error.value) command('reload')
    else void open()
  }

  onMounted(() => { window.addEventListener('message', onMessage); void open() })
  onBeforeUnmount(() => { window.removeEventListener('message', onMessage); clearInterval(creep); clearTimeout(patience) })

  return {
    target, src, title, progress, error, hidden, loaded: finish, reload, share, shareToMoments, keep,
    back: () => command('back'), canGoBack: computed(() => trail.value.length > 1),
  }
}
