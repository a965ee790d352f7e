const allowed = new Set(['P', 'BR', 'DIV', 'SPAN', 'B', 'STRONG', 'I', 'EM', 'U', 'S', 'H2', 'H3', 'H4', 'UL', 'OL', 'LI', 'IMG', 'A', 'BLOCKQUOTE', 'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD', 'HR', 'FIGURE', 'FIGCAPTION'])
const attributes: Record<string, readonly string[]> = { IMG: ['src', 'alt', 'width', 'height'], A: ['href', 'title'], TD: ['colspan', 'rowspan'], TH: ['colspan', 'rowspan'] }
const gone = new Set(['SCRIPT', 'STYLE', 'IFRAME', 'OBJECT', 'EMBED', 'TEMPLATE', 'NOSCRIPT', 'SVG', 'MATH', 'FORM', 'INPUT', 'BUTTON', 'SELECT', 'TEXTAREA', 'LINK', 'META', 'BASE'])

function clean(node: Element): void {
  for (const child of [...node.children]) {
    const tag = child.tagName.toUpperCase()
    if (gone.has(tag)) {
      child.remove()
      continue
    }
    clean(child)
    if (!allowed.has(tag)) {
      child.replaceWith(...child.childNodes)
      continue
    }
    for (const a of [...child.attributes]) {
      const keep = attributes[tag]?.includes(a.name) && !(/^(src|href)$/.test(a.name) && !/^(\/(?!\/)|https?:)/i.test(a.value.trim()))
      if (!keep) child.removeAttribute(a.name)
    }
  }
}

/** HTML that is safe to show in this page: what the server allows, once more, because this page may do more than a buyer's. */
export function safeHtml(html: string): string {
  const doc = new DOMParser().parseFromString(html, 'text/html')
  clean(doc.body)
  return doc.body.innerHTML
}
