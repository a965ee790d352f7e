import { onBeforeUnmount, onMounted, type Ref } from 'vue'

let latest: HTMLElement | null = null

/**
 * Takes the focus back for `root` when a key is pressed while nothing has it (the button that had it is gone),
 * provided root was the last one touched. Calls `onKey` with that key.
 */
export function useLostFocus(root: Ref<HTMLElement | null>, onKey: (e: KeyboardEvent) => void): void {
  const touched = () => { latest = root.value }
  function pressed(e: KeyboardEvent): void {
    if (e.target !== document.body || latest !== root.value) return
    root.value?.focus({ preventScroll: true })
    onKey(e)
  }
  onMounted(() => {
    root.value?.addEventListener('focusin', touched)
    root.value?.addEventListener('pointerdown', touched)
    document.addEventListener('keydown', pressed)
  })
  onBeforeUnmount(() => {
    document.removeEventListener('keydown', pressed)
    if (latest === root.value) latest = null
  })
}
