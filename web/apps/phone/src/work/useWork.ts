import { inject, onScopeDispose, provide, type InjectionKey } from 'vue'
import { socialApi, type WorkTask } from '../api/social'
import { workApi, type Job } from '../api/work'
import type { LiveEvents } from '../composables/useEvents'
import { useLoad } from '../composables/useLoad'
import { providePhone, usePhone, type PhoneState } from '../composables/usePhone'

type Name = keyof LiveEvents

/** The events of one WeCom, which come on the stream of the phone around it, wrapped in `work`. */
export function innerEvents(outer: Pick<PhoneState['live'], 'on' | 'down'>, job: string): PhoneState['live'] {
  const listeners = new Map<Name, Set<(data: never) => void>>()
  const tell = (name: Name, data: unknown) => { for (const hear of listeners.get(name) ?? []) hear(data as never) }
  outer.on('work', (e) => { if (e.id === job) tell(e.event as Name, e.data) })
  outer.on('hello', (e) => tell('hello', e))
  outer.on('clock', (e) => tell('clock', e))
  return {
    down: outer.down,
    on(name, hear) {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(hear as (data: never) => void))
      onScopeDispose(() => set.delete(hear as (data: never) => void))
    },
  }
}

/** What waits for a member's word; loaded once for the marks and the pages. */
type Tasks = ReturnType<typeof useLoad<{ tasks: WorkTask[]; waiting: number }>>
interface Work { job: Job; outer: PhoneState; api: ReturnType<typeof workApi>; tasks: Tasks; leave: () => void }
const key: InjectionKey<Work> = Symbol('work')

/** Opens a member's WeCom: a phone of its own inside the person's, for everything below this component. */
export function provideWork(job: Job, leave: () => void): { phone: PhoneState; work: Work } {
  const outer = usePhone()
  const phone = providePhone(job.id, innerEvents(outer.live, job.id))
  const tasks = useLoad(() => socialApi(job.id).workTasks())
  for (const event of ['tasks', 'hello', 'contacts'] as const) phone.live.on(event, () => void tasks.reload())
  const work = { job, outer, api: workApi(job.id), tasks, leave }
  provide(key, work)
  return { phone, work }
}

/** The WeCom this component is part of. */
export function useWork(): Work {
  const work = inject(key)
  if (!work) throw new Error('useWork() outside of WeCom')
  return work
}

/** The WeCom this component is part of, null in the ordinary phone. */
export function maybeWork(): Work | null { return inject(key, null) }
