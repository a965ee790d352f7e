import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { MenuEntry } from '../api'
import { officialApi } from '../api/official'
import { t } from '../i18n'
import { usePhone } from './usePhone'

/** The bottom menu of an account's chat, and what picking an entry does. `appid` empty: no menu. */
export function useAccountMenu(appid: () => string) {
  const { api, live, attempt, openUrl, overlays, person, toast } = usePhone()
  const official = officialApi(person)
  const menu = shallowRef<MenuEntry[] | null>(null)
  const busy = ref(false)
  let alive = true
  onScopeDispose(() => { alive = false })

  async function load(): Promise<void> {
    if (!appid()) { menu.value = []; return }
    const account = await attempt(() => api.account(appid()))
    if (account && alive) menu.value = account.menu
  }

  async function pick(path: string): Promise<void> {
    if (busy.value) return
    busy.value = true
    const done = await attempt(() => official.tap(appid(), path))
    busy.value = false
    if (done?.action === 'open') openUrl(done.url, { url: done.url, gateway_url: done.gateway_url, host: '' })
    if (done?.action === 'unsupported') toast(t('menu.unsupported', { type: done.type }))
    if (done?.action === 'pictures') {
      const pictures = await overlays.ask('images', { count: 9, camera: done.camera, album: done.album })
      if (pictures) await attempt(() => official.tap(appid(), path, { pictures }))
    }
    if (done?.action === 'place') {
      const place = await overlays.ask('where', {})
      if (place) await attempt(() => official.tap(appid(), path, { place }))
    }
    if (done?.action !== 'scan') return
    const read = await overlays.ask('scan', { barcodes: true })
    if (read) await attempt(() => api.menu(appid(), path, read.text))
  }

  watch(appid, () => void load(), { immediate: true })
  live.on('account', (e) => { if (e.account.id === appid()) void load() })
  live.on('hello', () => void load())
  return { menu, busy, pick }
}
