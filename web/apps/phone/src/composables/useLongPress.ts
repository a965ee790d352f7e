import { onScopeDispose } from 'vue'

const pressTime = 500
const slip = 10

/** Listeners (for v-on) that call `held` after half a second's press or a right click, and swallow the click that follows. */
export function useLongPress(held: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let from = { x: 0, y: 0 }
  let swallow = false

  const stop = () => clearTimeout(timer)
  onScopeDispose(stop)
  return {
    pointerdown(e: PointerEvent) {
      swallow = false
      if (e.pointerType === 'mouse') return
      from = { x: e.clientX, y: e.clientY }
      timer = setTimeout(() => { swallow = true; held() }, pressTime)
    },
    pointermove(e: PointerEvent) { if (Math.hypot(e.clientX - from.x, e.clientY - from.y) > slip) stop() },
    pointerup: stop,
    pointercancel: stop,
    contextmenu(e: Event) { e.preventDefault(); stop(); if (!swallow) held() },
    clickCapture(e: Event) { if (swallow) { e.stopImmediatePropagation(); e.preventDefault(); swallow = false } },
  }
}
