import { get, post, query, seg, type Account, type Message, type MenuAction } from '../api'

/** A place as a person picks it. */
export interface PickedPlace { latitude: number; longitude: number; label: string; name: string }
/** What a menu entry can do, with those that ask the person first. */
export type TapResult = MenuAction | { action: 'pictures'; camera: boolean; album: boolean } | { action: 'place' } | { action: 'unsupported'; type: string }
export interface SentArticle { time: string; title: string; description?: string; pic_url?: string; url: string }
export interface NoticeTemplate { id: string; title: string; left?: number; always?: boolean; choice?: boolean; on?: boolean }
/** An account's page, with whether its messages are switched off. */
export type Profile = Account & { refused?: boolean }

/** The calls of one phone to official accounts (wechat/sim/docs/official.md). */
export function officialApi(person: string) {
  const me = `/people/${seg(person)}`
  const chat = (id: string) => `${me}/chats/${seg(id)}`
  const account = (appid: string) => `${me}/accounts/${seg(appid)}`
  return {
    sendMedia: (id: string, type: 'image' | 'voice' | 'video', dataUrl: string) => post<Message>(`${chat(id)}/media`, { type, data_url: dataUrl }),
    sendPlace: (id: string, place: PickedPlace) => post<Message>(`${chat(id)}/place`, place),
    tap: (appid: string, path: string, more: { scan_result?: string; pictures?: string[]; place?: PickedPlace } = {}) => post<TapResult>(`${account(appid)}/menu`, { path, ...more }),
    enter: (appid: string) => post<void>(`${account(appid)}/enter`),
    refuse: (appid: string, refuse: boolean) => post<Profile>(`${account(appid)}/refuse`, { refuse }),
    articles: (appid: string) => get<{ articles: SentArticle[] }>(`${account(appid)}/articles${query({})}`),
    notices: (appid: string) => get<{ templates: NoticeTemplate[] }>(`${account(appid)}/notices`),
    decide: (appid: string, choices: Record<string, 'accept' | 'reject'>, always: boolean) => post<{ details: Record<string, string> }>(`${account(appid)}/notices`, { choices, always }),
  }
}
