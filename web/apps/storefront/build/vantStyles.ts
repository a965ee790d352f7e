import type { Plugin } from 'vite'

/**
 * Every `import { X } from 'vant/es/x'` also brings x's own style sheet, so that a page loads only what it shows.
 * Vant's icon font stays out: the storefront draws its icons as SVG and loads no fonts.
 */
export function vantStyles(): Plugin {
  const empty = '\0no-vant-icons.css'
  return {
    name: 'vant-styles',
    enforce: 'post',
    resolveId: { order: 'pre', handler: (source) => (/(^|\/)icon\/index\.css$/.test(source) ? empty : undefined) },
    load: (id) => (id === empty ? '' : undefined),
    transform(code, id) {
      if (id.includes('node_modules') || !/\.(vue|ts)(\?|$)/.test(id)) return
      const names = new Set([...code.matchAll(/from ["']vant\/es\/([\w-]+)["']/g)].map((m) => m[1]))
      if (names.size === 0) return
      return { code: [...names].map((n) => `import 'vant/es/${n}/style/index';\n`).join('') + code, map: null }
    },
  }
}
