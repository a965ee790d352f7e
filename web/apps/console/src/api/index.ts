import { call, client, upload } from './client'
import type {
  CategoryInput, DepositEntry, Import, Media, MemberChange, MemberInput, NewShop, ParcelLine, Payee, PriceEdit, ProductInput, Settings, ShopInput, StockEdit,
} from './types'

export type * from './types'

const base = '/api/console'
const once = (key: string) => ({ header: { 'Idempotency-Key': key } })

export const login = (login: string, password: string) => call(client.POST('/api/console/login', { body: { login, password } }))
export const logout = () => call(client.POST('/api/console/logout'))
export const me = () => call(client.GET('/api/console/me'))
export const changePassword = (old: string, next: string) => call(client.POST('/api/console/me/password', { body: { old, new: next } }))

export const dashboard = (shop: string) => call(client.GET('/api/console/shops/{shop}/dashboard', { params: { path: { shop } } }))

/** What a list of orders may be asked for. */
export interface OrderQuery {
  state?: 'all' | 'pending' | 'paid' | 'shipped' | 'received' | 'closed'
  refund?: 'any' | 'asked' | 'partial' | 'full'
  q?: string
  cursor?: string
  limit?: number
}
export const orders = (shop: string, query: OrderQuery) => call(client.GET('/api/console/shops/{shop}/orders', { params: { path: { shop }, query } }))
export const order = (shop: string, order: string) => call(client.GET('/api/console/shops/{shop}/orders/{order}', { params: { path: { shop, order } } }))
export const note = (shop: string, order: string, text: string) =>
  call(client.POST('/api/console/shops/{shop}/orders/{order}/note', { params: { path: { shop, order } }, body: { note: text } }))
/** A parcel to send; no lines: everything that is left. */
export interface ShipInput { carrier: string; tracking_no: string; lines?: ParcelLine[] }
export const ship = (shop: string, order: string, body: ShipInput, key: string) =>
  call(client.POST('/api/console/shops/{shop}/orders/{order}/ship', { params: { path: { shop, order }, ...once(key) }, body }))
export const track = (shop: string, parcel: string, text: string) =>
  call(client.POST('/api/console/shops/{shop}/parcels/{parcel}/tracks', { params: { path: { shop, parcel } }, body: { text } }))
export const delivered = (shop: string, parcel: string) =>
  call(client.POST('/api/console/shops/{shop}/parcels/{parcel}/delivered', { params: { path: { shop, parcel } } }))
export const carriers = (shop: string, no: string) => call(client.GET('/api/console/shops/{shop}/carriers', { params: { path: { shop }, query: { no } } }))

export type AftersaleState = 'all' | 'requested' | 'approved' | 'refused' | 'cancelled' | 'returning' | 'refunding' | 'refunded'
export const aftersales = (shop: string, query: { state?: AftersaleState; cursor?: string }) =>
  call(client.GET('/api/console/shops/{shop}/aftersales', { params: { path: { shop }, query } }))
export type RefundState = 'all' | 'due' | 'processing' | 'succeeded' | 'abnormal'
export const refunds = (shop: string, query: { state?: RefundState; cursor?: string }) =>
  call(client.GET('/api/console/shops/{shop}/refunds', { params: { path: { shop }, query } }))
export const retryRefund = (shop: string, refund: string) => call(client.POST('/api/console/shops/{shop}/refunds/{refund}/retry', { params: { path: { shop, refund } } }))
export const aftersale = (shop: string, aftersale: string) =>
  call(client.GET('/api/console/shops/{shop}/aftersales/{aftersale}', { params: { path: { shop, aftersale } } }))
export const approve = (shop: string, aftersale: string) =>
  call(client.POST('/api/console/shops/{shop}/aftersales/{aftersale}/approve', { params: { path: { shop, aftersale } } }))
export const refuse = (shop: string, aftersale: string, reason: string) =>
  call(client.POST('/api/console/shops/{shop}/aftersales/{aftersale}/refuse', { params: { path: { shop, aftersale } }, body: { reason } }))
