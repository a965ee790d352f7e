import type { Shop, ShopInput } from '../api/types'

/** What of a shop can be changed, all of it, as it is now. */
export function shopInput(s: Shop): Required<ShopInput> {
  return {
    name: s.name, name_en: s.name_en, slogan: s.slogan, intro: s.intro, notice: s.notice, city: s.city, hours: s.hours, phone: s.phone, logo: s.logo, cover: s.cover,
    shipping_fee: s.shipping_fee, free_over: s.free_over, return_address: s.return_address, state: s.state,
  }
}
