import { createI18n } from '@shuke/shared'
import { en } from './en'
import { zh } from './zh'

/** A name of a text. */
export type Key = keyof typeof zh

export const { t, has, locale, setLocale } = createI18n<typeof zh>({ 'zh-CN': zh, en })

/** A text's name in the page's language; the Chinese one when there is no other. */
export function named(zhName: string, enName?: string): string {
  return (locale.value === 'en' && enName) || zhName
}

/** What people call a code of a kind ("role", "owner"); the code itself when nobody has named it. */
export function word(kind: string, code: string): string {
  const key = `${kind}.${code}`
  return has(key) ? t(key) : code
}
