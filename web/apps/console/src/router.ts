import { Problem } from '@shuke/api'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { setOnStranger } from './api/client'
import type { Permission } from './api/types'
import { ensureMe, leave, useSession } from './composables/useSession'
import { firstPage } from './logic/menu'

declare module 'vue-router' {
  interface RouteMeta {
    /** stands alone, without the menu */
    bare?: boolean
    /** what somebody needs to see it */
    need?: Permission
  }
}

/** A page of a shop: an operator's address names the shop he looks into. */
function ofShop(path: string, name: string, need: Permission, component: RouteRecordRaw['component'], children: RouteRecordRaw[] = []): RouteRecordRaw {
  return { path: `/:shop(\\d+)?${path}`, name, component, meta: { need }, children } as RouteRecordRaw
}
const ofMarket = (path: string, name: string, component: RouteRecordRaw['component']): RouteRecordRaw =>
  ({ path: `/market${path}`, name, component, meta: { need: 'market.run' } }) as RouteRecordRaw

export const router = createRouter({
  history: createWebHistory('/console/'),
  scrollBehavior: (to, from, saved) => (to.matched[0] === from.matched[0] ? undefined : saved ?? { top: 0 }),
  routes: [
    { path: '/login', name: 'login', component: () => import('./login/LoginPage.vue'), meta: { bare: true } },
    { path: '/offline', name: 'offline', component: () => import('./login/OfflinePage.vue'), meta: { bare: true } },
    { path: '/', name: 'start', component: () => import('./layout/ForbiddenPage.vue'), props: { need: 'orders.see' } }, // who may see something is led on below
    ofShop('/overview', 'dashboard', 'orders.see', () => import('./dashboard/DashboardPage.vue')),
    ofShop('/orders', 'orders', 'orders.see', () => import('./orders/OrdersPage.vue'), [
      { path: ':order(\\d+)', name: 'order', component: () => import('./orders/OrderDrawer.vue'), meta: { need: 'orders.see' } },
    ]),
    ofShop('/aftersales', 'aftersales', 'aftersale.see', () => import('./aftersales/AftersalesPage.vue'), [
      { path: ':aftersale(\\d+)', name: 'aftersale', component: () => import('./aftersales/AftersaleDrawer.vue'), meta: { need: 'aftersale.see' } },
    ]),
    ofShop('/counter', 'counter', 'till.use', () => import('./counter/CounterPage.vue')),
    ofShop('/goods', 'goods', 'goods.see', () => import('./goods/GoodsPage.vue')),
    ofShop('/goods/new', 'product-new', 'goods.edit', () => import('./goods/ProductPage.vue')),
    ofShop('/goods/:product(\\d+)', 'product', 'goods.see', () => import('./goods/ProductPage.vue')),
    ofShop('/flash', 'flash', 'goods.see', () => import('./flash/FlashPage.vue')),
    ofShop('/imports', 'imports', 'goods.import', () => import('./imports/ImportsPage.vue')),
    ofShop('/imports/:import(\\d+)', 'import', 'goods.import', () => import('./imports/ImportPage.vue')),
    ofShop('/money', 'money', 'money.see', () => import('./money/MoneyPage.vue')),
    ofShop('/refunds', 'refunds', 'money.see', () => import('./money/RefundsPage.vue')),
    ofShop('/shop', 'shop', 'shop.edit', () => import('./shop/ShopPage.vue')),
    ofShop('/staff', 'staff', 'staff.manage', () => import('./staff/StaffPage.vue')),
    ofShop('/jobs', 'jobs', 'jobs.see', () => import('./jobs/JobsPage.vue')),
    ofMarket('', 'market', () => import('./market/MarketPage.vue')),
    ofMarket('/orders', 'market-orders', () => import('./market/MarketOrdersPage.vue')),
    ofMarket('/shops', 'market-shops', () => import('./market/ShopsPage.vue')),
    ofMarket('/funds', 'market-funds', () => import('./market/FundsPage.vue')),
    ofMarket('/categories', 'market-categories', () => import('./market/CategoriesPage.vue')),
    ofMarket('/operators', 'market-operators', () => import('./staff/StaffPage.vue')),
    ofMarket('/jobs', 'market-jobs', () => import('./jobs/JobsPage.vue')),
    { path: '/:rest(.*)*', name: 'lost', component: () => import('./layout/LostPage.vue') },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta.bare) return true
  try {
    await ensureMe()
  } catch (e) {
    if (e instanceof Problem && e.status === 401) return { name: 'login', query: to.path === '/' ? {} : { back: to.fullPath } }
    return { name: 'offline', query: { back: to.fullPath } }
  }
  const first = firstPage(useSession().permissions.value)
  return to.name === 'start' && first !== 'forbidden' ? { name: first } : true
})

// The session has ended while a page was open: log in and come back here.
setOnStranger(() => {
  leave()
  const here = router.currentRoute.value
  if (!here.meta.bare && here.name) void router.push({ name: 'login', query: { back: here.fullPath } })
})

// A page of a build that is gone cannot be fetched any more: the new build is loaded instead, once.
router.onError((e, to) => {
  if (!/dynamically imported module|module script|preload/i.test(String(e))) return
  if (history.state?.reloaded === to.fullPath) return
  history.replaceState({ ...history.state, reloaded: to.fullPath }, '')
  location.assign(router.resolve(to.fullPath).href)
})
