/** The typed client of the simulator's phone API (wechat/sim/PHONE_API.md). Money is integer fen, times are RFC 3339. */
import { locale } from '@shuke/shared'
import type { StaffCard } from './api/work'
import type { RoomRow } from './api/social'

export interface Person { id: string; name: string; avatar: string; region?: string; wechat_id?: string }
export interface PersonDetail extends Person { balance: number; unread: number }

export type ChatKind = 'account' | 'person' | 'service' | 'group' | 'staff' | 'corpapp' | 'robot'
export interface Chat {
  id: string; kind: ChatKind; title: string; avatar: string; last?: { text: string; time: string; type: string }
  unread: number; muted: boolean; pinned: boolean; account_id?: string; person_id?: string; corp?: string; room_id?: string; members?: number; called?: boolean
}
export interface Home { unread: number; chats: Chat[] }

export interface AccountRow { id: string; name: string; avatar: string; intro?: string; kind: string; verified: boolean; followed: boolean }
export interface MenuEntry { name: string; type?: string; url?: string; key?: string; sub_button?: MenuEntry[] }
export interface Account extends AccountRow { original_id: string; refused?: boolean; subject?: string; chat_id: string; menu: MenuEntry[] }
export interface Directory { people: Person[]; accounts: AccountRow[] }
export type MenuAction = { action: 'open'; url: string; gateway_url: string } | { action: 'none' } | { action: 'scan'; wait: boolean }

export interface Labelled { label: string; value: string; color?: string }
export interface Article { title: string; description?: string; pic_url?: string; url: string }
interface MessageBase {
  id: string; seq: number; chat_id: string; time: string; mine: boolean
  from: { kind: 'person' | 'account' | 'service' | 'system' | 'staff' | 'corpapp' | 'robot'; id: string; name: string; avatar: string; corp?: string }
}
export type Message = MessageBase & (
  | { type: 'text'; text: string }
  | { type: 'markdown'; text: string }
  | { type: 'image'; image_url: string }
  | { type: 'voice' | 'video'; media_url: string; title?: string; description?: string }
  | { type: 'news'; articles: Article[] }
  | { type: 'template'; title: string; first?: string; lines: Labelled[]; remark?: string; url?: string; appid?: string; pagepath?: string }
  | { type: 'menu'; head?: string; items: { id: string; content: string }[]; tail?: string }
  | { type: 'place'; title?: string; description?: string; latitude?: number; longitude?: number }
  | { type: 'link'; title: string; description?: string; url: string; pic_url?: string }
  | { type: 'miniprogram'; title: string; appid: string; pagepath: string; pic_url?: string }
  | { type: 'pay'; title: string; amount: number; direction: 'in' | 'out'; lines: Labelled[]; bill_id: string }
  | { type: 'group_invite'; title: string; description: string; pic_url?: string; ref: string }
  | { type: 'system'; text: string }
)
export type MessageOf<K extends Message['type']> = Extract<Message, { type: K }>
export interface MessagePage { chat: Chat; messages: Message[]; more: boolean }

export interface Code { id: string; kind: 'account' | 'group' | 'link' | 'mini' | 'pay' | 'text' | 'staff'; title: string; subtitle?: string; text: string; image_url: string; time: string; expires?: string }
export type ScanResult =
  | { kind: 'account'; account: AccountRow; followed: boolean; chat_id: string; scene?: string; ticket?: string }
  | { kind: 'url'; url: string; gateway_url: string }
  | { kind: 'pay'; pay_id: string }
  | { kind: 'mini'; appid: string; path: string; query: string; scene: number }
  | { kind: 'group'; token: string; joined: boolean; room: RoomRow; chat_id?: string }
  | { kind: 'text'; text: string }
  | { kind: 'staff'; staff: StaffCard }
  | { kind: 'expired'; message: string }

export interface WebTarget { gateway_url: string; url: string; host: string }
export interface ShareCard { title: string; description?: string; url: string; pic_url?: string }

export interface PayOrder { mchid: string; merchant: string; description: string; amount: number; out_trade_no: string }
export interface PaySheet {
  pay_id: string; state: 'open' | 'paid' | 'cancelled' | 'expired' | 'closed'; title: string; total: number; balance: number
  combined: boolean; expires?: string; orders: PayOrder[]
}
export interface PayDone { state: 'paid'; total: number; balance: number; time: string; bill_ids: string[]; merchants: string[] }

