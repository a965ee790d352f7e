import { createI18n } from '@shuke/shared'
import { en } from './en'
import { zh } from './zh'

export const { t, has, locale, setLocale } = createI18n<typeof zh>({ 'zh-CN': zh, en })

/** A text's name in the page's language; the Chinese one when there is no other. */
export function named(zhName: string, enName?: string): string {
  return (locale.value === 'en' && enName) || zhName
}
