import { onScopeDispose } from 'vue'
import { socialApi, type SocialApi } from '../api/social'
import { usePhone } from '../composables/usePhone'

/** The social calls of the phone this component is part of. */
export function useSocial(): SocialApi { return socialApi(usePhone().person) }

/** Calls `work` once per 300 ms at most, however often it is asked for. */
export function useSoon(work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => clearTimeout(timer))
  return () => { clearTimeout(timer); timer = setTimeout(work, 300) }
}

/** The name somebody is called by: the remark, or their own. */
export function called(p: { name: string; remark?: string }): string { return p.remark || p.name }
