import type { Cart, LineInput, Problem } from '@shuke/api'
import { computed, ref, shallowRef } from 'vue'
import * as api from '../api'
import { isWeChat } from '../wechat/env'
import { asProblem } from './useLoad'

const cart = shallowRef<Cart>()
const count = ref(0)

/** Pieces in the cart, for the badge. */
export const cartCount = computed(() => count.value)

function show(c: Cart): void {
  cart.value = c
  count.value = c.count
  try {
    localStorage.setItem(seenHere, '1')
  } catch {
    // forbidden storage: the badge waits for the cart's page
  }
}

const seenHere = 'shuke.buyer'
let started = false
/** Asks once for the number on the badge. Who never logged in here has none and is not asked for. */
export function countCart(): void {
  if (started || (!isWeChat && !remembered())) return
  started = true
  api.cart().then(show, () => { started = false })
}

function remembered(): boolean {
  try {
    return localStorage.getItem(seenHere) !== null
  } catch {
    return false
  }
}

/** Asks again for the number on the badge. */
export function countCartAgain(): void {
  started = false
  countCart()
}

/** Puts pieces into the cart. Throws Problem. */
export async function addToCart(line: LineInput): Promise<void> {
  count.value = (await api.addToCart(line)).count
}

/** The cart and what can be done to it. Changes go to the server one after another; its last answer is what stands. */
export function useCart() {
  const error = shallowRef<Problem>()
  const failed = shallowRef<Problem>()
  const busy = ref(false)
  let tail: Promise<unknown> = Promise.resolve()
  let waiting = 0

  async function load(): Promise<void> {
    busy.value = true
    error.value = undefined
    try {
      show(await api.cart())
    } catch (e) {
      error.value = asProblem(e)
    } finally {
      busy.value = false
    }
  }

  function change(ask: () => Promise<Cart>): Promise<void> {
    waiting++
    busy.value = true
    const mine = tail.then(ask).then(
      (c) => { if (waiting === 1) show(c) },
      async (e) => {
        failed.value = asProblem(e)
        if (waiting === 1) await load()
      },
    ).finally(() => { busy.value = --waiting > 0 })
    tail = mine
    return mine
  }

  return {
    cart, error, failed, busy, load,
    setQuantity: (sku: string, quantity: number) => change(() => api.changeLine(sku, { quantity })),
    acceptPrice: (sku: string, price: number) => change(() => api.changeLine(sku, { price_seen: price })),
    select: (skus: string[], on: boolean) => (skus.length > 0 ? change(() => api.selectLines(skus, on)) : Promise.resolve()),
    remove: (skus: string[]) => (skus.length > 0 ? change(() => api.removeLines(skus)) : Promise.resolve()),
  }
}
