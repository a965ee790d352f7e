import { locale as current, type Locale } from './i18n'

/** A moment: RFC 3339 text, milliseconds since 1970 or a Date. */
export type Moment = string | number | Date

const day = 86_400_000
const minute = 60_000
const zone = 'Asia/Shanghai'
const weekdays: Record<Locale, string[]> = {
  'zh-CN': ['星期日', '星期一', '星期二', '星期三', '星期四', '星期五', '星期六'],
  en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
}
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const clock = new Intl.DateTimeFormat('en-GB', {
  timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit',
})

interface Wall { year: number; month: number; day: number; hh: string; mm: string; ss: string; weekday: number; dayNumber: number }

/** What the clock on a wall in Shanghai shows; null for a moment that is none. */
function wall(at: Moment): Wall | null {
  const date = at instanceof Date ? at : new Date(at)
  if (Number.isNaN(date.getTime())) return null
  const part = Object.fromEntries(clock.formatToParts(date).map((p) => [p.type, p.value]))
  const midnight = Date.UTC(Number(part.year), Number(part.month) - 1, Number(part.day))
  return {
    year: Number(part.year), month: Number(part.month), day: Number(part.day),
    hh: part.hour!, mm: part.minute!, ss: part.second!,
    weekday: new Date(midnight).getUTCDay(), dayNumber: midnight / day,
  }
}

const two = (n: number) => String(n).padStart(2, '0')

/** "2026-11-21" in Shanghai; "" for no valid moment. */
export function formatDate(at: Moment): string {
  const w = wall(at)
  return w ? `${w.year}-${two(w.month)}-${two(w.day)}` : ''
}

/** "2026-11-21 22:58" in Shanghai, with seconds when asked; "" for no valid moment. */
export function formatDateTime(at: Moment, seconds = false): string {
  const w = wall(at)
  return w ? `${formatDate(at)} ${w.hh}:${w.mm}${seconds ? `:${w.ss}` : ''}` : ''
}

/** "22:58" in Shanghai. */
export function formatClock(at: Moment): string {
  const w = wall(at)
  return w ? `${w.hh}:${w.mm}` : ''
}

function dateWords(w: Wall, withYear: boolean, locale: Locale): string {
  if (locale === 'en') return `${months[w.month - 1]} ${w.day}${withYear ? `, ${w.year}` : ''}`
  return `${withYear ? `${w.year}年` : ''}${w.month}月${w.day}日`
}

/**
 * How chat lists and separators tell time: today "22:58", yesterday "昨天", within a week "星期三",
 * this year "11月3日", else with the year. `long` adds the clock to every form, as between chat bubbles.
 */
export function formatChatTime(at: Moment, now: Moment = Date.now(), options: { long?: boolean; locale?: Locale } = {}): string {
  const w = wall(at)
  const n = wall(now)
  if (!w || !n) return ''
  const locale = options.locale ?? current.value
  const hm = `${w.hh}:${w.mm}`
  const days = n.dayNumber - w.dayNumber
  if (days === 0) return hm
  const tail = options.long ? ` ${hm}` : ''
  if (days === 1) return (locale === 'en' ? 'Yesterday' : '昨天') + tail
  if (days > 1 && days < 7) return weekdays[locale][w.weekday] + tail
  return dateWords(w, w.year !== n.year, locale) + tail
}

/** How long ago or ahead: "刚刚", "5分钟前", "3小时后", "2天前"; beyond 30 days the date. */
export function formatRelative(at: Moment, now: Moment = Date.now(), locale: Locale = current.value): string {
  const w = wall(at)
  const n = wall(now)
  if (!w || !n) return ''
  const diff = new Date(now).getTime() - new Date(at).getTime()
  const size = Math.abs(diff)
  const zh = locale === 'zh-CN'
  if (size < minute) return zh ? (diff >= 0 ? '刚刚' : '马上') : diff >= 0 ? 'just now' : 'in a moment'
  if (size >= 30 * day) return dateWords(w, w.year !== n.year, locale)
  const [count, cn, en] = size < 60 * minute ? [Math.floor(size / minute), '分钟', 'min']
    : size < day ? [Math.floor(size / (60 * minute)), '小时', 'h']
    : [Math.floor(size / day), '天', 'd']
  if (zh) return `${count}${cn}${diff >= 0 ? '前' : '后'}`
  return diff >= 0 ? `${count} ${en} ago` : `in ${count} ${en}`
}

/** A countdown: 65_000 → "01:05", 3_600_000 → "1:00:00", below zero "00:00". */
export function formatCountdown(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  const hours = Math.floor(s / 3600)
  const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}
