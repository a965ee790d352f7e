/** What a state asks of the people in the shop: wait (something is to be done here), go (under way), done, bad, off. */
export type Tone = 'wait' | 'go' | 'done' | 'bad' | 'off'

const tones: Record<string, Record<string, Tone>> = {
  order: { pending: 'off', paid: 'wait', shipped: 'go', received: 'done', closed: 'off' },
  refund: { asked: 'wait', partial: 'bad', full: 'bad' },
  aftersale: { requested: 'wait', approved: 'go', returning: 'wait', refunding: 'go', refunded: 'done', refused: 'off', cancelled: 'off' },
  payback: { due: 'go', processing: 'go', succeeded: 'done', abnormal: 'bad' },
  payout: { requested: 'wait', approved: 'wait', sent: 'go', done: 'done', failed: 'bad', cancelled: 'off' },
  hold: { frozen: 'wait', compensated: 'bad', released: 'done' },
  move: { booked: 'done', requested: 'wait', paid: 'done', kept: 'off' },
  flash: { planned: 'wait', running: 'go', ended: 'off', cancelled: 'off' },
  parcel: { shipped: 'go', in_transit: 'go', delivered: 'done' },
  payment: { open: 'off', paid: 'done', closed: 'off', late: 'bad' },
  product: { draft: 'wait', listed: 'done', unlisted: 'off' },
  import: { uploaded: 'wait', waiting: 'go', running: 'go', pictures: 'go', done: 'done', failed: 'bad' },
  shop: { open: 'done', paused: 'wait', closed: 'off' },
  member: { active: 'done', disabled: 'off' },
}

/** The tone of a state; off for one nobody has named. */
export const toneOf = (subject: string, state: string): Tone => tones[subject]?.[state] ?? 'off'
