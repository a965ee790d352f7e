import { t } from '../i18n'
import { sayDone } from './useSay'

/** Copies text and says so. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const box = document.createElement('textarea') // where the clipboard is forbidden, as on plain http
    box.value = text
    box.style.cssText = 'position:fixed;opacity:0'
    document.body.append(box)
    box.select()
    document.execCommand('copy')
    box.remove()
  }
  sayDone(t('copied'))
}
