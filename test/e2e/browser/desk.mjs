// A staff member at the console.
export class Desk {
  constructor(stage, page) {
    Object.assign(this, { stage, page })
  }

  static async open(stage, login, password) {
    const page = await stage.page(`console-${login}`, { width: 1440, height: 900 })
    const desk = new Desk(stage, page)
    // Nobody is logged in yet: the console asks who it is and is told nobody.
    await stage.watch.expecting(/answer: 401 GET .*\/api\/console\//, async () => {
      await page.goto(`${stage.server}/console/`)
      await page.getByTestId('login-form').waitFor()
    })
    await page.getByTestId('login-name').fill(login)
    await page.getByTestId('login-password').fill(password)
    await stage.shot(page, `console-login-${login}`)
    await page.getByTestId('login-go').click()
    await page.getByTestId('person').waitFor()
    return desk
  }

  step(title, expected, act, limit) { return this.stage.step(this.page, title, expected, act, limit) }
  shot(name) { return this.stage.shot(this.page, name) }
  at(id) { return this.page.getByTestId(id) }

  async menu(name) {
    await this.at(`menu-${name}`).click()
  }

  /** Marks the document; it is gone when the page loads again. */
  mark() { return this.page.evaluate(() => { globalThis.marked = true }) }
  marked() { return this.page.evaluate(() => globalThis.marked === true) }

  /** Answers the question in the middle of the page with yes. */
  async yes() { await this.page.locator('.sk-ask-go').click() }
}
