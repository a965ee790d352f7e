const stops = 'a[href], button:not([disabled]), input:not([disabled]), textarea:not([disabled]), select:not([disabled]), [tabindex="0"]'

/** Keeps Tab inside a panel: after the last stop comes the first. */
export function trapTab(e: KeyboardEvent, panel: HTMLElement): void {
  const all = [...panel.querySelectorAll<HTMLElement>(stops)].filter((el) => el.offsetParent !== null)
  const first = all[0]
  const last = all.at(-1)
  if (!first || !last) return
  const at = document.activeElement
  if (e.shiftKey && (at === first || at === panel)) {
    e.preventDefault()
    last.focus()
  } else if (!e.shiftKey && at === last) {
    e.preventDefault()
    first.focus()
  }
}
