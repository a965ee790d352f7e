// After the goods are sent: parcels, receipt, money back in three ways.
import { must, same, until } from '../stage.mjs'
import { nuts, tea } from './buy.mjs'

/** The market asks the carrier in rounds of ten seconds. */
const asked = 45_000

export async function settle(story) {
  const { lin, teaDesk, snacksDesk } = story
  story.balance = await lin.balance()
  await receive(lin, story)
  await refundRest(lin, snacksDesk, story)
  await returnShipped(lin, snacksDesk, story)
  await refused(lin, teaDesk, story)
}

/** Opens one of the buyer's orders from the account's menu. */
export async function openOrder(lin, { shop, order }) {
  await lin.menu('1.0')
  await lin.at('order-row').locator(`a[href="/orders/${shop}/${order}"]`).first().click()
  await lin.at('order-page').waitFor()
  await lin.at('order-state').waitFor()
}

async function sure(lin) {
  await lin.web.locator('.van-dialog__confirm').click()
  await lin.web.locator('.van-dialog').waitFor({ state: 'hidden' })
}

async function receive(lin, story) {
  await lin.step('the parcel of the tea', 'its number and a track', async () => {
    await openOrder(lin, story.teaOrder)
    await lin.at('tracking-no').filter({ hasText: 'SF1402233445566' }).waitFor()
  })
  await lin.shot('order-shipped')
  await lin.step('where the parcel is', 'at least one station of its way', async () => {
    await until(async () => {
      if (await lin.at('parcel').locator('ol li, .van-step').count() > 0) return true
      await lin.closeWeb()
      await new Promise((go) => setTimeout(go, 1000))
      await openOrder(lin, story.teaOrder)
      return false
    }, Boolean, 'a station of the parcel', asked)
  }, asked)
  await lin.shot('parcel-track')
  await lin.step('confirm receipt', 'the order is finished', async () => {
    await lin.at('order-receive').click()
    await sure(lin)
    await lin.at('order-receive').waitFor({ state: 'hidden' })
  })
  await lin.shot('order-received')
}

/** Writes a claim for the open order and sends it. */
async function claim(lin, kind, amount) {
  await lin.at(`order-${kind}`).click()
  await lin.at('aftersale-new').waitFor()
  await lin.web.getByRole('radiogroup').locator('label').first().click()
  await until(() => lin.at('aftersale-amount').textContent(), (s) => s.includes((amount / 100).toFixed(2)), `the amount ${amount}`)
  await lin.shot(`claim-${kind}`)
  await lin.at('aftersale-submit').click()
  await lin.web.locator('[data-testid="aftersale-page"][data-state="requested"]').waitFor()
}

/** The merchant opens the newest claim that waits. */
async function openClaim(desk, action) {
  await desk.menu('aftersales')
  await desk.page.locator('tr[data-testid^="aftersale-"]').filter({ hasText: '处理' }).first().click()
  await desk.at('aftersale-drawer').waitFor()
  await desk.at(action).waitFor()
}

async function closeDrawer(desk) {
  await desk.page.keyboard.press('Escape')
  await desk.at('aftersale-drawer').waitFor({ state: 'hidden' })
}

async function moneyBack(lin, story, amount) {
  story.balance += amount
  await until(() => lin.balance(), (b) => b === story.balance, `${story.balance} fen in the wallet`)
  await lin.web.locator('[data-testid="aftersale-page"][data-state="refunded"]').waitFor()
}

async function refundRest(lin, desk, story) {
  const rest = nuts.price * (nuts.quantity - 1)
  await lin.step('ask the money back for what was not sent', 'a claim that waits', async () => {
    await openOrder(lin, story.nutsOrder)
    await claim(lin, 'refund', rest)
  })
  await lin.shot('claim-requested')
  await desk.step('the merchant sees it', 'the claim with its amount', () => openClaim(desk, 'approve'))
  await desk.shot('console-claim')
  await desk.step('and approves', 'the money goes out', async () => {
    await desk.at('approve').click()
    await desk.yes()
    await desk.at('approve').waitFor({ state: 'hidden' })
  })
  await closeDrawer(desk)
  await lin.step('the money is back', `${rest} fen in the wallet`, () => moneyBack(lin, story, rest))
  await lin.shot('refunded')
}

async function returnShipped(lin, desk, story) {
  await lin.step('ask to send back what came', 'a claim that waits', async () => {
    await lin.at('aftersale-order').click()
    await lin.at('order-page').waitFor()
    await claim(lin, 'return', nuts.price)
  })
  await desk.step('the merchant agrees to the return', 'it waits for the parcel', async () => {
    await openClaim(desk, 'approve')
    await desk.at('approve').click()
    await desk.yes()
    await desk.at('approve').waitFor({ state: 'hidden' })
  })
  await closeDrawer(desk)
  await lin.step('the buyer sends it back', 'where to, and a number for it', async () => {
    await lin.closeWeb()
    await openOrder(lin, story.nutsOrder)
    await lin.at('order-aftersale').filter({ hasText: '退货' }).first().click()
    await lin.at('return-no').fill('JT5566778899001')
    await until(() => lin.at('return-carrier').inputValue(), (v) => v !== '', 'the carrier guessed from the number')
  })
  await lin.shot('return')
  await lin.step('it is on its way back', 'the return under way', async () => {
    await lin.at('return-submit').click()
    await lin.web.locator('[data-testid="aftersale-page"][data-state="returning"]').waitFor()
  })
  await desk.step('it came back', 'the merchant takes it into stock and pays', async () => {
    await openClaim(desk, 'returned')
    await desk.at('returned').click()
    await desk.at('restock-yes').click()
  })
  await desk.shot('console-returned')
  await desk.step('and pays', 'the money goes out', async () => {
    await desk.at('returned-go').click()
    await desk.at('returned-dialog').waitFor({ state: 'hidden' })
  })
  await closeDrawer(desk)
  await lin.step('the money of the return is back', `${nuts.price} fen in the wallet`, async () => {
    await lin.closeWeb()
    await openOrder(lin, story.nutsOrder)
    await lin.at('order-aftersale').filter({ hasText: '退货' }).first().click()
    await moneyBack(lin, story, nuts.price)
  })
  await lin.shot('return-refunded')
}

async function refused(lin, desk, story) {
  const reason = '茶叶已拆封饮用，不支持退货'
  await lin.step('ask to send the tea back', 'a claim that waits', async () => {
    await lin.closeWeb()
    await openOrder(lin, story.teaOrder)
    await claim(lin, 'return', tea.price)
  })
  await desk.step('the merchant refuses with a reason', 'the claim refused', async () => {
    await openClaim(desk, 'refuse')
    await desk.at('refuse').click()
    await desk.at('refuse-reason').fill(reason)
  })
  await desk.shot('console-refuse')
  await desk.step('send the refusal', 'the dialog closes', async () => {
    await desk.at('refuse-go').click()
    await desk.at('refuse-dialog').waitFor({ state: 'hidden' })
  })
  await closeDrawer(desk)
  await lin.step('the buyer reads why', reason, async () => {
    await lin.closeWeb()
    await openOrder(lin, story.teaOrder)
    await lin.at('order-aftersale').first().click()
    await lin.at('aftersale-page').filter({ hasText: reason }).waitFor()
    same(await lin.balance(), story.balance, 'the wallet after a refusal')
    must(await lin.web.locator('[data-testid="aftersale-page"][data-state="refused"]').count() === 1, 'a refused claim')
  })
  await lin.shot('refused')
}
