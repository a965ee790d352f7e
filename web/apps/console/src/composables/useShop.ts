import { computed, shallowRef } from 'vue'
import { useRoute, type RouteLocationRaw } from 'vue-router'
import * as api from '../api'
import { useSession } from './useSession'

const names = shallowRef<Record<string, string>>({})

/**
 * The shop a page is about: one's own, or the one an operator looks into, which then stands in the address.
 * `to` makes links that stay in that shop.
 */
export function useShop() {
  const route = useRoute()
  const { me, isOperator } = useSession()
  const visited = computed(() => (typeof route.params.shop === 'string' ? route.params.shop : ''))
  const shop = computed(() => visited.value || me.value?.member.shop_id || '0')

  function to(name: string, params: Record<string, string> = {}, query: Record<string, string> = {}): RouteLocationRaw {
    return { name, params: { ...(visited.value ? { shop: visited.value } : {}), ...params }, query }
  }

  const shopName = computed(() => (visited.value ? names.value[visited.value] ?? '' : me.value?.shop_name ?? ''))
  async function learnName(): Promise<void> {
    const id = visited.value
    if (!id || names.value[id]) return
    const s = await api.shop(id)
    names.value = { ...names.value, [id]: s.name }
  }

  return { shop, visited, shopName, learnName, to, isOperator }
}
