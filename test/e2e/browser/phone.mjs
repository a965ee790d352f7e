// A person's phone: chats, web view, pay sheet; and the storefront inside it.
import { must, same, until } from './stage.mjs'

export class Phone {
  constructor(stage, page, person) {
    Object.assign(this, { stage, page, person })
  }

  static async open(stage, person) {
    const page = await stage.page(`phone-${person}`, { width: 390, height: 844 })
    await page.goto(`${stage.sim}/?person=${person}`)
    const phone = new Phone(stage, page, person)
    await page.getByTestId('tab-chats').waitFor()
    return phone
  }

  step(title, expected, act, limit) { return this.stage.step(this.page, title, expected, act, limit) }
  shot(name) { return this.stage.shot(this.page, name) }

  /** Something on the topmost page of the phone. */
  top(id) { return this.page.getByTestId(id).last() }

  /** The page inside the web view. */
  get web() { return this.page.frameLocator('[data-testid="web-frame"]').last() }
  at(id) { return this.web.getByTestId(id) }

  /** The web view's own document, for what no person could press. */
  async frame() {
    const frame = await (await this.top('web-frame').elementHandle()).contentFrame()
    must(frame, 'a page in the web view')
    return frame
  }

  async follow(words, name) {
    await this.top('chats-search').click()
    await this.top('search-input').fill(words)
    await this.page.getByTestId('search-account').filter({ hasText: name }).click()
    await this.shot('account')
    await this.top('account-follow').click()
    await this.top('page-chat').waitFor()
    this.talking = this.account = `acc-${await this.followed(name)}`
  }

  /** Opens a chat from the list. */
  async chat(id) {
    while (await this.page.getByTestId('web-close').count() > 0) await this.closeWeb()
    while (await this.page.getByTestId('back').count() > 0) await this.back()
    await this.page.getByTestId('tab-chats').click()
    await this.page.locator(`[data-testid="chat-row"][data-chat="${id}"]`).click()
    await this.top('messages').waitFor()
    this.talking = id
  }

  async back() { await this.leave('back') }
  async closeWeb() { await this.leave('web-close') }
  async leave(button) {
    const n = await this.page.getByTestId(button).count()
    await this.page.getByTestId(button).last().click()
    await until(() => this.page.getByTestId(button).count(), (now) => now < n, `the page under ${button}`)
  }

  message(words) { return this.top('messages').getByTestId('message').filter({ hasText: words }).last() }

  /** Opens an address of the storefront from the account's menu: "0" the market, "1.0" orders, "1.1" cart. */
  async menu(path) {
    while (await this.page.getByTestId('web-close').count() > 0) await this.closeWeb()
    if (this.talking !== this.account) await this.chat(this.account)
    const [top] = path.split('.')
    await this.top(`menu-${top}`).click()
    if (path !== top) await this.top(`menu-${path}`).click()
    await this.top('web-frame').waitFor()
  }

  async password(digits) {
    for (const d of digits) await this.page.getByTestId(`key-${d}`).click()
  }

  /** Pays the sheet that is open and comes back to the page. */
  async paySheet(total, password = '123456') {
    await this.top('pay-sheet').waitFor()
    same(Number(await this.top('pay-total').getAttribute('data-fen')), total, 'the pay sheet asks for')
    await this.password(password)
    await this.top('pay-done').waitFor()
    await this.top('pay-finish').click()
  }

  /** The appid of an account this person follows. */
  async followed(name) {
    const r = await fetch(`${this.stage.sim}/_sim/people/${this.person}/contacts`)
    const account = (await r.json()).accounts.find((a) => a.name === name)
    must(account, `${name} among the accounts that are followed`)
    return account.id
  }

  /** What the simulator's wallet holds, in fen. */
  async balance() {
    const r = await fetch(`${this.stage.sim}/_sim/people/${this.person}/wallet`)
    must(r.ok, `the wallet, not ${r.status}`)
    return (await r.json()).balance
  }
}
