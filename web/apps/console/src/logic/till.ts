/** The 18 digits of a payment code in what a scanner or a person typed; '' for none. */
export function paymentCode(text: string): string {
  const digits = text.normalize('NFKC').replace(/[\s-]/g, '')
  return /^1[0-5]\d{16}$/.test(digits) ? digits : ''
}

/** A line of a sale on the screen. */
export interface SaleLine { sku: string; title: string; options: string[]; picture: string; price: number; available: number; quantity: number }

/** Adds one piece; a line that is there counts up, never above what is in stock. */
export function addPiece(lines: readonly SaleLine[], piece: Omit<SaleLine, 'quantity'>): SaleLine[] {
  const have = lines.find((l) => l.sku === piece.sku)
  if (!have) return [...lines, { ...piece, quantity: 1 }]
  return lines.map((l) => (l.sku === piece.sku ? { ...l, ...piece, quantity: Math.min(l.quantity + 1, Math.max(piece.available, 1)) } : l))
}

/** What a sale costs, in fen. */
export const saleTotal = (lines: readonly SaleLine[], amount: number | null): number => lines.reduce((sum, l) => sum + l.price * l.quantity, amount ?? 0)
