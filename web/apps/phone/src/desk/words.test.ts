import { expect, it } from 'vitest'
import { faultOf, pretty, span } from './words'

it('indents what machines wrote', () => {
  expect(pretty('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}')
  expect(pretty('<xml><A><![CDATA[x<y]]></A><B>1</B></xml>')).toBe('<xml>\n  <A><![CDATA[x<y]]></A>\n  <B>1</B>\n</xml>')
  expect(pretty('{broken')).toBe('{broken')
  expect(pretty('plain')).toBe('plain')
})

it('says how long', () => {
  expect(span(0)).toBe('0 秒')
  expect(span(15_000)).toBe('15 秒')
  expect(span(2 * 3600_000)).toBe('2 小时')
  expect(span(90_061_000)).toBe('1 天 1 小时')
  expect(span(-5)).toBe('0 秒')
})

it('sends what the kind of fault knows', () => {
  const form = { target: 'call', kind: 'code', path: ' /v3 ', code: 'X', status: '', seconds: 5, delay_ms: 3, mchid: '' }
  expect(faultOf(form)).toEqual({ target: 'call', kind: 'code', path: '/v3', code: 'X' })
  expect(faultOf({ ...form, target: 'push', kind: 'late' })).toEqual({ target: 'push', kind: 'late', seconds: 5 })
})
