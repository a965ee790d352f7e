import { describe, expect, it } from 'vitest'
import { markdown } from './markdown'

describe('markdown of WeCom', () => {
  it('knows titles, quotes, bold, code, links and colours', () => {
    expect(markdown('# 通知\n> 会议 **9 点**\n见 [链接](http://127.0.0.1/x)，<font color="warning">别迟到</font> `A1`')).toEqual([
      { kind: 'title', spans: [{ text: '通知' }] },
      { kind: 'quote', spans: [{ text: '会议 ' }, { text: '9 点', bold: true }] },
      { kind: 'text', spans: [{ text: '见 ' }, { text: '链接', url: 'http://127.0.0.1/x' }, { text: '，' }, { text: '别迟到', color: 'warning' }, { text: ' ' }, { text: 'A1', code: true }] },
    ])
  })
  it('leaves everything else as it is', () => {
    const rude = '<img src=x onerror=alert(1)> [x](javascript:alert(1)) <font color="red">x</font>'
    expect(markdown(rude)).toEqual([{ kind: 'text', spans: [{ text: rude }] }])
  })
})
