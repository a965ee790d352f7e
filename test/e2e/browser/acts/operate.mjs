// The operator: a new shop with its owner, all orders, all money.
import { Desk } from '../desk.mjs'
import { must, until } from '../stage.mjs'

export async function operate(story) {
  const desk = await Desk.open(story.stage, 'market', 'shuke-demo')
  await desk.step('the market at a glance', 'every shop with its money', async () => {
    await desk.at('market-money').waitFor()
    must(await desk.at('market-money').locator('tbody tr').count() >= 6, 'six shops')
  })
  await desk.shot('market-overview')
  await desk.step('all orders of all shops', 'orders of more than one shop', async () => {
    await desk.menu('market-orders')
    await desk.at('orders').waitFor()
    const names = await until(() => desk.at('orders').locator('tbody tr .shop').allTextContents(), (n) => n.length > 5, 'orders')
    must(new Set(names).size > 1, 'orders of more than one shop')
  })
  await desk.shot('market-orders')
  await makeShop(desk)
  const owner = await Desk.open(story.stage, 'coffee', 'kaffee-und-kuchen')
  await owner.step('the new owner is at home', 'the pages of an empty shop', async () => {
    await owner.menu('orders')
    await owner.at('state-empty').waitFor()
  })
  await owner.shot('console-empty-shop')
}

async function makeShop(desk) {
  await desk.step('make a shop', 'the shop in the list', async () => {
    await desk.menu('market-shops')
    await desk.at('shop-new').click()
    const fields = { 'new-shop-name': '一隅咖啡', 'new-shop-handle': 'coffee', 'new-shop-owner': '顾一隅', 'new-shop-login': 'coffee', 'new-shop-password': 'kaffee-und-kuchen' }
    for (const [field, value] of Object.entries(fields)) await desk.at(field).fill(value)
  })
  await desk.shot('market-new-shop')
  await desk.step('it is there', 'the shop in the list', async () => {
    await desk.at('new-shop-go').click()
    await desk.at('shop-coffee').waitFor()
    await desk.at('shop-dialog').waitFor({ state: 'hidden' })
  })
  await desk.shot('market-shops')
}
