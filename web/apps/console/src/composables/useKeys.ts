import { onScopeDispose } from 'vue'

const typing = (e: Event) => e.target instanceof HTMLElement && (e.target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName))
const covered = () => [...document.querySelectorAll<HTMLElement>('.el-overlay')].some((o) => o.style.display !== 'none' && o.offsetParent !== null)

/** The keys of the whole console: "/" finds, "g" and a letter goes to a page, "?" tells the keys. None while somebody types. */
export function useKeys(goTo: (key: string) => boolean, help: () => void): void {
  let waiting = 0
  function press(e: KeyboardEvent): void {
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e) || covered()) return
    if (e.key === '/') {
      const field = document.querySelector<HTMLInputElement>('[data-find] input, input[data-find]')
      if (!field) return
      e.preventDefault()
      field.focus()
      field.select()
    } else if (e.key === '?') {
      help()
    } else if (Date.now() - waiting < 1200 && goTo(e.key)) {
      waiting = 0
      e.preventDefault()
    } else {
      waiting = e.key === 'g' ? Date.now() : 0
    }
  }
  document.addEventListener('keydown', press)
  onScopeDispose(() => document.removeEventListener('keydown', press))
}
