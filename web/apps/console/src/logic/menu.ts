import type { Permission, Todo } from '../api/types'
import type { Key } from '../i18n'
import type { IconName } from '../ui/icons'

/** One page of the menu; it is shown to those who hold `need`. */
export interface Entry {
  route: string
  label: Key
  icon: IconName
  need: Permission
  /** the second key after "g" that goes there */
  key?: string
  /** what waits there */
  count?: (todo: Todo) => number
}

/** A group of pages. */
export interface Group { label: Key; entries: Entry[] }

const shopPages: Group[] = [
  { label: 'menu.daily', entries: [
    { route: 'dashboard', label: 'menu.dashboard', icon: 'gauge', need: 'orders.see', key: 'h' },
    { route: 'orders', label: 'menu.orders', icon: 'receipt', need: 'orders.see', key: 'o', count: (t) => t.to_ship },
    { route: 'counter', label: 'menu.counter', icon: 'till', need: 'till.use', key: 'k' },
    { route: 'aftersales', label: 'menu.aftersales', icon: 'return', need: 'aftersale.see', key: 'a', count: (t) => t.aftersales + t.returns },
  ] },
  { label: 'menu.goods', entries: [
    { route: 'goods', label: 'menu.products', icon: 'box', need: 'goods.see', key: 'p' },
    { route: 'flash', label: 'menu.flash', icon: 'bolt', need: 'goods.see', key: 'f' },
    { route: 'imports', label: 'menu.imports', icon: 'import', need: 'goods.import', key: 'i' },
  ] },
  { label: 'menu.shopGroup', entries: [
    { route: 'money', label: 'menu.money', icon: 'coins', need: 'money.see', key: 'm' },
    { route: 'refunds', label: 'menu.refunds', icon: 'return', need: 'money.see', key: 'r', count: (t) => t.refunds },
    { route: 'shop', label: 'menu.shop', icon: 'shop', need: 'shop.edit', key: 's' },
    { route: 'staff', label: 'menu.staff', icon: 'people', need: 'staff.manage', key: 't' },
    { route: 'jobs', label: 'menu.jobs', icon: 'wrench', need: 'jobs.see', key: 'j', count: (t) => t.parked },
  ] },
]

const marketPages: Group[] = [
  { label: 'menu.market', entries: [
    { route: 'market', label: 'menu.marketOverview', icon: 'gauge', need: 'market.run', key: 'h' },
    { route: 'market-orders', label: 'menu.marketOrders', icon: 'receipt', need: 'market.run', key: 'o' },
    { route: 'market-shops', label: 'menu.marketShops', icon: 'shop', need: 'market.run', key: 's' },
    { route: 'market-funds', label: 'menu.marketFunds', icon: 'coins', need: 'market.run', key: 'm' },
    { route: 'market-categories', label: 'menu.categories', icon: 'tree', need: 'market.run', key: 'c' },
    { route: 'market-operators', label: 'menu.operators', icon: 'people', need: 'market.run', key: 't' },
    { route: 'market-jobs', label: 'menu.jobs', icon: 'wrench', need: 'market.run', key: 'j' },
  ] },
]

function allowed(groups: Group[], can: readonly Permission[]): Group[] {
  return groups.map((g) => ({ ...g, entries: g.entries.filter((e) => can.includes(e.need)) })).filter((g) => g.entries.length > 0)
}

/** The pages of a shop that somebody with these permissions sees. */
export const shopMenu = (can: readonly Permission[]): Group[] => allowed(shopPages, can)

/** The pages of the market that somebody with these permissions sees. */
export const marketMenu = (can: readonly Permission[]): Group[] => allowed(marketPages, can)

/** Where somebody begins: the market's overview for an operator, else the first page he may see. */
export function firstPage(can: readonly Permission[]): string {
  return marketMenu(can)[0]?.entries[0]?.route ?? shopMenu(can)[0]?.entries[0]?.route ?? 'forbidden'
}
