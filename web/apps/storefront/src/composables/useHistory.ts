import { ref } from 'vue'

const place = 'shuke.searches'
const most = 10

function read(): string[] {
  try {
    const v: unknown = JSON.parse(localStorage.getItem(place) ?? '[]')
    return Array.isArray(v) ? v.filter((s): s is string => typeof s === 'string').slice(0, most) : []
  } catch {
    return []
  }
}

/** What was searched for on this device, newest first. */
export function useHistory() {
  const words = ref(read())
  function write(next: string[]) {
    words.value = next
    try {
      localStorage.setItem(place, JSON.stringify(next))
    } catch {
      // forbidden storage: remembered until the page closes
    }
  }
  return {
    words,
    remember: (q: string) => write([q, ...words.value.filter((w) => w !== q)].slice(0, most)),
    forget: () => write([]),
  }
}
