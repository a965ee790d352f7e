import { describe, expect, it } from 'vitest'
import { firstPage, marketMenu, shopMenu } from './menu'

const routes = (groups: ReturnType<typeof shopMenu>) => groups.flatMap((g) => g.entries.map((e) => e.route))
const warehouse = ['orders.see', 'orders.ship', 'aftersale.see', 'aftersale.receive', 'goods.see', 'stock.edit']

describe('menu', () => {
  it('shows a warehouse hand what he may see and nothing of money or staff', () => {
    expect(routes(shopMenu(warehouse))).toEqual(['dashboard', 'orders', 'aftersales', 'goods', 'flash'])
    expect(marketMenu(warehouse)).toEqual([])
  })
  it('leaves out groups without pages', () => {
    expect(shopMenu(['goods.see']).map((g) => g.label)).toEqual(['menu.goods'])
  })
  it('begins where somebody may be', () => {
    expect(firstPage(['market.run', 'orders.see'])).toBe('market')
    expect(firstPage(warehouse)).toBe('dashboard')
    expect(firstPage(['goods.see'])).toBe('goods')
    expect(firstPage([])).toBe('forbidden')
  })
  it('gives every page of one menu its own key', () => {
    for (const menu of [shopMenu, marketMenu]) {
      const all = ['market.run', 'orders.see', 'aftersale.see', 'goods.see', 'goods.import', 'money.see', 'shop.edit', 'staff.manage', 'jobs.see', 'till.use']
      const keys = menu(all).flatMap((g) => g.entries.map((e) => e.key))
      expect(new Set(keys).size).toBe(keys.length)
    }
  })
  it('counts what waits', () => {
    const todo = { to_ship: 3, aftersales: 2, returns: 1, refunds: 0, low_stock: 0, drafts: 9, parked: 0 }
    const counts = shopMenu(warehouse).flatMap((g) => g.entries).map((e) => e.count?.(todo))
    expect(counts).toEqual([undefined, 3, 3, undefined, undefined])
  })
})
