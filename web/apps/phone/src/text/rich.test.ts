import { expect, it } from 'vitest'
import { richText } from './rich'

it('links what an account writes as a link and nothing else', () => {
  expect(richText('欢迎！<a href="http://127.0.0.1/home?a=1&amp;b=2">去逛逛</a>吧', true)).toEqual([
    { kind: 'words', text: '欢迎！' }, { kind: 'link', text: '去逛逛', url: 'http://127.0.0.1/home?a=1&b=2' }, { kind: 'words', text: '吧' },
  ])
  expect(richText('<a href="http://x/">a</a>', false)).toEqual([{ kind: 'words', text: '<a href="' }, { kind: 'link', text: 'http://x/', url: 'http://x/' }, { kind: 'words', text: '">a</a>' }])
  expect(richText('<b>粗</b>', true)).toEqual([{ kind: 'words', text: '<b>粗</b>' }])
})

it('never makes a link of a script address', () => {
  for (const href of ['javascript:alert(1)', ' JavaScript:alert(1)', 'data:text/html,x', '//evil']) {
    expect(richText(`<a href="${href}">点我</a>`, true)).toEqual([{ kind: 'words', text: '点我' }])
  }
})

it('turns a message menu into an answer', () => {
  expect(richText('<a href="weixin://bizmsgmenu?msgmenucontent=%E6%BB%A1%E6%84%8F&msgmenuid=1">满意</a>', true)).toEqual([
    { kind: 'reply', text: '满意', content: '满意', menuId: '1' },
  ])
})

it('leaves the full stop outside a bare address', () => {
  expect(richText('看 http://127.0.0.1:8080/p/1?x=2。好', false)).toEqual([
    { kind: 'words', text: '看 ' }, { kind: 'link', text: 'http://127.0.0.1:8080/p/1?x=2', url: 'http://127.0.0.1:8080/p/1?x=2' }, { kind: 'words', text: '。好' },
  ])
})

it('loses no character of a text without links', () => {
  for (const text of ['', '你好', 'a < b > c & d', '<a href=>x', 'http://']) {
    expect(richText(text, true).map((p) => p.text).join('')).toBe(text)
  }
})