export const returned = (shop: string, aftersale: string, restock: boolean) =>
  call(client.POST('/api/console/shops/{shop}/aftersales/{aftersale}/returned', { params: { path: { shop, aftersale } }, body: { restock } }))

export const counterGoods = (shop: string, q: string) => call(client.GET('/api/console/shops/{shop}/counter/goods', { params: { path: { shop }, query: { q } } }))
export const counterSales = (shop: string, cursor: string) => call(client.GET('/api/console/shops/{shop}/counter/sales', { params: { path: { shop }, query: { cursor } } }))
/** What is sold at the counter: goods, an amount in fen, or both. */
export interface SaleInput { lines: { sku_id: string; quantity: number }[]; amount: number; note: string }
export const placeSale = (shop: string, body: SaleInput, key: string) => call(client.POST('/api/console/shops/{shop}/counter/sales', { params: { path: { shop }, ...once(key) }, body }))
export const counterSale = (shop: string, order: string) => call(client.GET('/api/console/shops/{shop}/counter/sales/{order}', { params: { path: { shop, order } } }))
export const chargeSale = (shop: string, order: string, auth_code: string, key: string) =>
  call(client.POST('/api/console/shops/{shop}/counter/sales/{order}/charge', { params: { path: { shop, order }, ...once(key) }, body: { auth_code } }))
export const cancelSale = (shop: string, order: string) => call(client.POST('/api/console/shops/{shop}/counter/sales/{order}/cancel', { params: { path: { shop, order } } }))
export type FlashState = 'all' | 'open' | 'ended' | 'cancelled'
export const flashSales = (shop: string, query: { state?: FlashState; cursor?: string }) =>
  call(client.GET('/api/console/shops/{shop}/flash-sales', { params: { path: { shop }, query } }))
/** A flash sale to plan: fen, times in UTC; per_buyer 0: no limit. */
export interface FlashInput { sku_id: string; price: number; units: number; per_buyer: number; starts_at: string; ends_at: string }
export const planFlash = (shop: string, body: FlashInput, key: string) =>
  call(client.POST('/api/console/shops/{shop}/flash-sales', { params: { path: { shop }, ...once(key) }, body }))
export const cancelFlash = (shop: string, sale: string) => call(client.POST('/api/console/shops/{shop}/flash-sales/{sale}/cancel', { params: { path: { shop, sale } } }))

export const categories = () => call(client.GET('/api/console/categories'))
/** What a list of products may be asked for. */
export interface ProductQuery { state?: 'all' | 'draft' | 'listed' | 'unlisted'; category?: string; q?: string; cursor?: string; limit?: number }
export const products = (shop: string, query: ProductQuery) => call(client.GET('/api/console/shops/{shop}/products', { params: { path: { shop }, query } }))
export const product = (shop: string, product: string) => call(client.GET('/api/console/shops/{shop}/products/{product}', { params: { path: { shop, product } } }))
export const createProduct = (shop: string, body: ProductInput, key: string) =>
  call(client.POST('/api/console/shops/{shop}/products', { params: { path: { shop }, ...once(key) }, body }))
export const saveProduct = (shop: string, product: string, body: ProductInput) =>
  call(client.PUT('/api/console/shops/{shop}/products/{product}', { params: { path: { shop, product } }, body }))
export const setState = (shop: string, product: string, state: 'listed' | 'unlisted') =>
  call(client.POST('/api/console/shops/{shop}/products/{product}/state', { params: { path: { shop, product } }, body: { state } }))
export const setStates = (shop: string, product_ids: string[], state: 'listed' | 'unlisted') =>
  call(client.POST('/api/console/shops/{shop}/products/states', { params: { path: { shop } }, body: { product_ids, state } }))
