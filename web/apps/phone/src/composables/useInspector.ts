import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { LogEntry, LogKind } from '../api'
import { desk } from '../api/desk'
import { reasonOf, useLoad } from './useLoad'

const every = 2000
const most = 500

/** Newest first, each once, at most 500. */
export function mergeLog(have: readonly LogEntry[], more: readonly LogEntry[]): LogEntry[] {
  const bySeq = new Map([...have, ...more].map((e) => [e.seq, e]))
  return [...bySeq.values()].sort((a, b) => b.seq - a.seq).slice(0, most)
}

/** The list of requests and pushes: searched, filtered, growing at the top as things happen and at the bottom on demand. */
export function useInspector() {
  const q = ref('')
  const kind = ref<LogKind | ''>('')
  const verdict = ref<LogEntry['verdict'] | ''>('')
  const paused = ref(false)
  const wanted = () => ({ q: q.value.trim(), kind: kind.value, verdict: verdict.value })
  const entries = shallowRef<LogEntry[]>([])
  const more = ref(false)
  const older = ref(false)
  const olderError = ref('')
  let fresh = true

  const { data, error, slow, reload } = useLoad(() => desk.log({ ...wanted(), limit: 50 }))
  watch(data, (page) => {
    if (!page) return
    paused.value = page.paused
    entries.value = mergeLog(fresh ? [] : entries.value, page.entries)
    if (fresh) more.value = page.more
    fresh = false
  })

  async function loadOlder(): Promise<void> {
    const last = entries.value.at(-1)
    if (!last || older.value) return
    older.value = true
    try {
      const page = await desk.log({ ...wanted(), before: last.seq, limit: 50 })
      entries.value = mergeLog(entries.value, page.entries)
      more.value = page.more && entries.value.length < most
      olderError.value = ''
    } catch (e) {
      olderError.value = reasonOf(e)
    } finally {
      older.value = false
    }
  }

  let typing: ReturnType<typeof setTimeout> | undefined
  watch([q, kind, verdict], () => {
    clearTimeout(typing)
    typing = setTimeout(() => { fresh = true; void reload() }, 200)
  })
  const timer = setInterval(() => { if (document.visibilityState === 'visible' && !fresh) void reload() }, every)
  onScopeDispose(() => { clearInterval(timer); clearTimeout(typing) })

  async function pause(on: boolean): Promise<void> {
    paused.value = (await desk.pauseLog(on)).paused
  }
  async function clear(): Promise<void> {
    await desk.clearLog()
    fresh = true
    await reload()
  }

  return { q, kind, verdict, paused, wanted, pause, clear, entries, more, older, olderError, ready: computed(() => data.value !== null), error, slow, reload, loadOlder }
}
