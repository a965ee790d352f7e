/** Calls of the developer's desk: inspector, faults, keys, accounts, seed (wechat/sim/docs/inspector.md, faults.md, transport.md). */
import { del, get, post, query, seg, type LogDetail, type LogEntry } from '../api'

export type FaultTarget = 'call' | 'notification' | 'push' | 'outcome'
/** Something that goes wrong on purpose; an empty filter fits anything. */
export interface FaultForm {
  target: FaultTarget; kind: string; path?: string; event?: string; mchid?: string; appid?: string; person?: string; ref?: string
  count?: number; probability?: number; delay_ms?: number; seconds?: number; code?: string; status?: number; message?: string
}
export interface ArmedFault extends FaultForm { id: string; left: number; count: number }
export interface FaultBoard { faults: ArmedFault[]; notifications_paused: boolean; kinds: Record<FaultTarget, string[]> }

export interface LogQuery { q?: string; kind?: string; verdict?: string; before?: number; limit?: number }
export interface LogPage { entries: LogEntry[]; more: boolean; paused: boolean }
export interface LogOpened extends LogDetail { decrypted?: string; curl: string; replay_of?: number }

export interface DeskAccount { appid: string; name: string; secret: string; token: string; aes_key: string; mode: string; original_id: string; callback_url?: string; kind: string }
export interface DeskMerchant { mchid: string; name: string; apiv3_key: string; api_key?: string; serial_no: string; private_key?: string; public_key: string; appids: string[]; key_mode: string }
export interface PlatformKeys { platform_serial_no: string; platform_certificate: string; public_key_id: string; wechatpay_public_key: string }
export interface DeskCompany { corpid: string; name: string; apps: { agentid: number; name: string; secret: string; token: string; aes_key: string; callback_url?: string }[] }
export interface Seeded { account: DeskAccount; merchant: DeskMerchant; count: number; messages: number }

export const desk = {
  faults: () => get<FaultBoard>('/faults'),
  addFault: (f: FaultForm) => post<ArmedFault>('/faults', f),
  log: (q: LogQuery) => get<LogPage>(`/log${query({ ...q })}`),
  logEntry: (seq: number) => get<LogOpened>(`/log/${seq}`),
  replay: (seq: number) => post<{ seq: number }>(`/log/${seq}/replay`),
  pauseLog: (paused: boolean) => post<{ paused: boolean }>('/log/pause', { paused }),
  clearLog: () => del('/log'),
  har: (q: LogQuery) => `/_sim/log.har${query({ ...q })}`,
  accounts: () => get<{ accounts: DeskAccount[] }>('/accounts'),
  addAccount: (a: { name: string; callback_url?: string }) => post<DeskAccount>('/accounts', a),
  verify: (appid: string) => post<void>(`/accounts/${seg(appid)}/verify`),
  merchants: () => get<{ merchants: DeskMerchant[]; platform: PlatformKeys }>('/merchants'),
  addMerchant: (m: { name: string; appids: string[] }) => post<DeskMerchant>('/merchants', m),
  rotate: () => post<PlatformKeys>('/platform/rotate'),
  seed: (people: number) => post<Seeded>('/seed', { people }),
  reset: () => post<void>('/reset'),
  jump: () => post<unknown>('/clock', { jump: true }),
}