export const setPrices = (shop: string, edits: PriceEdit[]) => call(client.POST('/api/console/shops/{shop}/prices', { params: { path: { shop } }, body: { edits } }))
export const adjustStock = (shop: string, edits: StockEdit[], key: string) =>
  call(client.POST('/api/console/shops/{shop}/stock', { params: { path: { shop }, ...once(key) }, body: { edits } }))
export const movements = (shop: string, sku: string, cursor: string) =>
  call(client.GET('/api/console/shops/{shop}/stock/{sku}/movements', { params: { path: { shop, sku }, query: { cursor } } }))
export const holdings = (shop: string, sku: string, cursor: string) =>
  call(client.GET('/api/console/shops/{shop}/stock/{sku}/holdings', { params: { path: { shop, sku }, query: { cursor } } }))
export const uploadPicture = (shop: string, file: File, onProgress?: (part: number) => void) =>
  upload<Media>(`${base}/shops/${shop}/pictures`, file, file.name, {}, onProgress)

export const imports = (shop: string, cursor: string) => call(client.GET('/api/console/shops/{shop}/imports', { params: { path: { shop }, query: { cursor } } }))
export const uploadImport = (shop: string, file: File, settings: Settings, onProgress?: (part: number) => void) =>
  upload<Import>(`${base}/shops/${shop}/imports`, file, file.name, { settings: JSON.stringify(settings) }, onProgress)
export const oneImport = (shop: string, id: string) => call(client.GET('/api/console/shops/{shop}/imports/{import}', { params: { path: { shop, import: id } } }))
export const previewImport = (shop: string, id: string, settings: Settings) =>
  call(client.POST('/api/console/shops/{shop}/imports/{import}/preview', { params: { path: { shop, import: id } }, body: { settings } }))
export const startImport = (shop: string, id: string, settings: Settings) =>
  call(client.POST('/api/console/shops/{shop}/imports/{import}/start', { params: { path: { shop, import: id } }, body: { settings } }))
export const importProblems = (shop: string, id: string, after: number) =>
  call(client.GET('/api/console/shops/{shop}/imports/{import}/problems', { params: { path: { shop, import: id }, query: { after } } }))
/** Address of the shop's whole catalog as a file. */
export const exportAddress = (shop: string) => `${base}/shops/${shop}/export`

export const shop = (shop: string) => call(client.GET('/api/console/shops/{shop}', { params: { path: { shop } } }))
export const saveShop = (shop: string, body: ShopInput) => call(client.PUT('/api/console/shops/{shop}', { params: { path: { shop } }, body }))
export const staff = (shop: string) => call(client.GET('/api/console/shops/{shop}/staff', { params: { path: { shop } } }))
export const addMember = (shop: string, body: MemberInput) => call(client.POST('/api/console/shops/{shop}/staff', { params: { path: { shop } }, body }))
export const changeMember = (shop: string, member: string, body: MemberChange) =>
  call(client.PUT('/api/console/shops/{shop}/staff/{member}', { params: { path: { shop, member } }, body }))
export const money = (shop: string, cursor: string) => call(client.GET('/api/console/shops/{shop}/money', { params: { path: { shop }, query: { cursor } } }))
export const jobs = (shop: string) => call(client.GET('/api/console/shops/{shop}/jobs', { params: { path: { shop } } }))
export const retryJob = (shop: string, job: string) => call(client.POST('/api/console/shops/{shop}/jobs/{job}/retry', { params: { path: { shop, job } } }))
/** Address of what happens in a shop, live. */
export const eventsAddress = (shop: string) => `${base}/shops/${shop}/events`

