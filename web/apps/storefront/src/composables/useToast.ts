import { showToast } from 'vant/es/toast'
import { asProblem } from './useLoad'
import { login } from './useLogin'

/** Says something in passing. */
export const say = (message: string) => showToast({ message, duration: 2000, wordBreak: 'break-word' })

/** Says what went wrong; asks for a login when that is it. */
export function sayProblem(e: unknown, back?: string): void {
  const p = asProblem(e)
  if (p.status === 401) login(back)
  else say(p.title)
}
