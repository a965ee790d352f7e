import type { components } from './storefront'

/** What the server really sends: lists are never null (the document allows null because Go's slices do). */
export type Filled<T> = NonNullable<T> extends readonly (infer U)[] ? Filled<U>[]
  : T extends object ? { [K in keyof T]: Filled<T[K]> }
  : T

type Schemas = components['schemas']
type Of<K extends keyof Schemas> = Filled<Schemas[K]>

export type Home = Of<'Home'>
export type Category = Of<'Category'>
export type ShopCard = Of<'ShopCard'>
export type Shop = Of<'Shop'>
export type ListingCard = Of<'ListingCard'>
export type ListingPage = Of<'ListingPage'>
export type Product = Of<'PageData'>
export type ProductSku = Of<'PageSKU'>
export type Axis = Of<'Axis'>
export type Cart = Of<'Cart'>
export type CartShop = Of<'CartShop'>
export type CartLine = Of<'CartLine'>
export type LineInput = Of<'LineInput'>
export type Quote = Of<'Quote'>
export type QuoteShop = Of<'QuoteShop'>
export type QuoteLine = Of<'QuoteLine'>
export type OrderInput = Of<'PlaceOrderInBody'>
export type Placed = Of<'Placed'>
export type PayStart = Of<'PayStart'>
export type PayParams = Pick<PayStart, 'appId' | 'timeStamp' | 'nonceStr' | 'package' | 'signType' | 'paySign'>
export type PaymentState = Of<'PaymentState'>
export type OrderCard = Of<'OrderCard'>
export type OrderPage = Of<'OrderPage'>
export type Order = Of<'Order'>
export type OrderLine = Of<'OrderLine'>
export type Parcel = Of<'Parcel'>
export type Aftersale = Of<'Aftersale'>
export type AftersaleInput = Of<'AskInput'>
export type Carrier = Of<'Carrier'>
export type Address = Of<'Address'>
export type AddressInput = Of<'AddressInput'>
export type Recognised = Of<'Recognised'>
export type Me = Of<'Me'>
export type JsConfig = Of<'JSConfig'>
