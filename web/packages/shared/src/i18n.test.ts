import { beforeEach, describe, expect, it } from 'vitest'
import { computed } from 'vue'
import { createI18n, locale, pickLocale, setLocale } from './i18n'
import { stateName } from './states'

const { t, has } = createI18n({
  'zh-CN': { hello: '你好，{name}', items: '共{n}件', odd: '{gone}' },
  en: { hello: 'Hello, {name}', items: '{n} item|{n} items', odd: '{gone}' },
})

beforeEach(() => setLocale('zh-CN'))

describe('i18n', () => {
  it('fills in parameters and chooses the plural', () => {
    expect(t('hello', { name: '阿茶' })).toBe('你好，阿茶')
    setLocale('en')
    expect(t('items', { n: 1 })).toBe('1 item')
    expect(t('items', { n: 2 })).toBe('2 items')
    expect(t('items', { n: 0 })).toBe('0 items')
  })
  it('leaves an unknown parameter readable', () => expect(t('odd', {})).toBe('{gone}'))
  it('knows its keys', () => expect([has('hello'), has('toString')]).toEqual([true, false]))
  it('turns what depends on it', () => {
    const text = computed(() => t('items', { n: 3 }))
    expect(text.value).toBe('共3件')
    locale.value = 'en'
    expect(text.value).toBe('3 items')
  })
  it('follows the first language it speaks', () => {
    expect(pickLocale(['fr-FR', 'en-GB', 'zh-CN'])).toBe('en')
    expect(pickLocale(['zh-Hant-TW'])).toBe('zh-CN')
    expect(pickLocale(['fr'])).toBe('zh-CN')
    expect(pickLocale([])).toBe('zh-CN')
  })
  it('shows the code of a state nobody has named', () => expect(stateName('order', 'no_such_state')).toBe('no_such_state'))
})
