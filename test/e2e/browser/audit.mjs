// Basics for people who use a keyboard or a screen reader, checked inside a page.
// The function is sent to the browser, so it stands alone.

/** Lists what is missing: language, title, alternative texts, labels, names. */
export function audit() {
  const flaws = []
  const seen = (e) => e.checkVisibility?.({ checkVisibilityCSS: true }) ?? true
  const tell = (e) => {
    const id = e.getAttribute('data-testid')
    const near = e.parentElement?.closest('[data-testid]')?.getAttribute('data-testid')
    return `<${e.tagName.toLowerCase()}${id ? ` data-testid="${id}"` : ''} class="${e.className?.baseVal ?? e.className}">${near ? ` in ${near}` : ''}`
  }
  const hidden = (e) => e.closest('[aria-hidden="true"], [inert]') !== null
  const words = (ids) => ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? '').join('').trim()
  const named = (e) => (e.getAttribute('aria-label') ?? '').trim() !== '' || words(e.getAttribute('aria-labelledby') ?? '') !== '' || (e.title ?? '') !== ''
  if (!document.documentElement.lang) flaws.push('html has no lang')
  if (!document.title.trim()) flaws.push('the page has no title')
  for (const e of document.querySelectorAll('img')) {
    if (seen(e) && !hidden(e) && !e.hasAttribute('alt') && e.getAttribute('role') !== 'presentation') flaws.push(`picture without alt: ${tell(e)}`)
  }
  for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
    if (!seen(e) || hidden(e)) continue
    if (!named(e) && ![...(e.labels ?? [])].some((l) => l.textContent.trim() !== '' || l.getAttribute('aria-label'))) flaws.push(`field without label: ${tell(e)}`)
  }
  for (const e of document.querySelectorAll('button, a[href], [role=button], [role=tab], [role=menuitem]')) {
    if (!seen(e) || hidden(e) || named(e) || e.textContent.trim() !== '') continue
    if (![...e.querySelectorAll('img[alt], svg[aria-label], svg title')].some((i) => i.getAttribute('alt') || i.getAttribute('aria-label') || i.textContent)) flaws.push(`without a name: ${tell(e)}`)
  }
  const ids = new Map()
  for (const e of document.querySelectorAll('[id]')) ids.set(e.id, (ids.get(e.id) ?? 0) + 1)
  for (const [id, n] of ids) if (n > 1) flaws.push(`id ${id} stands ${n} times`)
  for (const e of document.querySelectorAll('iframe')) if (seen(e) && !e.title) flaws.push('iframe without title')
  return [...new Set(flaws)]
}
