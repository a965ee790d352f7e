import { createI18n } from '@shuke/shared'
import { en } from './i18n/en'
import { zh } from './i18n/zh'

/** The words of the phone page. */
export const { t, locale, setLocale } = createI18n({ 'zh-CN': zh, en })
