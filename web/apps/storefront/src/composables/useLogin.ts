import { ref } from 'vue'
import { sessionStore } from '../logic/attempt'
import { isWeChat } from '../wechat/env'

/** The sheet that asks to open the page in WeChat. */
export const loginAsked = ref(false)

const lately = 'shuke.login'
const loopPause = 8000

/** Logs in: silently within WeChat (coming back to `path`), elsewhere by asking to open the page there. */
export function login(path = location.pathname + location.search): void {
  if (!isWeChat) {
    loginAsked.value = true
    return
  }
  sessionStore().setItem(lately, String(Date.now()))
  location.href = `/auth/wechat?return=${encodeURIComponent(path)}`
}

/** Like login, for a page that needs it at once; never twice in a row, so that refused cookies do not make a loop. */
export function loginOnce(): void {
  if (Date.now() - Number(sessionStore().getItem(lately) ?? 0) > loopPause) login()
}
