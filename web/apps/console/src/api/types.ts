import type { components } from '@shuke/api/console'
import type { Filled } from './client'

type Schemas = components['schemas']
type Of<K extends keyof Schemas> = Filled<Schemas[K]>

export type Me = Of<'Me'>
export type Member = Of<'Member'>
export type Dashboard = Of<'Dashboard'>
export type Figures = Of<'Figures'>
export type SourceFigures = Of<'SourceFigures'>
export type Todo = Of<'Todo'>
export type FlashRow = Of<'FlashRow'>
export type OrderRow = Of<'OrderRow'>
export type Order = Of<'Order'>
export type OrderLine = Of<'OrderLine'>
export type Parcel = Of<'Parcel'>
export type ParcelLine = Of<'ParcelLine'>
export type Carrier = Of<'Carrier'>
export type PaymentRow = Of<'PaymentRow'>
export type LedgerRow = Of<'LedgerRow'>
export type Account = Of<'Account'>
export type Sale = Of<'Sale'>
export type FoundGoods = Of<'Found'>
export type Money = Of<'Money'>
export type Funds = Of<'Funds'>
export type Payee = Of<'Payee'>
export type PayoutRow = Of<'PayoutRow'>
export type ShopFunds = Of<'ShopFunds'>
export type Deposit = Of<'Deposit'>
export type DepositMove = Of<'DepositMove'>
export type DepositHold = Of<'DepositHold'>
export type DepositEntry = Of<'DepositEntry'>
export type AftersaleRow = Of<'AftersaleRow'>
export type Category = Of<'Category'>
export type Product = Of<'Product'>
export type Stocked = Of<'Stocked'>
export type Summary = Of<'Summary'>
export type Axis = Of<'Axis'>
export type Picture = Of<'Picture'>
export type Media = Of<'Media'>
export type Moved = Of<'Moved'>
export type Movement = Of<'Movement'>
export type Import = Of<'Import'>
export type Preview = Of<'Preview'>
export type PreviewRow = Of<'PreviewRow'>
export type ImportProblem = Preview['problems'][number]
export type Settings = Of<'Settings'>
export type Parked = Of<'Parked'>
export type Shop = Of<'Shop'>
export type ShopMoney = Of<'ShopMoney'>
export type MarketMoney = Of<'MarketMoney'>
export type Happened = Of<'Happened'>

export type ProductInput = Schemas['Input']
export type SkuInput = Schemas['SKUInput']
export type ShopInput = Schemas['ShopInput']
export type MemberInput = Schemas['MemberInput']
export type MemberChange = Schemas['MemberChange']
export type CategoryInput = Schemas['CategoryInput']
export type NewShop = Schemas['NewShop']
export type StockEdit = Schemas['StockEdit']
export type PriceEdit = Schemas['PriceEdit']
export type Permission = Me['permissions'][number]

/** A page of a list; `next` is the cursor of the page behind it, "" at the end. */
export interface Page<T> { items: T[]; next: string }
