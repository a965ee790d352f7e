import { get, post, seg, type Message, type WebTarget } from '../api'

export interface MiniRow { id: string; name: string; avatar: string; intro: string; path: string; time?: string }
export interface SubscribeAsk { template_id: string; title: string; left: number; always: boolean; choice: boolean; on: boolean }
export interface MiniPageInfo { path: string; title?: string }
export interface MiniOpened {
  id: string; name: string; avatar: string; intro: string; path: string; query: Record<string, string>; raw_query: string; scene: number
  title: string; exists: boolean; pages: MiniPageInfo[]; web?: WebTarget; templates: SubscribeAsk[]; chat_id: string; openid: string
}
export interface MiniParcel { carrier: string; tracking_no: string; desc: string; tracks: { time: string; text: string }[] }
export interface MiniOrder {
  transaction_id: string; appid: string; name: string; avatar: string; merchant: string; description: string; amount: number; paid_at: string; state: number
  shipped_at?: string; confirms_at?: string; parcels: MiniParcel[]; pagepath: string
}

/** Calls about mini-programs on one phone (wechat/sim/docs/mini.md). */
export function miniApi(person: string) {
  const me = `/people/${seg(person)}`
  const mini = (appid: string) => `${me}/minis/${seg(appid)}`
  return {
    list: () => get<{ recent: MiniRow[]; others: MiniRow[] }>(`${me}/minis`),
    open: (appid: string, path: string, query: string, scene: number) => post<MiniOpened>(`${mini(appid)}/open`, { path, query, scene }),
    login: (appid: string) => post<{ code: string }>(`${mini(appid)}/login`),
    phone: (appid: string) => post<{ code: string; phone: string }>(`${mini(appid)}/phone`),
    contact: (appid: string) => post<{ chat_id: string; title: string }>(`${mini(appid)}/contact`),
    subscribe: (appid: string, choices: Record<string, 'accept' | 'reject'>, always: boolean) => post<Record<string, string>>(`${mini(appid)}/subscribe`, { choices, always }),
    share: (appid: string, chat: string, title: string, path: string) => post<Message>(`${mini(appid)}/share`, { chat, title, path }),
    orders: () => get<{ orders: MiniOrder[] }>(`${me}/mini-orders`),
    confirm: (transaction: string) => post<MiniOrder>(`${me}/mini-orders/${seg(transaction)}/confirm`),
  }
}
