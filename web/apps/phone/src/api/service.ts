/** Complaints and transfers: wechat/sim/docs/money.md. Money is integer fen. */
import { get, post, seg } from '../api'

export type ComplaintType = 'REFUND' | 'SERVICE_NOT_WORK' | 'OTHERS'
export interface ComplaintEntry { by: 'buyer' | 'merchant' | 'system'; type: string; text: string; images: string[]; jump_url?: string; jump_text?: string; time: string }
export interface Complaint {
  id: string; state: 'PENDING' | 'PROCESSING' | 'PROCESSED'; withdrawn: boolean; type: ComplaintType; problem: string; merchant: string; bill_id: string
  amount: number; apply?: number; refund_decision?: 'APPROVE' | 'REJECT'; platform: boolean; time: string; answer_by: string; done_by: string; answered: boolean; entries: ComplaintEntry[]
}
export interface NewComplaint { bill_id: string; type: ComplaintType; detail: string; phone: string; refund_amount?: number; images?: string[] }
export interface TransferOffer {
  id: string; state: string; amount: number; merchant: string; shown: string; remark: string; time: string; until: string; bill_id?: string; fail_reason?: string
}

/** Calls of one person about complaints and transfers. */
export function serviceApi(person: string) {
  const complaints = `/people/${seg(person)}/complaints`
  const transfer = (id: string) => `/people/${seg(person)}/transfers/${seg(id)}`
  return {
    complain: (c: NewComplaint) => post<Complaint>(complaints, c),
    complaint: (id: string) => get<Complaint>(`${complaints}/${seg(id)}`),
    act: (id: string, verb: 'reply' | 'continue' | 'withdraw' | 'platform', what: { text?: string; images?: string[] } = {}) => post<Complaint>(`${complaints}/${seg(id)}/${verb}`, what),
    transfer: (id: string) => get<TransferOffer>(transfer(id)),
    accept: (id: string) => post<TransferOffer>(`${transfer(id)}/accept`),
  }
}
