// What impatient people do: tap twice, go back after paying, change their mind.
import { must, same, until } from '../stage.mjs'
import { buyNow } from './shopping.mjs'

const jasmine = { find: '茉莉花茶', title: '茉莉花茶', price: 13000, values: ['sku-0-1', 'sku-1-0'] }
const cookies = { find: '黄油曲奇', title: '黄油曲奇', price: 6880, values: ['sku-0-0'] }

const orderCount = async (lin) => (await lin.at('order-row').count())

async function ordersNow(lin) {
  await lin.menu('1.0')
  await lin.at('order-row').first().waitFor()
  return orderCount(lin)
}

export async function corners(story) {
  const { lin } = story
  await twice(lin)
  await back(lin)
  await changedMind(lin)
}

async function twice(lin) {
  let before
  await lin.step('tap twice on the button that places the order', 'one order', async () => {
    before = await ordersNow(lin)
    await lin.menu('0')
    await buyNow(lin, jasmine, jasmine.values)
    await lin.at('checkout-submit').dblclick()
    await lin.paySheet(jasmine.price)
    await lin.web.locator('[data-testid="pay-page"][data-state="paid"]').waitFor()
  })
  await lin.step('one order came of it', 'one more in the list', async () => {
    await lin.at('pay-orders').click()
    await lin.at('order-page').or(lin.at('order-row').first()).first().waitFor()
    same(await ordersNow(lin), before + 1, 'orders in the list')
  })
}

async function back(lin) {
  await lin.step('back after paying', 'no second checkout, nothing to pay again', async () => {
    await lin.menu('0')
    await buyNow(lin, cookies, cookies.values)
    await lin.at('checkout-submit').click()
    await lin.paySheet(cookies.price + 600)
    await lin.web.locator('[data-testid="pay-page"][data-state="paid"]').waitFor()
    await lin.top('web-back').click()
    await until(async () => (await lin.frame()).url(), (u) => !u.includes('/pay/'), 'the page before')
    must(!(await lin.frame()).url().includes('/checkout'), 'not the checkout again')
  })
  await lin.shot('back-after-payment')
}

async function changedMind(lin) {
  let balance
  await lin.step('close the pay sheet', 'an order that waits to be paid', async () => {
    balance = await lin.balance()
    await lin.menu('0')
    await buyNow(lin, cookies, cookies.values)
    await lin.at('checkout-submit').click()
    await lin.top('pay-close').click()
    await lin.web.locator('[data-testid="pay-page"][data-state="open"]').waitFor()
  })
  await lin.shot('unpaid')
  await lin.step('cancel it', 'a closed order, no money moved', async () => {
    await lin.at('pay-orders').click()
    await lin.at('order-cancel').click()
    await lin.web.locator('.van-dialog__confirm').click()
    await lin.at('order-cancel').waitFor({ state: 'hidden' })
    await lin.web.locator('.van-dialog').waitFor({ state: 'hidden' })
    same(await lin.balance(), balance, 'the wallet')
  })
  await lin.shot('cancelled')
}
