/** Calls of WeCom: a member's own app and the members a customer knows (wechat/sim/docs/work.md). */
import { get, post, query, seg } from '../api'

/** A place of work of a person; `id` names their WeCom: userid@corpid. */
export interface Job { id: string; corpid: string; corp: string; corp_full: string; userid: string; name: string; unread: number; requests: number }
/** A member of a company as a customer sees them. */
export interface StaffCard {
  id: string; name: string; avatar: string; corp: string; corp_full: string; position?: string; added: boolean; waiting: boolean; chat_id: string; ticket?: string
}
export interface Colleague { id: string; name: string; avatar: string; position: string; department: string; chat_id: string; me: boolean }
export interface Customer { person: string; external_userid: string; name: string; remark: string; avatar: string; tags: string[]; since: string; lost: boolean; chat_id: string }
export interface CustomerDetail extends Customer {
  description: string; remark_company: string; mobiles: string[]; add_way: number; state: string; tag_ids: string[]; others: { name: string; avatar: string }[]
}
export interface WorkContacts { corp: string; corp_full: string; colleagues: Colleague[]; customers: Customer[]; requests: number }
export interface TagGroup { group_id: string; group_name: string; tag: { id: string; name: string }[] }
export interface AddRequest { id: string; person: string; name: string; avatar: string; hello: string; time: string }
export interface WorkMe {
  id: string; userid: string; name: string; alias: string; avatar: string; position: string; departments: string[]; corp: string; corp_full: string
  code: string; image_url: string; customers: number
}
export interface Remark { remark?: string; description?: string; remark_company?: string; mobiles?: string[] }

/** What a customer does with members of companies. */
export function staffApi(person: string) {
  const me = `/people/${seg(person)}`
  const card = (id: string) => `${me}/staff/${seg(id)}`
  return {
    jobs: () => get<{ jobs: Job[] }>(`${me}/jobs`),
    list: () => get<{ staff: StaffCard[] }>(`${me}/staff`),
    card: (id: string) => get<StaffCard>(card(id)),
    add: (id: string, how: { ticket?: string; hello?: string }) => post<{ added: boolean; chat_id: string; staff: StaffCard }>(`${card(id)}/add`, how),
    remove: (id: string) => post<StaffCard>(`${card(id)}/delete`),
  }
}

/** What a member does in their WeCom. */
export function workApi(job: string) {
  const at = `/work/${seg(job)}`
  const customer = (person: string) => `${at}/customers/${seg(person)}`
  return {
    contacts: (q = '') => get<WorkContacts>(`${at}/contacts${query({ q })}`),
    customer: (person: string) => get<CustomerDetail>(customer(person)),
    remark: (person: string, r: Remark) => post<CustomerDetail>(`${customer(person)}/remark`, r),
    tag: (person: string, change: { add?: string[]; remove?: string[] }) => post<CustomerDetail>(`${customer(person)}/tags`, change),
    remove: (person: string) => post<void>(`${customer(person)}/delete`),
    tags: () => get<{ groups: TagGroup[] }>(`${at}/tags`),
    requests: () => get<{ requests: AddRequest[] }>(`${at}/requests`),
    answer: (id: string, accept: boolean) => post<{ chat_id?: string }>(`${at}/requests/${seg(id)}`, { accept }),
    me: () => get<WorkMe>(`${at}/me`),
  }
}