export interface Wallet { balance: number; income: number; spent: number }
export interface Bill { id: string; seq: number; kind: 'payment' | 'refund' | 'top_up' | 'transfer' | 'share'; title: string; amount: number; direction: 'in' | 'out'; state: string; time: string; refunded?: number }
export interface BillDetail extends Bill {
  description?: string; merchant_full_name?: string; out_trade_no?: string; transaction_id?: string; combine_out_trade_no?: string
  method?: string; refunds?: { amount: number; time: string; out_refund_no: string; reason?: string; state: 'PROCESSING' | 'SUCCESS' | 'ABNORMAL' | 'CLOSED' }[]; account_id?: string
  refundable?: number; complaint_id?: string
}
export interface MonthSum { month: string; income: number; spent: number }
export interface BillPage { bills: Bill[]; more: boolean; months: MonthSum[] }

export interface Address { id: string; name: string; phone: string; province: string; city: string; district: string; detail: string; postal_code?: string }
export interface Place { latitude: number; longitude: number }

export interface Clock { mode: 'real' | 'frozen' | 'running'; now: string; speed: number; offset_ms: number; next?: string; waiting?: number }
export type ClockChange = { freeze: boolean } | { set: string } | { advance: string } | { speed: number } | { reset: true } | { jump: true }
export interface World { version: number; now: string; origin: string; counts: { people: number; accounts: number; merchants: number }; clock: Clock }

export interface Notice {
  id: string; mchid: string; event_type: string; state: 'waiting' | 'delivered' | 'given_up'; next?: string; url: string
  attempts: { time: string; status: number; error?: string; ms: number }[]
}

export type LogKind = 'api' | 'pay' | 'pay_v2' | 'work' | 'carrier' | 'ads' | 'push' | 'notify' | 'page' | 'proxy'
export interface LogEntry {
  seq: number; time: string; kind: LogKind; method: string; host: string; path: string; status: number; ms: number
  verdict: 'ok' | 'refused' | 'failed'; reason?: string; person?: string; appid?: string; mchid?: string; replay_of?: number
}
export interface LogSide { headers: Record<string, string | string[]>; body: string }
export interface LogDetail extends LogEntry { request?: LogSide; response?: LogSide; sign_string?: string }

/** A refusal of the simulator (`code` as in PHONE_API.md) or a line that is down (`code` "network"). */
export class ApiError extends Error {
  constructor(readonly code: string, readonly zh: string, readonly en: string, readonly details: Record<string, unknown> = {}) {
    super(`${code}: ${en || zh}`)
  }
  /** The reason in the page's language. */
  get text(): string { return locale.value === 'en' ? this.en || this.zh : this.zh || this.en }
}

const networkDown = () => new ApiError('network', '连不上模拟器，请检查它是否在运行', 'The simulator does not answer. Is it running?')
const longestWait = 20_000

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let answer: Response
  try {
    answer = await fetch(`/_sim${path}`, {
      method, signal: AbortSignal.timeout(longestWait),
      ...(method === 'GET' ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body ?? {}) }),
    })
  } catch {
    throw networkDown()
  }
  const text = await answer.text()
  let data: Record<string, unknown> = {}
  try {
    data = text ? JSON.parse(text) : {}
  } catch {
    throw new ApiError('answer', `模拟器的回答读不懂（HTTP ${answer.status}）`, `The simulator's answer cannot be read (HTTP ${answer.status})`)
  }
  if (answer.ok) return data as T
  throw new ApiError(String(data.code ?? answer.status), String(data.message ?? `出错了（HTTP ${answer.status}）`), String(data.message_en ?? ''), data)
}

export const get = <T>(path: string) => call<T>('GET', path)
export const post = <T>(path: string, body?: unknown) => call<T>('POST', path, body)
export const del = (path: string) => call<void>('DELETE', path)
export const seg = encodeURIComponent

export function query(params: Record<string, string | number | undefined>): string {
  const pairs = Object.entries(params).filter(([, v]) => v !== undefined && v !== '').map(([k, v]) => `${k}=${seg(v!)}`)
  return pairs.length ? `?${pairs.join('&')}` : ''
}

/** Where an image of a message can be loaded from: pictures on other sites go through the simulator. */
export function picture(url: string | undefined): string {
  if (!url) return ''
  const absolute = /^https?:\/\//i.test(url) && !url.startsWith(`${location.origin}/`)
  return absolute ? `/_sim/picture?url=${seg(url)}` : url
}

