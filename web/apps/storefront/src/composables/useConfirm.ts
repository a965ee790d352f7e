import { t } from '../i18n'

/** Asks once before something that cannot be undone. Gives whether it may happen. */
export async function sure(ask: { title: string; text?: string; ok?: string; cancel?: string; danger?: boolean }): Promise<boolean> {
  const { showConfirmDialog } = await import('../ui/dialog')
  return showConfirmDialog({
    title: ask.title, message: ask.text, confirmButtonText: ask.ok ?? t('ok'), cancelButtonText: ask.cancel ?? t('cancel'),
    confirmButtonColor: ask.danger ? 'var(--sk-danger)' : 'var(--sk-go-text)', className: 'sk-dialog', messageAlign: 'center',
  }).then(() => true, () => false)
}
