/** What of sessionStorage an attempt needs. */
export type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

const memory = new Map<string, string>()

/** sessionStorage, or this page's memory where storage is forbidden. */
export function sessionStore(): Store {
  try {
    globalThis.sessionStorage.setItem('shuke.probe', '1')
    globalThis.sessionStorage.removeItem('shuke.probe')
    return globalThis.sessionStorage
  } catch {
    return { getItem: (k) => memory.get(k) ?? null, setItem: (k, v) => void memory.set(k, v), removeItem: (k) => void memory.delete(k) }
  }
}

function freshKey(): string {
  const raw = crypto.getRandomValues(new Uint8Array(16))
  return [...raw].map((b) => b.toString(16).padStart(2, '0')).join('')
}

/**
 * The Idempotency-Key of something that must happen once. The same input keeps its key over double taps, lost answers and
 * reloads of the page; another input is another attempt. Call done after the server's yes.
 */
export function attempt(name: string, store: Store = sessionStore()) {
  const place = `shuke.attempt.${name}`
  return {
    key(input: unknown): string {
      const text = JSON.stringify(input)
      const saved = store.getItem(place)
      if (saved?.slice(33) === text) return saved.slice(0, 32)
      const key = freshKey()
      store.setItem(place, `${key} ${text}`)
      return key
    },
    /** Something was asked for and no answer has come yet. */
    pending: () => store.getItem(place) !== null,
    done: () => store.removeItem(place),
  }
}
