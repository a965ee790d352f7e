// The stage: one Chromium, its pages, what went wrong in them, and pictures of
// every step. A step that fails says what was expected and leaves a picture.
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { audit } from './audit.mjs'
import { Watch } from './watch.mjs'

const patience = 15_000
const require = createRequire(new URL('../../../web/package.json', import.meta.url))
const { chromium } = require('playwright-core')

export class Stage {
  /** @param give {{out: string, server: string, sim: string, chromium: string}} addresses and folders of this run */
  constructor(give) {
    Object.assign(this, give)
    this.pages = []
    this.shots = 0
    this.watch = new Watch()
    this.flaws = new Map()
    mkdirSync(this.out, { recursive: true })
  }

  async open() {
    this.browser = await chromium.launch({
      executablePath: this.chromium,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    })
  }

  async close() {
    await this.browser?.close()
  }

  /** A browser of its own (cookies, storage) with one page. */
  async page(name, viewport, more = {}) {
    const context = await this.browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce', ...more })
    context.setDefaultTimeout(patience)
    const page = await context.newPage()
    page.stageName = name
    this.watch.page(page)
    this.pages.push(page)
    return page
  }

  /** Does one step of the story; `expected` says in words what should come of it. */
  async step(page, title, expected, act, limit = patience) {
    const begin = Date.now()
    let late
    const over = new Promise((_, no) => { late = setTimeout(() => no(new Error(`nothing within ${limit} ms`)), limit + 500) })
    try {
      const given = await Promise.race([act(), over])
      process.stderr.write(`  ${String(Date.now() - begin).padStart(6)} ms  ${title}\n`)
      return given
    } catch (e) {
      const pictures = []
      for (const p of this.pages) if (!p.isClosed()) pictures.push(await this.picture(p, `FAILED-${p.stageName}`).catch(() => 'no picture'))
      const where = page.frames().map((f) => f.url()).filter((u) => u !== 'about:blank').join(' > ')
      throw new Error(`${title}: expected ${expected}\n  but: ${String(e.message ?? e).split('\n').slice(0, 12).join('\n    ')}\n  at: ${where}\n  pictures: ${pictures.join(', ')}`)
    } finally {
      clearTimeout(late)
    }
  }

  /** A picture of the page as it stands, and a look at its basics for people who use a screen reader. */
  async shot(page, name) {
    await page.evaluate(() => document.fonts.ready)
    await picturesLoaded(page)
    for (const frame of page.frames()) {
      for (const flaw of await frame.evaluate(audit).catch(() => [])) {
        const key = `${new URL(frame.url()).pathname.replace(/\d{6,}/g, ':id')} ${flaw}`
        if (!this.flaws.has(key)) this.flaws.set(key, name)
      }
    }
    return this.picture(page, name)
  }

  async picture(page, name) {
    const path = join(this.out, `${String(++this.shots).padStart(2, '0')}-${name}.png`)
    await page.screenshot({ path, animations: 'disabled' })
    return path
  }

  /** What people would have noticed in the browser's console, its network and its pages. */
  wrongs() {
    return [...this.watch.wrongs, ...[...this.flaws].map(([flaw, at]) => `page basics: ${flaw} (${at})`)]
  }
}

/** Waits until pictures in sight are there; a picture that never comes is a failed request and told there. */
async function picturesLoaded(page) {
  for (const frame of page.frames()) {
    await frame.waitForFunction(() => [...document.images].every((i) => {
      const r = i.getBoundingClientRect()
      return i.complete || r.width === 0 || r.top >= innerHeight || r.bottom <= 0 || r.left >= innerWidth || r.right <= 0
    }), undefined, { timeout: 5000 }).catch(() => undefined)
  }
}

/** Fails with what was expected. */
export function must(truth, expected) {
  if (!truth) throw new Error(`expected ${expected}`)
}

/** Compares and fails with both sides. */
export function same(got, want, of) {
  if (got !== want) throw new Error(`${of}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`)
}

/** Asks until the answer is good; the last one is told when time is over. */
export async function until(ask, good, of, ms = 14_000) {
  const end = Date.now() + ms
  let last
  for (;;) {
    last = await ask()
    if (good(last)) return last
    if (Date.now() > end) throw new Error(`${of}: still ${JSON.stringify(last)}`)
    await new Promise((go) => setTimeout(go, 150))
  }
}
