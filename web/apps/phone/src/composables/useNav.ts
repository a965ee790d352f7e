import { ref, shallowRef } from 'vue'
import type { PayDone, ShareCard, WebTarget } from '../api'
import type { Job } from '../api/work'
import type { ComplaintType } from '../api/service'
import type { RoomRow, WorkTask } from '../api/social'

/** The tabs at the bottom. */
export type Tab = 'chats' | 'contacts' | 'discover' | 'me'

/** A page that slides over the tabs, with what it needs to know. */
export type Page =
  | { name: 'chat'; chatId: string; title: string }
  | { name: 'chatInfo'; chatId: string }
  | { name: 'account'; appid: string; scene?: string; ticket?: string }
  | { name: 'person'; personId: string }
  | { name: 'accounts' }
  | { name: 'articles'; appid: string }
  | { name: 'search' }
  | { name: 'web'; url: string; target?: WebTarget }
  | { name: 'text'; text: string }
  | { name: 'wallet' }
  | { name: 'paycode' }
  | { name: 'paid'; paid: PayDone }
  | { name: 'bills' }
  | { name: 'bill'; billId: string }
  | { name: 'complain'; billId: string; type: ComplaintType }
  | { name: 'complaint'; complaintId: string }
  | { name: 'addresses' }
  | { name: 'minis' }
  | { name: 'mini'; appid: string; path: string; query?: string; scene?: number }
  | { name: 'miniOrders' }
  | { name: 'settings' }
  | { name: 'simulator' }
  | { name: 'work'; job: Job }
  | { name: 'workCustomers' }
  | { name: 'workCustomer'; person: string }
  | { name: 'workTags'; person: string }
  | { name: 'workRequests' }
  | { name: 'workCode' }
  | { name: 'workGroups' }
  | { name: 'workNewGroup' }
  | { name: 'workTasks'; kind: WorkTask['kind'] }
  | { name: 'workTask'; kind: WorkTask['kind']; taskId: string }
  | { name: 'staff'; staffId: string; ticket?: string }
  | { name: 'staffList' }
  | { name: 'groups' }
  | { name: 'groupInfo'; roomId: string }
  | { name: 'groupQR'; roomId: string }
  | { name: 'joinGroup'; token: string; room: RoomRow; joined: boolean }
  | { name: 'newFriends' }
  | { name: 'friendTags' }
  | { name: 'friendSettings'; personId: string }
  | { name: 'askFriend'; personId: string; title: string }
  | { name: 'favourites' }
  | { name: 'moments' }
  | { name: 'moment'; postId: string }
  | { name: 'momentNotices' }
  | { name: 'publish'; card?: ShareCard }
  | { name: 'album'; personId: string }

/** A page in the stack; `key` tells two openings of the same page apart. */
export interface Layer { key: number; page: Page }

const deepest = 20

/** The stack of pages of one phone. */
export function createNav() {
  const tab = ref<Tab>('chats')
  const layers = shallowRef<Layer[]>([])
  let next = 1

  function push(page: Page): void {
    layers.value = [...layers.value.slice(-(deepest - 1)), { key: next++, page }]
  }
  function pop(): void { layers.value = layers.value.slice(0, -1) }
  /** Closes one page wherever it stands, with everything above it. */
  function close(key: number): void {
    const at = layers.value.findIndex((l) => l.key === key)
    if (at >= 0) layers.value = layers.value.slice(0, at)
  }
  function replace(page: Page): void { layers.value = [...layers.value.slice(0, -1), { key: next++, page }] }
  /** Opens a chat straight above the tabs, or goes back to it when it is open. */
  function openChat(chatId: string, title: string): void {
    const at = layers.value.findIndex((l) => l.page.name === 'chat' && l.page.chatId === chatId)
    if (at >= 0) layers.value = layers.value.slice(0, at + 1)
    else { tab.value = 'chats'; layers.value = [{ key: next++, page: { name: 'chat', chatId, title } }] }
  }
  function home(to: Tab): void { tab.value = to; layers.value = [] }

  return { tab, layers, push, pop, close, replace, openChat, home }
}

/** The stack of pages of one phone. */
export type Nav = ReturnType<typeof createNav>
