function freshKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('')
}

/**
 * The Idempotency-Key of something that must happen once. The same input keeps its key over double clicks and lost
 * answers; another input is another attempt. Call done after the server's yes.
 */
export function useOnce() {
  let text = ''
  let key = ''
  return {
    key(input: unknown): string {
      const now = JSON.stringify(input)
      if (now !== text || !key) [text, key] = [now, freshKey()]
      return key
    },
    done: () => { key = '' },
  }
}
