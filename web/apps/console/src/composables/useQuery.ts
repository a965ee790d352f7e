import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** A filter that stands in the address, so that a list can be bookmarked, reloaded and sent to a colleague. */
export function useQuery(name: string, fallback: string): WritableComputedRef<string> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => (typeof route.query[name] === 'string' ? (route.query[name] as string) : fallback),
    set: (value) => {
      const query = { ...route.query }
      if (value === fallback || value === '') delete query[name]
      else query[name] = value
      void router.replace({ query })
    },
  })
}
