// What goes wrong in a page without anyone looking: errors in the console,
// requests that fail, answers that refuse. What the story provokes is allowed
// by name, for as long as it lasts.

/** Failures that mean nothing: a page went away while something was under way. */
const harmless = /net::ERR_ABORTED/
/** Chromium says every refused answer in its console a second time. */
const echo = /^Failed to load resource:/
/** Answers that belong to the story from beginning to end. */
const always = [
  /answer: 401 GET .*\/api\/storefront\/(me|cart)$/, // a guest's first page asks who he is before he is logged in
]

export class Watch {
  constructor() {
    this.wrongs = []
    this.allowed = always.map((pattern) => ({ pattern, seen: 0 }))
    this.away = false
  }

  page(page) {
    const name = page.stageName
    page.on('console', (m) => { if (m.type() === 'error' && !echo.test(m.text())) this.note(`${name} console: ${m.text()}`) })
    page.on('pageerror', (e) => this.note(`${name} error: ${e.stack ?? e.message}`))
    page.on('requestfailed', (r) => {
      const why = r.failure()?.errorText ?? ''
      if (!harmless.test(why)) this.note(`${name} request: ${r.method()} ${r.url()} ${why}`)
    })
    page.on('response', (r) => { if (r.status() >= 400) this.note(`${name} answer: ${r.status()} ${r.request().method()} ${r.url()}`) })
  }

  note(what) {
    const rule = this.allowed.find((a) => a.pattern.test(what))
    if (rule) rule.seen++
    else if (!this.away) this.wrongs.push(what)
  }

  /** Allows what matches while `act` runs; it must happen at least once, or the story has changed. */
  async expecting(pattern, act) {
    const rule = { pattern, seen: 0 }
    this.allowed.push(rule)
    const given = await act()
    await new Promise((go) => setTimeout(go, 50))
    this.allowed.splice(this.allowed.indexOf(rule), 1)
    if (rule.seen === 0) throw new Error(`expected the page to be told ${pattern}`)
    return given
  }
}
