import { computed, onScopeDispose, ref, watch } from 'vue'
import { simulator } from '../api'
import { usePolled } from './usePolled'

const storageKey = 'shuke.phone.people'
const phoneWidth = 440
const deskFrom = 900

/** The phones to show: those asked for that exist, at most `room` of them; the first person when none is left. */
export function choosePhones(wanted: readonly string[], existing: readonly string[], room: number): string[] {
  const known = [...new Set(wanted)].filter((id) => existing.includes(id))
  return (known.length ? known : existing.slice(0, 1)).slice(0, Math.max(1, room))
}

function remembered(): string[] {
  const asked = new URLSearchParams(location.search).get('person')
  if (asked) return asked.split(',')
  try {
    return (localStorage.getItem(storageKey) ?? '').split(',').filter(Boolean)
  } catch {
    return []
  }
}

/** The desk: who there is, whose phones lie on it (up to three where the window is wide enough), and whether the tools show. */
export function useDesk() {
  const { data, error, slow, reload } = usePolled(simulator.people, 10_000)
  const people = computed(() => data.value?.people ?? [])
  const wanted = ref<string[]>(remembered())
  const width = ref(window.innerWidth)
  const tools = ref(true)
  const choosing = ref(false)

  const wide = computed(() => width.value >= deskFrom)
  const room = computed(() => (wide.value ? Math.min(3, Math.max(1, Math.floor((width.value - (tools.value ? 420 : 0)) / phoneWidth))) : 1))
  const open = computed(() => choosePhones(wanted.value, people.value.map((p) => p.id), room.value))

  /** Puts a phone on the desk; the last one makes room when it is full. */
  function show(id: string): void {
    choosing.value = false
    if (open.value.includes(id)) return
    wanted.value = wide.value ? [...open.value.slice(0, room.value - 1), id] : [id]
  }
  function hide(id: string): void {
    if (open.value.length > 1) wanted.value = open.value.filter((x) => x !== id)
  }

  const onResize = () => { width.value = window.innerWidth }
  window.addEventListener('resize', onResize)
  onScopeDispose(() => window.removeEventListener('resize', onResize))
  watch(wanted, (ids) => {
    try { localStorage.setItem(storageKey, ids.join(',')) } catch { /* forbidden storage: forgotten with the page */ }
  })
  return { people, ready: computed(() => data.value !== null), error, slow, reload, open, room, wide, tools, choosing, show, hide }
}

/** The desk. */
export type Desk = ReturnType<typeof useDesk>
