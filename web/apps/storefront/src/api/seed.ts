import type { Home, Product, Shop } from '@shuke/api'

interface Seed {
  product?: Product
  shop?: Shop
  home?: Home
}

let seed: Seed | undefined

function read(): Seed {
  try {
    return JSON.parse(document.getElementById('shuke-data')?.textContent || '{}') as Seed
  } catch {
    return {}
  }
}

/** What the server wrote into the first HTML, once: later views ask the API. */
export function takeSeed<K extends keyof Seed>(kind: K, fits: (v: NonNullable<Seed[K]>) => boolean = () => true): Seed[K] | undefined {
  seed ??= read()
  const v = seed[kind]
  delete seed[kind]
  return v && fits(v) ? v : undefined
}
