import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import type { Message } from '../api'
import { socialApi } from '../api/social'
import { reasonOf } from './useLoad'
import { usePhone } from './usePhone'

/** A line on its way out, before the simulator has taken it. */
export interface Outgoing { key: number; text: string; menuId?: string; at?: string[]; failed: boolean }

const separatorGap = 5 * 60_000
const most = 2000

/** Merges messages by seq, oldest first, each once, at most the newest 2,000. */
export function mergeMessages(have: readonly Message[], more: readonly Message[]): Message[] {
  const bySeq = new Map([...have, ...more].map((m) => [m.seq, m]))
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq).slice(-most)
}

/** Whether a time stands above this message: at the start and after five quiet minutes. */
export function startsAfterPause(message: Message, previous: Message | undefined): boolean {
  return !previous || new Date(message.time).getTime() - new Date(previous.time).getTime() > separatorGap
}

/** One open chat: its messages, older ones on demand, new ones as they come, and sending. */
export function useChat(chatId: string) {
  const { api, live, attempt, rowOf, person } = usePhone()
  const messages = shallowRef<Message[]>([])
  const outgoing = ref<Outgoing[]>([])
  const more = ref(false)
  const ready = ref(false)
  const slow = ref(false)
  const error = ref('')
  const loadingOlder = ref(false)
  const row = rowOf(chatId)
  let nextKey = 1

  async function load(): Promise<void> {
    const timer = setTimeout(() => { slow.value = !ready.value }, 300)
    try {
      const page = await api.messages(chatId)
      messages.value = mergeMessages(messages.value, page.messages)
      more.value = page.more
      ready.value = true
      error.value = ''
      void markRead()
    } catch (e) {
      error.value = reasonOf(e)
    } finally {
      clearTimeout(timer)
      slow.value = false
    }
  }

  async function catchUp(): Promise<void> {
    const last = messages.value.at(-1)
    if (!ready.value || !last) return load()
    const page = await attempt(() => api.messages(chatId, { after: last.seq, limit: 100 }))
    if (page) messages.value = mergeMessages(messages.value, page.messages)
  }

  async function older(): Promise<void> {
    const first = messages.value[0]
    if (!first || !more.value || loadingOlder.value || messages.value.length >= most) return
    loadingOlder.value = true
    const page = await attempt(() => api.messages(chatId, { before: first.seq }))
    if (page) {
      messages.value = mergeMessages(page.messages, messages.value)
      more.value = page.more
    }
    loadingOlder.value = false
  }

  async function markRead(): Promise<void> {
    if (document.visibilityState === 'visible' && (row.value?.unread ?? 0) > 0) await api.read(chatId).catch(() => undefined)
  }

  async function deliver(line: Outgoing): Promise<void> {
    line.failed = false
    const sent = await attempt(() => (line.at?.length ? socialApi(person).say(chatId, line.text, line.at) : api.send(chatId, line.text, line.menuId)))
    if (!sent) { line.failed = true; return }
    outgoing.value = outgoing.value.filter((o) => o.key !== line.key)
    messages.value = mergeMessages(messages.value, [sent])
  }

  function send(text: string, menuId?: string, at: string[] = []): void {
    outgoing.value.push({ key: nextKey++, text, menuId, at, failed: false })
    void deliver(outgoing.value.at(-1)!)
  }

  live.on('hello', () => void catchUp())
  live.on('message', (e) => {
    if (e.message.chat_id !== chatId) return
    messages.value = mergeMessages(messages.value, [e.message])
    void markRead()
  })
  const onVisible = () => void markRead()
  document.addEventListener('visibilitychange', onVisible)
  onScopeDispose(() => document.removeEventListener('visibilitychange', onVisible))
  void load()

  return { messages: computed(() => messages.value), outgoing, more, ready, slow, error, loadingOlder, row, load, older, send, deliver }
}
