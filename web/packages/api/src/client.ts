import createFetch, { type Client } from 'openapi-fetch'
import { Problem, problemOf } from './problem'
import type { Filled } from './types'

/** What a client needs of its page. */
export interface ClientOptions {
  /** the language of the answers' words, asked anew for every request */
  language: () => string
  /** what to say when nobody answers */
  offline: () => string
  /** how long to wait for an answer, ms; 20 seconds when left out */
  patience?: number
  /** stands in for fetch in tests */
  fetch?: (r: Request) => Promise<Response>
}

const codeOffline = 'network'

/** A client of one of our APIs, bound to the paths of its OpenAPI document. */
export function createClient<Paths extends object>(options: ClientOptions): Client<Paths> {
  const go = options.fetch ?? ((r: Request) => globalThis.fetch(r))
  return createFetch<Paths>({
    baseUrl: globalThis.location?.origin ?? '',
    credentials: 'same-origin',
    querySerializer: { array: { style: 'form', explode: false } },
    async fetch(request: Request) {
      request.headers.set('Accept-Language', options.language())
      const stop = new AbortController()
      const timer = setTimeout(() => stop.abort(), options.patience ?? 20_000)
      try {
        return await go(new Request(request, { signal: stop.signal }))
      } catch {
        throw new Problem({ title: options.offline(), status: 0, code: codeOffline })
      } finally {
        clearTimeout(timer)
      }
    },
  })
}

/** The body of an answer; throws Problem for every other answer. */
export async function take<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<Filled<T>> {
  const { data, error, response } = await answer
  if (!response.ok) throw problemOf(response.status, error)
  return data as Filled<T>
}
