import type { Order } from '@shuke/api'
import { computed, ref, shallowRef, watch } from 'vue'
import * as api from '../api'
import { attempt } from '../logic/attempt'
import { asProblem } from './useLoad'

/** Asking money back: which pieces, why, and what it would come to by the server's word. */
export function useClaim(order: () => Order | undefined, kind: 'refund' | 'return') {
  const pieces = ref<Record<number, number>>({})
  const reason = ref('')
  const note = ref('')
  const preview = shallowRef<{ amount: number; shipping: number }>()
  const previewError = ref('')
  const counting = ref(false)
  const once = attempt('aftersale')

  const possible = (line: Order['lines'][number]) => (kind === 'refund' ? line.refundable : line.returnable)
  const open = computed(() => (order()?.lines ?? []).filter((l) => possible(l) > 0))
  const lines = computed(() => open.value.flatMap((l) => {
    const quantity = Math.min(pieces.value[l.line_no] ?? 0, possible(l))
    return quantity > 0 ? [{ line_no: l.line_no, quantity }] : []
  }))
  const ready = computed(() => lines.value.length > 0 && reason.value !== '')

  // all that can be asked back is the usual wish; less is a tap away
  watch(open, (now) => { pieces.value = Object.fromEntries(now.map((l) => [l.line_no, possible(l)])) }, { immediate: true })

  let turn = 0
  watch(lines, async (now) => {
    const mine = ++turn
    const o = order()
    preview.value = undefined
    previewError.value = ''
    if (!o || now.length === 0) return
    counting.value = true
    try {
      const answer = await api.previewAftersale(o.shop_id, o.id, { kind, reason: '', note: '', lines: now })
      if (mine === turn) preview.value = answer
    } catch (e) {
      if (mine === turn) previewError.value = asProblem(e).title
    } finally {
      if (mine === turn) counting.value = false
    }
  }, { immediate: true })

  /** Asks, once however often it is tapped; gives the after-sale's id. Throws Problem. */
  async function submit(): Promise<string> {
    const o = order()!
    const input = { kind, reason: reason.value, note: note.value.trim(), lines: lines.value }
    const asked = await api.askAftersale(o.shop_id, o.id, input, once.key({ order: o.id, input }))
    once.done()
    return asked.aftersale_id
  }

  return { open, possible, pieces, reason, note, preview, previewError, counting, lines, ready, submit }
}
