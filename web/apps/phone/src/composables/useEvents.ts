import { onScopeDispose, ref } from 'vue'
import type { AccountRow, Chat, Clock, Message } from '../api'
import type { Ask, PayCodeEvent } from '../api/pay'

/** What the simulator tells a phone as it happens (PHONE_API.md, "Live events"). */
export interface LiveEvents {
  hello: { now: string }
  message: { message: Message; chat: Chat; unread: number }
  chat: { chat: Chat; unread: number }
  account: { account: AccountRow }
  payment: { pay_id?: string; bill_id: string; amount: number; direction: 'in' | 'out'; balance: number }
  codes: Record<string, never>
  complaint: { id: string; state: string }
  clock: Clock
  work: { id: string; event: string; data: unknown }
  jobs: Record<string, never>
  contacts: Record<string, never>
  requests: Record<string, never>
  chat_gone: { chat_id: string; unread: number }
  friends: Record<string, never>
  room: { room_id: string }
  tasks: { msgid?: string; moment_id?: string }
  moments: { post?: string; notice?: string; gone?: string }
  ask: Ask
  paycode: PayCodeEvent
}
type Name = keyof LiveEvents
type Listener<K extends Name> = (data: LiveEvents[K]) => void

const names: Name[] = ['hello', 'chat_gone', 'friends', 'room', 'moments', 'message', 'chat', 'account', 'payment', 'codes', 'work', 'jobs', 'contacts', 'complaint', 'clock', 'ask', 'paycode']
const longestPause = 15_000

/**
 * Listens to an event stream for as long as the scope lives. A broken line is called "down" and tried again with growing
 * pauses; every `hello` (also the first) means: what was missed must be fetched.
 */
export function useEvents(url: string) {
  const down = ref(false)
  const listeners = new Map<Name, Set<Listener<never>>>()
  let source: EventSource | null = null
  let retry: ReturnType<typeof setTimeout> | undefined
  let pause = 500
  let closed = false

  function emit<K extends Name>(name: K, data: LiveEvents[K]): void {
    for (const hear of listeners.get(name) ?? []) (hear as Listener<K>)(data)
  }

  function connect(): void {
    if (closed) return
    source = new EventSource(url)
    for (const name of names) {
      source.addEventListener(name, (e) => {
        if (name === 'hello') { down.value = false; pause = 500 }
        emit(name, JSON.parse((e as MessageEvent<string>).data))
      })
    }
    source.onerror = () => {
      down.value = true
      source?.close()
      clearTimeout(retry)
      retry = setTimeout(connect, pause)
      pause = Math.min(pause * 2, longestPause)
    }
  }

  /** Calls `hear` on every event of that name until the scope it was asked in ends. */
  function on<K extends Name>(name: K, hear: Listener<K>): void {
    const set = listeners.get(name) ?? new Set()
    listeners.set(name, set.add(hear as Listener<never>))
    onScopeDispose(() => set.delete(hear as Listener<never>))
  }

  onScopeDispose(() => { closed = true; clearTimeout(retry); source?.close() })
  connect()
  return { down, on }
}