/** Calls that concern nobody in particular: the world, its people, its clock, its faults, its log. */
export const simulator = {
  world: () => get<World>('/world'),
  people: () => get<{ people: Person[] }>('/people'),
  createPerson: (p: { name: string; balance?: number; pay_password?: string; region?: string }) => post<Person>('/people', p),
  clock: () => get<Clock>('/clock'),
  setClock: (change: ClockChange) => post<Clock>('/clock', change),
  removeFault: (id: string) => del(`/faults/${seg(id)}`),
  removeFaults: () => del('/faults'),
  pauseNotices: (paused: boolean) => post<void>('/faults/notifications', { paused }),
  notices: (limit = 50) => get<{ notifications: Notice[] }>(`/notifications${query({ limit })}`),
  sendNotice: (id: string) => post<void>(`/notifications/${seg(id)}/send`),
  putOnScreen: (title: string, text: string) => post<Code>('/codes', { title, text }),
  qr: (text: string, size = 300) => `/_sim/qr${query({ text, size })}`,
}

/** Calls of one person's phone. */
export function phoneApi(person: string) {
  const me = `/people/${seg(person)}`
  const chat = (id: string) => `${me}/chats/${seg(id)}`
  const account = (appid: string) => `${me}/accounts/${seg(appid)}`
  const pay = (id: string) => `${me}/pay/${seg(id)}`
  return {
    eventsUrl: `/_sim${me}/events`,
    self: () => get<PersonDetail>(me),
    home: () => get<Home>(`${me}/home`),
    contacts: () => get<Directory>(`${me}/contacts`),
    search: (q: string) => get<Directory>(`${me}/search${query({ q })}`),
    messages: (id: string, at: { before?: number; after?: number; limit?: number } = {}) => get<MessagePage>(`${chat(id)}/messages${query(at)}`),
    send: (id: string, text: string, menuId?: string) => post<Message>(`${chat(id)}/messages`, menuId ? { text, menu_id: menuId } : { text }),
    share: (id: string, card: ShareCard) => post<Message>(`${chat(id)}/share`, card),
    read: (id: string) => post<void>(`${chat(id)}/read`),
    settings: (id: string, s: { muted?: boolean; pinned?: boolean }) => post<Chat>(`${chat(id)}/settings`, s),
    account: (appid: string) => get<Account>(account(appid)),
    follow: (appid: string, how: { scene?: string; ticket?: string }) => post<Account>(`${account(appid)}/follow`, how),
    unfollow: (appid: string) => post<Account>(`${account(appid)}/unfollow`),
    menu: (appid: string, path: string, scanResult?: string) => post<MenuAction>(`${account(appid)}/menu`, scanResult === undefined ? { path } : { path, scan_result: scanResult }),
    codes: () => get<{ codes: Code[] }>(`${me}/codes`),
    scan: (what: { text: string } | { code_id: string }) => post<ScanResult>(`${me}/scan`, what),
    webview: (url: string) => post<WebTarget>(`${me}/webview`, { url }),
    webviewAt: (gatewayUrl: string) => get<WebTarget>(`${me}/webview${query({ gateway_url: gatewayUrl })}`),
    paySheet: (id: string) => get<PaySheet>(pay(id)),
    confirmPay: (id: string, password: string) => post<PayDone>(`${pay(id)}/confirm`, { password }),
    cancelPay: (id: string) => post<{ state: string }>(`${pay(id)}/cancel`),
    wallet: () => get<Wallet>(`${me}/wallet`),
    topUp: (amount: number) => post<{ balance: number }>(`${me}/wallet/top-up`, { amount }),
    bills: (before?: number, month?: string) => get<BillPage>(`${me}/wallet/bills${query({ before, month, limit: 30 })}`),
    bill: (id: string) => get<BillDetail>(`${me}/wallet/bills/${seg(id)}`),
    addresses: () => get<{ addresses: Address[] }>(`${me}/addresses`),
    saveAddress: (a: Omit<Address, 'id'> & { id?: string }) => post<Address>(`${me}/addresses`, a),
    removeAddress: (id: string) => del(`${me}/addresses/${seg(id)}`),
    place: () => get<Place>(`${me}/location`),
    setPlace: (p: Place) => post<void>(`${me}/location`, p),
  }
}

/** The calls of one phone. */
export type PhoneApi = ReturnType<typeof phoneApi>
