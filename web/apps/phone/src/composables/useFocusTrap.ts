import { nextTick, onBeforeUnmount, onMounted, type Ref } from 'vue'

const reachable = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex]:not([tabindex="-1"])'

/** Keeps the keyboard inside a sheet while it is open, closes it on Escape and gives the focus back afterwards. */
export function useFocusTrap(box: Ref<HTMLElement | null>, close: () => void): void {
  // what had the focus may vanish while the sheet changes its content: the sheet itself takes it then
  const watcher = new MutationObserver(() => {
    if (document.activeElement === document.body || !document.activeElement) box.value?.focus({ preventScroll: true })
  })
  const before = document.activeElement instanceof HTMLElement ? document.activeElement : null

  function inside(): HTMLElement[] {
    return [...(box.value?.querySelectorAll<HTMLElement>(reachable) ?? [])].filter((e) => e.getClientRects().length > 0)
  }
  function onKey(e: KeyboardEvent): void {
    if (e.key === 'Escape') { e.stopPropagation(); e.preventDefault(); close(); return }
    if (e.key !== 'Tab') return
    const list = inside()
    const first = list[0]
    const last = list.at(-1)
    if (!first || !last) { e.preventDefault(); return }
    const at = document.activeElement
    if (e.shiftKey && (at === first || at === box.value)) { e.preventDefault(); last.focus() }
    else if (!e.shiftKey && at === last) { e.preventDefault(); first.focus() }
  }

  onMounted(() => {
    box.value?.addEventListener('keydown', onKey)
    const wanted = box.value?.querySelector<HTMLElement>('[data-autofocus]') ?? box.value
    wanted?.focus({ preventScroll: true })
    if (box.value) watcher.observe(box.value, { childList: true, subtree: true })
  })
  onBeforeUnmount(() => {
    watcher.disconnect()
    box.value?.removeEventListener('keydown', onKey)
    const around = box.value?.closest<HTMLElement>('[data-focus-home]')
    void nextTick(() => { // until then what lies below is inert
      if (before?.isConnected && before !== document.body) before.focus({ preventScroll: true })
      keepFocus(around)
    })
  })
}

/** Gives the focus to `home` when what had it is gone, so that the keyboard goes on working there. */
export function keepFocus(home: HTMLElement | null | undefined): void {
  if (!document.activeElement || document.activeElement === document.body) home?.focus({ preventScroll: true })
}
