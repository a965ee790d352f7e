import { computed, inject, provide, ref, shallowRef, type InjectionKey } from 'vue'
import { ApiError, phoneApi, type Chat, type PersonDetail, type WebTarget } from '../api'
import { socialApi, type MomentMark } from '../api/social'
import { useClock } from './useClock'
import { useEvents } from './useEvents'
import { reasonOf } from './useLoad'
import { createNav } from './useNav'
import { createOverlays } from './useOverlays'

/** The chat list as it stands after one row changed: pinned first, then by the time of the last line. */
export function withChat(chats: readonly Chat[], row: Chat): Chat[] {
  const at = (c: Chat) => (c.last ? new Date(c.last.time).getTime() : 0)
  return [...chats.filter((c) => c.id !== row.id), row]
    .sort((a, b) => Number(b.pinned) - Number(a.pinned) || at(b) - at(a))
}

function createPhone(person: string, inner?: ReturnType<typeof useEvents>) {
  const api = phoneApi(person)
  const nav = createNav()
  const overlays = createOverlays()
  const live = inner ?? useEvents(api.eventsUrl)
  const { now, setClock, setNow } = useClock()

  const me = shallowRef<PersonDetail | null>(null)
  const chats = shallowRef<Chat[] | null>(null)
  const unread = ref(0)
  const homeError = ref('')
  const toastText = ref('')
  const allowedPlaces = new Set<string>()
  const mark = shallowRef<MomentMark>({ unread: 0 })
  const newFriends = ref(0)
  let toastTimer: ReturnType<typeof setTimeout> | undefined

  function toast(text: string): void {
    toastText.value = text
    clearTimeout(toastTimer)
    toastTimer = setTimeout(() => { toastText.value = '' }, 2200)
  }

  async function refresh(): Promise<void> {
    try {
      const [home, self] = await Promise.all([api.home(), api.self()])
      chats.value = home.chats
      unread.value = home.unread
      me.value = self
      homeError.value = ''
    } catch (e) {
      homeError.value = reasonOf(e)
      if (e instanceof ApiError && e.code !== 'network') chats.value = null // the world has changed under us: say so
    }
  }

  /** What is new in contacts and Moments; the chat list does not wait for it. */
  async function refreshMarks(): Promise<void> {
    const social = socialApi(person)
    const [moments, friends] = await Promise.all([social.mark().catch(() => null), social.friends().catch(() => null)])
    if (moments) mark.value = moments
    if (friends) newFriends.value = friends.new_friends
  }

  /** Does something for the person; a refusal is shown to them, and undefined comes back. */
  async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (e) {
      toast(reasonOf(e))
      return undefined
    }
  }

  function openUrl(url: string, target?: WebTarget): void { nav.push({ name: 'web', url, target }) }

  /** Does what WeChat does with a code that was read. */
  async function followCode(code: { text: string } | { code_id: string }): Promise<void> {
    const found = await attempt(() => api.scan(code))
    if (!found) return
    if (found.kind === 'url') openUrl(found.url)
    else if (found.kind === 'pay') await overlays.ask('pay', { payId: found.pay_id })
    else if (found.kind === 'mini') nav.push({ name: 'mini', appid: found.appid, path: found.path, query: found.query, scene: found.scene })
    else if (found.kind === 'group') nav.push({ name: 'joinGroup', token: found.token, room: found.room, joined: found.joined })
    else if (found.kind === 'expired') toast(found.message)
    else if (found.kind === 'text') nav.push({ name: 'text', text: found.text })
    else if (found.kind === 'staff') nav.push({ name: 'staff', staffId: found.staff.id, ticket: found.staff.ticket })
    else if (found.followed) nav.openChat(found.chat_id, found.account.name)
    else nav.push({ name: 'account', appid: found.account.id, scene: 'qr', ticket: found.ticket })
  }

  async function scan(): Promise<void> {
    const read = await overlays.ask('scan', {})
    if (read) await followCode(read.codeId ? { code_id: read.codeId } : { text: read.text })
  }

  const rowOf = (chatId: string) => computed(() => chats.value?.find((c) => c.id === chatId))

  live.on('hello', (e) => { setNow(e.now); void refresh(); void refreshMarks() })
  live.on('clock', setClock)
  live.on('message', (e) => { chats.value = withChat(chats.value ?? [], e.chat); unread.value = e.unread })
  live.on('chat', (e) => { chats.value = withChat(chats.value ?? [], e.chat); unread.value = e.unread })
  live.on('account', () => void refresh())
  live.on('chat_gone', (e) => { chats.value = (chats.value ?? []).filter((c) => c.id !== e.chat_id); unread.value = e.unread })
  live.on('friends', () => { void refresh(); void refreshMarks() })
  live.on('room', () => void refresh())
  live.on('moments', () => void refreshMarks())
  live.on('payment', (e) => { if (me.value) me.value = { ...me.value, balance: e.balance } })
  void refresh()

  return { person, api, nav, overlays, live, now, me, chats, unread, homeError, toastText, toast, refresh, refreshMarks, mark, newFriends, attempt, openUrl, followCode, scan, rowOf, allowedPlaces }
}

/** One person's phone: what it knows, where it stands and what it can do. */
export type PhoneState = ReturnType<typeof createPhone>
const key: InjectionKey<PhoneState> = Symbol('phone')

/** Switches a phone on, for everything below this component. A phone inside another gets its events from there. */
export function providePhone(person: string, inner?: ReturnType<typeof useEvents>): PhoneState {
  const phone = createPhone(person, inner)
  provide(key, phone)
  return phone
}

/** The phone this component is part of. */
export function usePhone(): PhoneState {
  const phone = inject(key)
  if (!phone) throw new Error('usePhone() outside of a phone')
  return phone
}
