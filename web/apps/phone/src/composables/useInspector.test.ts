import { expect, it } from 'vitest'
import type { LogEntry } from '../api'
import { mergeLog } from './useInspector'

const entry = (seq: number, status = 200): LogEntry => ({ seq, time: '', kind: 'api', method: 'GET', host: '', path: '', status, ms: 1, verdict: 'ok' })

it('keeps the newest five hundred, each once, the later telling winning', () => {
  const many = mergeLog(Array.from({ length: 490 }, (_, i) => entry(i + 1)), Array.from({ length: 30 }, (_, i) => entry(i + 481, 500)))
  expect(many).toHaveLength(500)
  expect([many[0]!.seq, many.at(-1)!.seq]).toEqual([510, 11])
  expect(many.find((e) => e.seq === 485)!.status).toBe(500)
})
