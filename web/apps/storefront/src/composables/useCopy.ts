import { t } from '../i18n'
import { say } from './useToast'

/** Copies text and says so. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const box = document.createElement('textarea') // where the clipboard is forbidden, as in old web views
    box.value = text
    box.style.cssText = 'position:fixed;opacity:0'
    document.body.append(box)
    box.select()
    document.execCommand('copy')
    box.remove()
  }
  say(t('copied'))
}
