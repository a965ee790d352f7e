import type { Aftersale } from '@shuke/api'

/** One step of an after-sale's way. */
export interface Step {
  key: 'requested' | 'approved' | 'returning' | 'refunding' | 'refunded' | 'refused' | 'cancelled'
  mark: 'done' | 'now' | 'todo' | 'stopped'
}

/** The way of an after-sale with where it stands; a refused or withdrawn one ends where it was stopped. */
export function steps(a: Pick<Aftersale, 'kind' | 'state'>): Step[] {
  if (a.state === 'refused' || a.state === 'cancelled') return [{ key: 'requested', mark: 'done' }, { key: a.state, mark: 'stopped' }]
  const way: Step['key'][] = a.kind === 'return' ? ['requested', 'approved', 'returning', 'refunding', 'refunded'] : ['requested', 'refunding', 'refunded']
  const state = a.kind === 'refund' && a.state === 'approved' ? 'refunding' : a.state
  const at = way.indexOf(state as Step['key'])
  return way.map((key, i) => ({ key, mark: i < at || (i === at && state === 'refunded') ? 'done' : i === at ? 'now' : 'todo' }))
}
