import { Problem, problemOf } from '@shuke/api'
import type { paths } from '@shuke/api/console'
import createClient from 'openapi-fetch'
import { locale, t } from '../i18n'

const patience = 30_000
let csrf = ''
let onStranger = () => {}

/** The token that everything that changes carries; it comes with /me and /login. */
export const setCsrf = (token: string): void => { csrf = token }

/** What happens when the session has ended. */
export const setOnStranger = (f: () => void): void => { onStranger = f }

/** The API of the console, typed by its OpenAPI document. */
export const client = createClient<paths>({
  credentials: 'same-origin',
  fetch: (request) => fetch(request, { signal: AbortSignal.timeout(patience) }),
})

client.use({
  onRequest({ request }) {
    request.headers.set('Accept-Language', locale.value)
    if (request.method !== 'GET') request.headers.set('X-CSRF-Token', csrf)
    return request
  },
})

/** An answer as the server really sends it: lists are never null (the document allows null because Go slices do). */
export type Filled<T> = NonNullable<T> extends readonly (infer U)[] ? Filled<U>[]
  : T extends object ? { [K in keyof T]: Filled<T[K]> }
  : T

interface Answer<T> { data?: T; error?: unknown; response: Response }

/** The body of an answer. Throws Problem for a refusal and for silence. */
export async function call<T>(asked: Promise<Answer<T>>): Promise<Filled<T>> {
  let answer: Answer<T>
  try {
    answer = await asked
  } catch {
    throw new Problem({ title: t('error.network'), status: 0, code: 'network' })
  }
  if (answer.response.ok) return answer.data as Filled<T>
  if (answer.response.status === 401 && !answer.response.url.endsWith('/login')) onStranger()
  throw problemOf(answer.response.status, answer.error)
}

/** Sends a file as multipart form, saying how much has gone (0 to 1). Throws Problem. */
export function upload<T>(path: string, file: Blob, name: string, fields: Record<string, string> = {}, onProgress: (part: number) => void = () => {}): Promise<T> {
  const form = new FormData()
  for (const [k, v] of Object.entries(fields)) form.set(k, v)
  form.set('file', file, name)
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    xhr.open('POST', path)
    xhr.setRequestHeader('Accept', 'application/json')
    xhr.setRequestHeader('Accept-Language', locale.value)
    xhr.setRequestHeader('X-CSRF-Token', csrf)
    xhr.upload.onprogress = (e) => { if (e.lengthComputable) onProgress(e.loaded / e.total) }
    xhr.onerror = () => reject(new Problem({ title: t('error.network'), status: 0, code: 'network' }))
    xhr.onload = () => {
      let body: unknown
      try {
        body = JSON.parse(xhr.responseText)
      } catch {
        body = undefined
      }
      if (xhr.status === 401) onStranger()
      if (xhr.status >= 200 && xhr.status < 300) resolve(body as T)
      else reject(problemOf(xhr.status, body))
    }
    xhr.send(form)
  })
}
