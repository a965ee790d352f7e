import type { Plugin } from 'vite'

const kebab = (name: string) => name.replace(/^El/, '').replace(/\B([A-Z])/g, '-$1').toLowerCase()

/** Every `import { ElX } from 'element-plus'` also brings x's own style sheet, so that a page loads only what it shows. */
export function elementStyles(): Plugin {
  return {
    name: 'element-styles',
    enforce: 'post',
    transform(code, id) {
      if (id.includes('node_modules') || !/\.(vue|ts)(\?|$)/.test(id)) return
      const names = new Set<string>()
      for (const [, list] of code.matchAll(/import\s*\{([^}]*)\}\s*from\s*["']element-plus["']/g))
        for (const part of list!.split(',')) {
          const name = part.trim().split(/\s+as\s+/)[0]!
          if (/^El[A-Z]/.test(name)) names.add(kebab(name))
        }
      if (names.size === 0) return
      return { code: [...names].map((n) => `import 'element-plus/es/components/${n}/style/css';\n`).join('') + code, map: null }
    },
  }
}
