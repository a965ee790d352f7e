const agent = globalThis.navigator?.userAgent ?? ''

/** The page stands in WeChat's web view. */
export const isWeChat = /MicroMessenger/i.test(agent)

/** On iOS a single-page application is signed with the address it was opened at. */
export const isIOS = /iPhone|iPad|iPod/i.test(agent)

/** The address the page was opened at, without what follows "#". */
export const landing = (globalThis.location?.href ?? '').split('#')[0]!
