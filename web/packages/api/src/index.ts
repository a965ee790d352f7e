export * from './client'
export * from './problem'
export type * from './types'
export type { paths as StorefrontPaths } from './storefront'
