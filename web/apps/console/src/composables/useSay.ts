import type { Problem } from '@shuke/api'
import { ElMessage, ElMessageBox } from 'element-plus'
import { t } from '../i18n'

/** Says that something worked. */
export const sayDone = (message: string) => ElMessage({ message, type: 'success', duration: 2500, grouping: true, plain: true })

/** Says what was refused or failed, with the number to ask about when it was our fault. */
export function sayProblem(p: Problem): void {
  if (p.status === 401) return // the page is on its way to the login
  const id = p.status >= 500 && p.requestId ? `（${p.requestId}）` : ''
  ElMessage({ message: p.title + id, type: 'error', duration: 5000, showClose: true, grouping: true, plain: true })
}

/** A question asked once before something that cannot be taken back. */
export interface Question { title: string; text: string; go: string; danger?: boolean }

/** Asks; true for yes. Focus stays inside and returns to where it was. */
export async function ask(q: Question): Promise<boolean> {
  try {
    await ElMessageBox.confirm(q.text, q.title, {
      confirmButtonText: q.go, cancelButtonText: t('cancel'), closeOnClickModal: false, autofocus: true, customClass: 'sk-ask',
      confirmButtonClass: q.danger ? 'el-button--danger sk-ask-go' : 'sk-ask-go',
    })
    return true
  } catch {
    return false // cancelled
  }
}
