export * from './money'
export * from './time'
export * from './i18n'
export * from './states'