export const marketShops = (cursor: string, limit = 50) => call(client.GET('/api/console/market/shops', { params: { query: { cursor, limit } } }))
export const createShop = (body: NewShop) => call(client.POST('/api/console/market/shops', { body }))
export const marketMoney = () => call(client.GET('/api/console/market/money'))
export const marketOrders = (query: { state?: OrderQuery['state']; cursor?: string }) => call(client.GET('/api/console/market/orders', { params: { query } }))
export const operators = () => call(client.GET('/api/console/market/operators'))
export const addOperator = (body: MemberInput) => call(client.POST('/api/console/market/operators', { body }))
export const changeOperator = (member: string, body: MemberChange) => call(client.PUT('/api/console/market/operators/{member}', { params: { path: { member } }, body }))
export const saveCategory = (body: CategoryInput) => call(client.POST('/api/console/market/categories', { body }))
export const deleteCategory = (category: string) => call(client.DELETE('/api/console/market/categories/{category}', { params: { path: { category } } }))
export const marketJobs = () => call(client.GET('/api/console/market/jobs'))
export const retryMarketJob = (job: string) => call(client.POST('/api/console/market/jobs/{job}/retry', { params: { path: { job } } }))

/** Accounts whose transfers a shop can look through. */
export type FundsAccount = 'shop_held' | 'shop_payable' | 'paid_out' | 'market_fee' | 'refund_due' | 'shop_deposit'
export const funds = (shop: string) => call(client.GET('/api/console/shops/{shop}/funds', { params: { path: { shop } } }))
export const fundsTransfers = (shop: string, account: FundsAccount, cursor?: string) =>
  call(client.GET('/api/console/shops/{shop}/funds/transfers', { params: { path: { shop }, query: { account, cursor } } }))
export const payouts = (shop: string, cursor?: string) => call(client.GET('/api/console/shops/{shop}/payouts', { params: { path: { shop }, query: { cursor } } }))
export const setPayee = (shop: string, body: Payee) => call(client.PUT('/api/console/shops/{shop}/payee', { params: { path: { shop } }, body }))
export const deposit = (shop: string) => call(client.GET('/api/console/shops/{shop}/deposit', { params: { path: { shop } } }))
/** Where a statement is downloaded. */
export const statementUrl = (shop: string, query: { account: string; from: string; to: string; format: string }) =>
  `${base}/shops/${shop}/statement?${new URLSearchParams(query)}`

export const marketFunds = () => call(client.GET('/api/console/market/funds'))
export const marketPayouts = (cursor?: string) => call(client.GET('/api/console/market/payouts', { params: { query: { cursor } } }))
export const runPayouts = (least: number, key: string) => call(client.POST('/api/console/market/payout-runs', { params: once(key), body: { least } }))
export type PayoutStep = 'approve' | 'send' | 'done' | 'fail' | 'cancel'
export const movePayout = (shop: string, payout: string, step: PayoutStep, body: { proof?: string; note?: string }) =>
  call(client.POST('/api/console/market/shops/{shop}/payouts/{payout}/{step}', { params: { path: { shop, payout, step } }, body }))
export const requireDeposit = (shop: string, required: number) =>
  call(client.PUT('/api/console/market/shops/{shop}/deposit', { params: { path: { shop } }, body: { required } }))
export const receiveDeposit = (shop: string, body: DepositEntry, key: string) =>
  call(client.POST('/api/console/market/shops/{shop}/deposit/receipts', { params: { path: { shop }, ...once(key) }, body }))
export const freezeDeposit = (shop: string, body: DepositEntry, key: string) =>
  call(client.POST('/api/console/market/shops/{shop}/deposit/holds', { params: { path: { shop }, ...once(key) }, body }))
export const returnDeposit = (shop: string, body: DepositEntry, key: string) =>
  call(client.POST('/api/console/market/shops/{shop}/deposit/returns', { params: { path: { shop }, ...once(key) }, body }))
export const decideHold = (shop: string, hold: string, body: { used: number; route?: 'refund' | 'offline'; proof?: string }) =>
  call(client.POST('/api/console/market/shops/{shop}/deposit/holds/{hold}/decision', { params: { path: { shop, hold } }, body }))
export const endReturn = (shop: string, move: string, sent: boolean, proof?: string) =>
  call(client.POST('/api/console/market/shops/{shop}/deposit/returns/{move}/end', { params: { path: { shop, move } }, body: { sent, proof } }))
