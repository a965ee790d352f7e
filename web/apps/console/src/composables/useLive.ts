import { onScopeDispose, ref, shallowReadonly, watch, type Ref } from 'vue'
import { eventsAddress, type Happened } from '../api'

type Listener = (h: Happened) => void

const listeners = new Set<Listener>()
const live = ref(false)
const pauses = [1000, 2000, 5000, 10_000, 30_000]

/** Keeps one line to the server open for the shop; it is tried again, ever more slowly, when it breaks. "" closes it. */
export function openLive(shop: Ref<string>): void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let tries = 0

  function close(): void {
    clearTimeout(timer)
    source?.close()
    source = undefined
    live.value = false
  }
  function open(id: string): void {
    close()
    if (!id) return
    source = new EventSource(eventsAddress(id))
    source.addEventListener('beat', () => { tries = 0; live.value = true })
    source.addEventListener('happened', (e) => {
      const h = JSON.parse(e.data) as Happened
      for (const f of listeners) f(h)
    })
    source.onerror = () => {
      close()
      timer = setTimeout(() => open(id), pauses[Math.min(tries++, pauses.length - 1)])
    }
  }

  watch(shop, (id) => { tries = 0; open(id) }, { immediate: true })
  onScopeDispose(close)
}

/** Hears what happens in the shop while the page is open. `kinds` are beginnings of names: "order.", "aftersale.". */
export function onHappened(kinds: readonly string[], hear: Listener): void {
  const f: Listener = (h) => { if (kinds.some((k) => h.kind.startsWith(k))) hear(h) }
  listeners.add(f)
  onScopeDispose(() => listeners.delete(f))
}

/** Whether the line is open. */
export const isLive = shallowReadonly(live)
