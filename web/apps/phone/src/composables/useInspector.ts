import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { simulator, type LogEntry, type LogKind } from '../api'
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
  const entries = shallowRef<LogEntry[]>([])
  const more = ref(false)
  const older = ref(false)
  const olderError = ref('')
  let fresh = true

  const { data, error, slow, reload } = useLoad(() => simulator.log({ q: q.value.trim(), kind: kind.value, limit: 50 }))
  watch(data, (page) => {
    if (!page) return
    entries.value = mergeLog(fresh ? [] : entries.value, page.entries)
    if (fresh) more.value = page.more
    fresh = false
  })

  async function loadOlder(): Promise<void> {
    const last = entries.value.at(-1)
    if (!last || older.value) return
    older.value = true
    try {
      const page = await simulator.log({ q: q.value.trim(), kind: kind.value, before: last.seq, limit: 50 })
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
  watch([q, kind], () => {
    clearTimeout(typing)
    typing = setTimeout(() => { fresh = true; void reload() }, 200)
  })
  const timer = setInterval(() => { if (document.visibilityState === 'visible' && !fresh) void reload() }, every)
  onScopeDispose(() => { clearInterval(timer); clearTimeout(typing) })

  return { q, kind, entries, more, older, olderError, ready: computed(() => data.value !== null), error, slow, reload, loadOlder }
}
