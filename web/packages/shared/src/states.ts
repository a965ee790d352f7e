import { locale, type Locale } from './i18n'

/** The subjects whose states people see. */
export type StateSubject = 'order' | 'payment' | 'aftersale' | 'shipment'

/**
 * What people call each state. The codes are those of docs/states/*.md; the room that owns a state adds its names here,
 * in both languages.
 */
export const stateNames: Record<StateSubject, Record<string, Record<Locale, string>>> = {
  order: {},
  payment: {},
  aftersale: {},
  shipment: {},
}

/** The name of a state in the page's language; the code itself when nobody has named it. */
export function stateName(subject: StateSubject, state: string): string {
  return stateNames[subject][state]?.[locale.value] ?? state
}
