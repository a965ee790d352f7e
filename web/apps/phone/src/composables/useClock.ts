import { computed, onScopeDispose, ref } from 'vue'
import type { Clock } from '../api'
import { t } from '../i18n'

/** The simulator's time at a moment of the browser, from a clock object received at `at` (browser milliseconds). */
export function simTime(clock: Clock, at: number, browserNow: number): number {
  const base = new Date(clock.now).getTime()
  if (clock.mode === 'frozen') return base
  return base + (browserNow - at) * (clock.mode === 'running' ? clock.speed : 1)
}

/** How the clock goes, in words: real, frozen, × 60, or merely set to another time. */
export function clockWords(clock: Clock): string {
  if (clock.mode !== 'running') return t(`clock.${clock.mode}`)
  return clock.speed === 1 ? t('clock.shifted') : `${t('clock.running')} × ${clock.speed}`
}

const clock = ref<Clock | null>(null)
const receivedAt = ref(0)
const tick = ref(Date.now())
const now = computed(() => (clock.value ? simTime(clock.value, receivedAt.value, tick.value) : tick.value))

function setClock(next: Clock): void {
  clock.value = next
  receivedAt.value = tick.value = Date.now()
}

/** Sets only the time, as every "hello" of the event stream tells it. */
function setNow(at: string): void {
  setClock({ ...(clock.value ?? { mode: 'real', speed: 1, offset_ms: 0 }), now: at })
}

/** The simulator's clock: one for the whole page, `now` in milliseconds, turning every second. */
export function useClock() {
  const timer = setInterval(() => { tick.value = Date.now() }, 1000)
  onScopeDispose(() => clearInterval(timer))
  return { clock, now, setClock, setNow }
}
