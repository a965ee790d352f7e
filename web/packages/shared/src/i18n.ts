import { ref, watch, type Ref } from 'vue'

/** The languages of the product: Chinese first, English second. */
export type Locale = 'zh-CN' | 'en'

/** Every locale, in the order people choose from. */
export const locales: readonly Locale[] = ['zh-CN', 'en']

/** What a locale calls itself. */
export const localeNames: Record<Locale, string> = { 'zh-CN': '简体中文', en: 'English' }

/** Message texts by key. `{name}` is filled in; "one|many" is chosen by the parameter n. */
export type Messages = Record<string, string>

const storageKey = 'shuke.locale'

/** The locale a list of language tags asks for: the first one we speak, else Chinese. */
export function pickLocale(tags: readonly string[]): Locale {
  for (const tag of tags) {
    if (/^zh\b/i.test(tag)) return 'zh-CN'
    if (/^en\b/i.test(tag)) return 'en'
  }
  return 'zh-CN'
}

function remembered(): Locale | null {
  try {
    const saved = globalThis.localStorage?.getItem(storageKey)
    return locales.find((l) => l === saved) ?? null
  } catch {
    return null // storage is forbidden in this frame
  }
}

/** The locale of this page: reactive and shared by every createI18n, so that one switch turns the whole page. */
export const locale: Ref<Locale> = ref(remembered() ?? pickLocale(globalThis.navigator?.languages ?? []))

watch(locale, (now) => { if (globalThis.document) document.documentElement.lang = now }, { immediate: true })

/** Chooses a locale and remembers it for the next visit. */
export function setLocale(next: Locale): void {
  locale.value = next
  try {
    globalThis.localStorage?.setItem(storageKey, next)
  } catch {
    // forbidden storage: the choice holds until the page closes
  }
}

function fill(text: string, params: Record<string, unknown>): string {
  const forms = text.split('|')
  const form = forms.length > 1 && 'n' in params ? forms[Number(params.n) === 1 ? 0 : 1]! : text
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole))
}

/**
 * Binds messages to the page's locale. The keys of zh-CN are the keys: `en` must have all of them (the compiler says so).
 *   const { t, locale } = createI18n({ 'zh-CN': { items: '共{n}件' }, en: { items: '{n} item|{n} items' } })
 *   t('items', { n: 3 })
 */
export function createI18n<M extends Messages>(messages: { 'zh-CN': M; en: Record<keyof M, string> }) {
  type Key = Extract<keyof M, string>
  const t = (key: Key, params: Record<string, unknown> = {}): string => fill(messages[locale.value][key] ?? key, params)
  const has = (key: string): key is Key => Object.hasOwn(messages['zh-CN'], key)
  return { t, has, locale, setLocale }
}
