import { shallowRef } from 'vue'
import type { Address, ShareCard } from '../api'
import type { Face } from '../api/social'
import type { PickedPlace } from '../api/official'

/** One line of a sheet of choices. */
export interface Choice { id: string; label: string; note?: string; danger?: boolean; disabled?: boolean }

/** What can be asked of the person: the props of the sheet, and what its `done` gives back. */
export interface Overlays {
  pay: { props: { payId: string }; result: 'ok' | 'cancel' }
  scan: { props: { barcodes?: boolean }; result: { text: string; kind: string; codeId?: string } | null }
  choose: { props: { title?: string; choices: Choice[] }; result: string | null }
  confirm: { props: { title: string; text?: string; yes: string; no?: string; danger?: boolean }; result: boolean }
  pickChat: { props: { card: ShareCard }; result: { chats: string[]; words: string } | null }
  pickPeople: { props: { title: string; people: Face[]; chosen?: string[]; locked?: string[]; single?: boolean; danger?: boolean }; result: string[] | null }
  words: { props: { title: string; text: string; most: number; long?: boolean; hint?: string }; result: string | null }
  address: { props: Record<string, never>; result: Address | null }
  images: { props: { count: number; camera: boolean; album: boolean }; result: string[] | null }
  preview: { props: { urls: string[]; current: string }; result: null }
  place: { props: { latitude: number; longitude: number; name: string; address: string }; result: null }
  transfer: { props: { transferId: string }; result: 'ok' | 'cancel' }
  where: { props: Record<string, never>; result: PickedPlace | null }
  notices: { props: { appid: string; templates: string[] }; result: Record<string, string> | null }
  topUp: { props: { balance: number }; result: number | null }
}
export type OverlayKind = keyof Overlays

/** An open sheet. */
export interface Overlay { key: number; kind: OverlayKind; props: Record<string, unknown>; done: (result: unknown) => void }

/** The sheets of one phone, the latest on top. */
export function createOverlays() {
  const open = shallowRef<Overlay[]>([])
  let next = 1

  /** Opens a sheet and waits for what the person does with it. */
  function ask<K extends OverlayKind>(kind: K, props: Overlays[K]['props']): Promise<Overlays[K]['result']> {
    return new Promise((resolve) => {
      const key = next++
      const done = (result: unknown) => {
        open.value = open.value.filter((o) => o.key !== key)
        resolve(result as Overlays[K]['result'])
      }
      open.value = [...open.value, { key, kind, props: props as Record<string, unknown>, done }]
    })
  }
  return { open, ask }
}
