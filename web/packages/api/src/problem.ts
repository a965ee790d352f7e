/** One wrong field of a refused request. */
export interface Wrong {
  field: string
  code: string
  message: string
}

/** A refusal as the server writes it (RFC 9457, application/problem+json). */
export interface ProblemDocument {
  title: string
  status: number
  code: string
  request_id?: string
  errors?: Wrong[]
  params?: Record<string, unknown>
}

/**
 * A refused or failed request. `title` is for people and already in their language; `code` is for programs.
 * Without any answer the status is 0 and the code `network`.
 */
export class Problem extends Error {
  readonly title: string
  readonly status: number
  readonly code: string
  readonly requestId: string
  readonly errors: readonly Wrong[]
  readonly params: Readonly<Record<string, unknown>>

  constructor(doc: ProblemDocument) {
    super(`${doc.code}: ${doc.title}`)
    this.name = 'Problem'
    this.title = doc.title
    this.status = doc.status
    this.code = doc.code
    this.requestId = doc.request_id ?? ''
    this.errors = doc.errors ?? []
    this.params = doc.params ?? {}
  }

  /** What is wrong with a field, "" when nothing is. */
  wrong(field: string): string {
    return this.errors.find((e) => e.field === field || e.field.endsWith(`.${field}`))?.message ?? ''
  }

  /** The same request may succeed later: nothing was refused, nobody answered in time. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500
  }
}

function isDocument(v: unknown): v is ProblemDocument {
  return typeof v === 'object' && v !== null && 'title' in v && 'code' in v
}

/** Makes a Problem of an answer's body, whatever it is (a proxy may answer with HTML). */
export function problemOf(status: number, body: unknown): Problem {
  if (isDocument(body)) return new Problem({ ...body, status })
  return new Problem({ title: `HTTP ${status}`, status, code: `http.${status}` })
}
