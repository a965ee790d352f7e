import { shallowRef } from 'vue'
import type { RoomMember } from '../api/social'
import { usePhone } from '../composables/usePhone'
import { t } from '../i18n'
import { useSocial } from '../social/useSocial'

/** Whom a text calls, out of those that were chosen while it was written. */
export function calledIn(text: string, chosen: readonly { id: string; name: string }[]): string[] {
  return [...new Set(chosen.filter((m) => text.includes(`@${m.name}`)).map((m) => m.id))]
}

/** Choosing members with @ in a group's input. */
export function useMentions(room: () => string) {
  const { overlays, attempt, person } = usePhone()
  const social = useSocial()
  const chosen = shallowRef<{ id: string; name: string }[]>([])

  /** Asks for a member and gives the name to write behind the @. */
  async function choose(): Promise<string> {
    const found = await attempt(() => social.room(room()))
    if (!found) return ''
    const people: { id: string; name: string; avatar: string }[] = found.members.filter((m: RoomMember) => m.id !== person)
    if (found.rules) people.unshift({ id: 'all', name: t('groups.all'), avatar: found.avatar })
    const ids = await overlays.ask('pickPeople', { title: t('groups.at'), people, single: true })
    const one = people.find((m) => m.id === ids?.[0])
    if (!one) return ''
    chosen.value = [...chosen.value, one]
    return one.name
  }
  return { choose, inText: (text: string) => { const ids = calledIn(text, chosen.value); chosen.value = []; return ids } }
}

/** Sending pictures into a chat. */
export function usePictures(chat: () => string) {
  const { overlays, attempt } = usePhone()
  const social = useSocial()

  async function send(): Promise<void> {
    const images = await overlays.ask('images', { count: 9, camera: true, album: true })
    for (const data of images ?? []) await attempt(async () => social.sendPicture(chat(), (await social.upload(data)).url))
  }
  return { send }
}
