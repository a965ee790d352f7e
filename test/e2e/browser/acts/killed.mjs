// Money that moves while nobody can hear of it: the notice is held back, the
// server is killed, and the order is still paid, once.
import { must, same, until } from '../stage.mjs'
import { buyNow } from './shopping.mjs'

const oolong = { find: '铁观音', title: '铁观音', price: 7800, values: ['sku-0-0', 'sku-1-0'] }
/** Under the sum from which the tea shop sends for free. */
const shipping = 800
/** WeChat sends a notice again after 15 s, then after 15 more. */
const heard = 45_000

async function sim(stage, path, body) {
  const r = await fetch(`${stage.sim}/_sim/${path}`, body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  must(r.ok, `${path} to work, not ${r.status}`)
  return r.status === 204 ? undefined : r.json()
}

const waiting = async (stage) => (await sim(stage, 'notifications?limit=5')).notifications

export async function killed(story) {
  const { lin, stage, teaDesk } = story
  story.balance = await lin.balance()
  story.noticesBefore = (await waiting(stage)).map((n) => n.id)
  await sim(stage, 'faults/notifications', { paused: true })
  await lin.step('order again', 'the pay sheet', async () => {
    await lin.menu('0')
    await buyNow(lin, oolong, oolong.values)
    await lin.at('checkout-submit').click()
    await lin.top('pay-sheet').waitFor()
  })
  await teaDesk.step('the merchant sees an order that waits for money', 'it among the unpaid', async () => {
    await teaDesk.menu('orders')
    const row = teaDesk.page.locator('tr[data-testid^="order-"]').filter({ hasText: oolong.title }).filter({ hasText: '待付款' }).first()
    story.killedOrder = (await row.getAttribute('data-testid')).slice('order-'.length)
  })
  await lin.step('pay while no notice comes through', 'WeChat has the money', async () => {
    await lin.password('123456')
    await lin.top('pay-done').waitFor()
    same(await lin.balance(), story.balance - oolong.price - shipping, 'the wallet')
  })
  await teaDesk.step('the market does not know', 'the order still unpaid', async () => {
    await teaDesk.at(`order-${story.killedOrder}`).filter({ hasText: '待付款' }).waitFor()
    const notices = (await waiting(stage)).filter((n) => !story.noticesBefore.includes(n.id))
    must(notices.length > 0 && notices.every((n) => n.state === 'waiting' && n.attempts.length === 0), `notices nobody was sent (${JSON.stringify(notices)})`)
    story.notices = notices.map((n) => n.id)
  })
}

export const resume = ({ stage }) => sim(stage, 'faults/notifications', { paused: false })

export async function paidOnce(story) {
  const { lin, stage, teaDesk } = story
  await teaDesk.step('the order becomes paid', 'the merchant can ship it', async () => {
    await teaDesk.menu('dashboard')
    await teaDesk.menu('orders')
    await teaDesk.at(`ship-${story.killedOrder}`).waitFor({ timeout: heard })
  }, heard)
  await lin.step('the buyer sees it', 'the paid page', async () => {
    await lin.top('pay-finish').click()
    await lin.web.locator('[data-testid="pay-page"][data-state="paid"]').waitFor()
  })
  await lin.shot('paid-after-kill')
  await lin.step('the notice comes again and again', 'nothing more happens', async () => {
    for (const id of story.notices) for (let n = 0; n < 3; n++) await sim(stage, `notifications/${id}/send`, {})
    await until(() => waiting(stage), (all) => story.notices.every((id) => all.find((n) => n.id === id)?.state === 'delivered'), 'the notice delivered')
    same(await lin.balance(), story.balance - oolong.price - shipping, 'the wallet')
  })
  await teaDesk.step('paid once', 'one order and its one payment', async () => {
    await teaDesk.at(`order-${story.killedOrder}`).click()
    await teaDesk.at('order-drawer').waitFor()
  })
  await teaDesk.shot('console-order-paid-once')
  await teaDesk.page.keyboard.press('Escape')
  await teaDesk.at('order-drawer').waitFor({ state: 'hidden' })
}
