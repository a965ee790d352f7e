import { computed, shallowRef } from 'vue'
import * as api from '../api'
import { setCsrf } from '../api/client'
import type { Me } from '../api/types'

const me = shallowRef<Me>()
let asked: Promise<void> | undefined

function enter(m: Me): void {
  me.value = m
  setCsrf(m.csrf)
}

/** Forgets who was here. */
export function leave(): void {
  me.value = undefined
  asked = undefined
  setCsrf('')
}

/** Asks once who is here. Throws Problem: 401 for nobody. */
export function ensureMe(): Promise<void> {
  asked ??= api.me().then(enter).catch((e) => { asked = undefined; throw e })
  return asked
}

/** Logs in. Throws Problem. */
export async function login(name: string, password: string): Promise<void> {
  enter(await api.login(name, password))
  asked = Promise.resolve()
}

/** Logs out, also when the server does not answer. */
export async function logout(): Promise<void> {
  try {
    await api.logout()
  } finally {
    leave()
  }
}

/** Who is here and what he may do. */
export function useSession() {
  const permissions = computed(() => me.value?.permissions ?? [])
  return {
    me,
    permissions,
    can: (p: string): boolean => permissions.value.includes(p),
    isOperator: computed(() => me.value?.member.role === 'operator'),
  }
}
