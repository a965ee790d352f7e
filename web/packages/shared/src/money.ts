/** An amount of money in integer fen (1/100 yuan). Add, subtract and compare it; never divide it into a float. */
export type Fen = number

/** The pieces of an amount, for prices whose yuan stand larger than their fen. */
export interface MoneyParts {
  sign: '' | '-'
  /** whole yuan, grouped by thousands when asked */
  yuan: string
  /** always two digits */
  cents: string
}

/** Options of the money formatters. */
export interface MoneyOptions {
  /** group yuan by thousands: 12,345.60 */
  group?: boolean
  /** drop ".00" (never ".50"): ¥12 */
  trim?: boolean
  /** put "+" before amounts above zero, as bills do */
  plus?: boolean
}

/** Splits fen into sign, yuan and cents by integer arithmetic. Throws RangeError for what is not a safe integer. */
export function moneyParts(fen: Fen, options: MoneyOptions = {}): MoneyParts {
  if (!Number.isSafeInteger(fen)) throw new RangeError(`money must be an integer number of fen, got ${fen}`)
  const digits = String(Math.abs(fen)).padStart(3, '0')
  const whole = digits.slice(0, -2)
  const yuan = options.group ? whole.replace(/\B(?=(\d{3})+$)/g, ',') : whole
  return { sign: fen < 0 ? '-' : '', yuan, cents: digits.slice(-2) }
}

/** 1280 → "¥12.80", -5 → "-¥0.05". */
export function formatMoney(fen: Fen, options: MoneyOptions = {}): string {
  const { sign, yuan, cents } = moneyParts(fen, options)
  const lead = sign || (options.plus && fen > 0 ? '+' : '')
  return `${lead}¥${yuan}${options.trim && cents === '00' ? '' : `.${cents}`}`
}

/** 1280 → "12.80": the text to put into an input that asks for yuan. */
export function formatYuan(fen: Fen): string {
  const { sign, yuan, cents } = moneyParts(fen)
  return `${sign}${yuan}.${cents}`
}

/** The lowest and highest price of a product: "¥12.80" when equal, else "¥12.80–39.00". */
export function formatMoneyRange(low: Fen, high: Fen, options: MoneyOptions = {}): string {
  return low === high ? formatMoney(low, options) : `${formatMoney(low, options)}–${formatMoney(high, options).replace('¥', '')}`
}

/** What a person typed in yuan ("12.8", "¥1,234.50", "１２") as fen; null when it is no amount of at most two decimals. */
export function parseMoney(text: string): Fen | null {
  const plain = text.normalize('NFKC').trim().replace(/^(-?)\s*[¥￥]\s*/, '$1')
  const match = /^(-?)(\d{1,3}(?:,\d{3})+|\d+)?(?:\.(\d{0,2}))?$/.exec(plain)
  if (!match || (!match[2] && !match[3])) return null
  const whole = (match[2] ?? '0').replaceAll(',', '')
  const fen = Number(whole + (match[3] ?? '').padEnd(2, '0'))
  if (!Number.isSafeInteger(fen)) return null
  return match[1] && fen !== 0 ? -fen : fen
}
