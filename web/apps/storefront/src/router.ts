import { createRouter, createWebHistory } from 'vue-router'
import { countVisit, noteSource } from './composables/useVisit'
import HomePage from './pages/HomePage.vue'

declare module 'vue-router' {
  interface RouteMeta {
    /** stands in the bar of tabs */
    tab?: boolean
    /** counts its page view itself, when it knows the shop */
    visits?: 'self'
  }
}

export const router = createRouter({
  history: createWebHistory('/'),
  scrollBehavior: (to, from, saved) => (to.path === from.path ? undefined : saved ?? { top: 0 }),
  routes: [
    { path: '/', component: HomePage, meta: { tab: true } },
    { path: '/categories', component: () => import('./pages/CategoriesPage.vue'), meta: { tab: true } },
    { path: '/c/:code', component: () => import('./pages/CategoryPage.vue'), props: true },
    { path: '/search', component: () => import('./pages/SearchPage.vue') },
    { path: '/shops', component: () => import('./pages/ShopsPage.vue') },
    { path: '/s/:handle', component: () => import('./pages/ShopPage.vue'), props: true, meta: { visits: 'self' } },
    { path: '/p/:shop/:product', component: () => import('./pages/ProductPage.vue'), props: true },
    { path: '/cart', component: () => import('./pages/CartPage.vue'), meta: { tab: true } },
    { path: '/checkout', component: () => import('./pages/CheckoutPage.vue') },
    { path: '/pay/:checkout', component: () => import('./pages/PayPage.vue'), props: true },
    { path: '/orders', component: () => import('./pages/OrdersPage.vue') },
    { path: '/orders/:shop/:order', component: () => import('./pages/OrderPage.vue'), props: true },
    { path: '/aftersales', redirect: { path: '/orders', query: { state: 'aftersale' } } },
    { path: '/aftersale/:shop/:order/new', component: () => import('./pages/AftersaleNewPage.vue'), props: true },
    { path: '/aftersale/:shop/:id', component: () => import('./pages/AftersalePage.vue'), props: true },
    { path: '/addresses', component: () => import('./pages/AddressesPage.vue') },
    { path: '/me', component: () => import('./pages/MePage.vue'), meta: { tab: true } },
    { path: '/:rest(.*)*', component: () => import('./pages/LostPage.vue') },
  ],
})

router.afterEach((to, from, failure) => {
  if (failure) return
  noteSource(to.query.from)
  if (to.path === from.path && from.matched.length > 0) return
  if (to.meta.visits !== 'self') countVisit(typeof to.params.shop === 'string' ? to.params.shop : undefined)
})

// A page of a build that is gone cannot be fetched any more: the new build is loaded instead, once.
router.onError((e, to) => {
  if (!/dynamically imported module|module script|preload/i.test(String(e))) return
  const tried = history.state?.reloaded === to.fullPath
  if (tried) return
  history.replaceState({ ...history.state, reloaded: to.fullPath }, '')
  location.assign(to.fullPath)
})
