import type { OrderLine, ParcelLine } from '../api/types'

/** How many pieces of each line go into the parcel, by number of the line. */
export type Packed = Record<number, number>

/** The lines something can be sent of. */
export const shippable = (lines: readonly OrderLine[]): OrderLine[] => lines.filter((l) => l.shippable > 0)

/** Everything that is left. */
export const packAll = (lines: readonly OrderLine[]): Packed => Object.fromEntries(shippable(lines).map((l) => [l.line_no, l.shippable]))

/** Pieces in the parcel. */
export const pieces = (packed: Packed): number => Object.values(packed).reduce((n, q) => n + q, 0)

/** Whether the parcel holds everything that is left. */
export const isWhole = (lines: readonly OrderLine[], packed: Packed): boolean => shippable(lines).every((l) => packed[l.line_no] === l.shippable)

/** The parcel as the server takes it: no lines for everything that is left, so that it means what the person meant. */
export function parcelLines(lines: readonly OrderLine[], packed: Packed): ParcelLine[] | undefined {
  if (isWhole(lines, packed)) return undefined
  return shippable(lines).flatMap((l) => {
    const quantity = packed[l.line_no] ?? 0
    return quantity > 0 ? [{ line_no: l.line_no, quantity }] : []
  })
}

/** A tracking number as typed or scanned, without blanks and in capitals. */
export const tidyNo = (text: string): string => text.normalize('NFKC').replace(/\s+/g, '').toUpperCase()
