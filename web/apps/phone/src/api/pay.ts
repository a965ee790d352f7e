/** Calls of the ways to pay: payment codes and the cashier's machine (wechat/sim/docs/pay.md). Money is integer fen. */
import { ApiError, get, post, query, seg, type PayDone } from '../api'

/** The payment code a phone shows now. `limit` is what needs no password. */
export interface PayCode { code: string; born: string; until: string; balance: number; ask: 'always' | 'never' | 'limit'; limit: number }
/** A pay sheet that something outside the phone opened. */
export interface Ask { pay_id?: string; from?: 'code' | 'h5' | 'app'; over?: string }
/** What happened to a payment code: used (show another), and paid when no password was needed. */
export interface PayCodeEvent { used?: boolean; paid?: PayDone }

/** A merchant as the cashier knows it; without a key the simulator cannot sign for it in v3. */
export interface Till { mchid: string; name: string; appids: string[]; private_key?: string; kind?: string }
export type TillApi = 'v3' | 'v2'
/** What a cashier's machine shows. `FAILED` comes with WeChat's code and message. */
export interface Receipt {
  mchid: string; merchant: string; appid: string; out_trade_no: string; api: TillApi; amount?: number; state: string
  code?: string; message?: string; transaction_id?: string; openid?: string; time?: string
}

const me = (person: string) => `/people/${seg(person)}`

export const payCodes = {
  code: (person: string) => get<PayCode>(`${me(person)}/paycode`),
  setAsk: (person: string, ask: PayCode['ask']) => post<PayCode>(`${me(person)}/paycode`, { ask }),
  ask: (person: string) => get<Ask>(`${me(person)}/ask`),
  bars: (text: string, width: number, height: number) => `/_sim/barcode${query({ text, width, height })}`,
  qr: (text: string, size: number) => `/_sim/qr${query({ text, size })}`,
}

export const cashier = {
  tills: async () => (await get<{ merchants: Till[] }>('/merchants')).merchants,
  charge: (o: { mchid: string; amount: number; auth_code: string; api: TillApi; out_trade_no?: string }) => post<Receipt>('/cashier/charge', o),
  query: (r: Receipt) => post<Receipt>('/cashier/query', { mchid: r.mchid, out_trade_no: r.out_trade_no, api: r.api, amount: r.amount }),
  reverse: (r: Receipt) => post<Receipt>('/cashier/reverse', { mchid: r.mchid, out_trade_no: r.out_trade_no, api: r.api, amount: r.amount }),
  read: readPicture,
}

/** Reads the bar code or QR code in a picture. */
async function readPicture(file: Blob): Promise<string> {
  let answer: Response
  try {
    answer = await fetch('/_sim/cashier/read', { method: 'POST', body: file, headers: { 'Content-Type': file.type || 'image/png' }, signal: AbortSignal.timeout(20_000) })
  } catch {
    throw new ApiError('network', '连不上模拟器，请检查它是否在运行', 'The simulator does not answer. Is it running?')
  }
  const out = (await answer.json().catch(() => ({}))) as { text?: string; code?: string; message?: string; message_en?: string }
  if (answer.ok && out.text) return out.text
  throw new ApiError(out.code ?? String(answer.status), out.message ?? '图片读不了', out.message_en ?? 'The picture cannot be read')
}
