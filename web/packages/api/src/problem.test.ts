import { describe, expect, it } from 'vitest'
import { Problem, problemOf } from './problem'

describe('problemOf', () => {
  it('reads a problem document', () => {
    const p = problemOf(422, { title: '地址不完整', status: 422, code: 'address.invalid', request_id: 'R1', errors: [{ field: 'body.phone', code: 'x', message: '手机号有误' }] })
    expect(p).toBeInstanceOf(Problem)
    expect([p.title, p.code, p.requestId, p.wrong('phone'), p.wrong('name')]).toEqual(['地址不完整', 'address.invalid', 'R1', '手机号有误', ''])
  })
  it('survives what is no document', () => {
    for (const body of [undefined, null, '<html>', 7, []]) expect(problemOf(502, body).code).toBe('http.502')
  })
  it('knows what may pass', () => {
    expect([0, 408, 429, 503, 409, 422, 401].map((s) => problemOf(s, null).passing)).toEqual([true, true, true, true, false, false, false])
  })
})
