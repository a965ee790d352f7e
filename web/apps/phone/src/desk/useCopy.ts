import { onScopeDispose, ref } from 'vue'
import { t } from '../i18n'

/** Copies a text and says so for two seconds. */
export function useCopy() {
  const said = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  async function copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      said.value = t('copied')
    } catch {
      said.value = t('copy.failed')
    }
    clearTimeout(timer)
    timer = setTimeout(() => { said.value = '' }, 2000)
  }
  onScopeDispose(() => clearTimeout(timer))
  return { said, copy }
}
