import { createClient, take, type AddressInput, type AftersaleInput, type LineInput, type OrderInput, type StorefrontPaths } from '@shuke/api'
import { locale, t } from '../i18n'

const api = createClient<StorefrontPaths>({ language: () => locale.value, offline: () => t('error.network') })

type ProductQuery = NonNullable<StorefrontPaths['/api/storefront/products']['get']['parameters']['query']>
type OrdersState = NonNullable<NonNullable<StorefrontPaths['/api/storefront/orders']['get']['parameters']['query']>['state']>
export type { OrdersState, ProductQuery }

const once = (key: string) => ({ 'Idempotency-Key': key })
const sub = (shop: string, order: string) => ({ params: { path: { shop, order } } })
const claim = (shop: string, aftersale: string) => ({ params: { path: { shop, aftersale } } })

export const home = () => take(api.GET('/api/storefront/home'))
export const categories = () => take(api.GET('/api/storefront/categories'))
export const products = (query: ProductQuery) => take(api.GET('/api/storefront/products', { params: { query } }))
export const suggest = (q: string) => take(api.GET('/api/storefront/suggest', { params: { query: { q } } }))
export const shop = (handle: string) => take(api.GET('/api/storefront/shops/{handle}', { params: { path: { handle } } }))
export const product = (shop: string, product: string) => take(api.GET('/api/storefront/products/{shop}/{product}', { params: { path: { shop, product } } }))
export const visit = (shop_id: string | undefined, from: string) => take(api.POST('/api/storefront/visits', { body: { shop_id, from: from || undefined } }))

export const me = () => take(api.GET('/api/storefront/me'))
export const rename = (nickname: string) => take(api.PATCH('/api/storefront/me', { body: { nickname } }))
export const consent = (kind: 'privacy' | 'marketing', version: string, granted: boolean) =>
  take(api.POST('/api/storefront/me/consents', { body: { kind, version, granted } }))
export const jsConfig = (url: string) => take(api.GET('/api/storefront/js-config', { params: { query: { url } } }))

export const addresses = () => take(api.GET('/api/storefront/addresses'))
export const addAddress = (body: AddressInput) => take(api.POST('/api/storefront/addresses', { body }))
export const changeAddress = (address: string, body: AddressInput) => take(api.PUT('/api/storefront/addresses/{address}', { params: { path: { address } }, body }))
export const deleteAddress = (address: string) => take(api.DELETE('/api/storefront/addresses/{address}', { params: { path: { address } } }))
export const recognise = (text: string) => take(api.POST('/api/storefront/addresses/recognise', { body: { text } }))

export const cart = () => take(api.GET('/api/storefront/cart'))
export const addToCart = (body: LineInput) => take(api.POST('/api/storefront/cart/lines', { body }))
export const changeLine = (sku: string, body: { quantity?: number; selected?: boolean; price_seen?: number }) =>
  take(api.PATCH('/api/storefront/cart/lines/{sku}', { params: { path: { sku } }, body }))
export const removeLines = (sku: string[]) => take(api.DELETE('/api/storefront/cart/lines', { params: { query: { sku } } }))
export const selectLines = (sku_ids: string[], selected: boolean) => take(api.POST('/api/storefront/cart/select', { body: { sku_ids, selected } }))

export const quote = (lines: LineInput[]) => take(api.POST('/api/storefront/checkout/quote', { body: { lines } }))
export const placeOrder = (body: OrderInput, key: string) => take(api.POST('/api/storefront/orders', { params: { header: once(key) }, body }))
/** Ways to pay that the server may offer. */
export type Way = 'jsapi' | 'native' | 'h5' | 'alipay_page' | 'alipay_wap'
export const pay = (checkout: string, way: Way = 'jsapi') => take(api.POST('/api/storefront/checkouts/{checkout}/pay', { params: { path: { checkout }, query: { way } } }))
/** Makes this browser a guest buyer, who can buy without WeChat. */
export async function becomeGuest(): Promise<boolean> {
  const answer = await fetch('/auth/guest', { method: 'POST' })
  return answer.ok
}
export const payment = (checkout: string) => take(api.GET('/api/storefront/checkouts/{checkout}/payment', { params: { path: { checkout } } }))

export const orders = (state: OrdersState, cursor: string) => take(api.GET('/api/storefront/orders', { params: { query: { state, cursor } } }))
export const order = (shop: string, id: string) => take(api.GET('/api/storefront/orders/{shop}/{order}', sub(shop, id)))
export const cancelOrder = (shop: string, id: string) => take(api.POST('/api/storefront/orders/{shop}/{order}/cancel', sub(shop, id)))
export const receiveOrder = (shop: string, id: string) => take(api.POST('/api/storefront/orders/{shop}/{order}/receive', sub(shop, id)))

export const previewAftersale = (shop: string, order: string, body: AftersaleInput) =>
  take(api.POST('/api/storefront/orders/{shop}/{order}/aftersales/preview', { ...sub(shop, order), body }))
export const askAftersale = (shop: string, order: string, body: AftersaleInput, key: string) =>
  take(api.POST('/api/storefront/orders/{shop}/{order}/aftersales', { params: { path: { shop, order }, header: once(key) }, body }))
export const aftersale = (shop: string, id: string) => take(api.GET('/api/storefront/aftersales/{shop}/{aftersale}', claim(shop, id)))
export const cancelAftersale = (shop: string, id: string) => take(api.POST('/api/storefront/aftersales/{shop}/{aftersale}/cancel', claim(shop, id)))
export const sendBack = (shop: string, id: string, carrier: string, tracking_no: string) =>
  take(api.POST('/api/storefront/aftersales/{shop}/{aftersale}/parcel', { ...claim(shop, id), body: { carrier, tracking_no } }))
export const carriers = (no: string) => take(api.GET('/api/storefront/carriers', { params: { query: { no } } }))
