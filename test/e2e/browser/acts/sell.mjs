// The merchants' day: ship whole and in part, look at the figures, edit, import.
import { Desk } from '../desk.mjs'
import { must, same, until } from '../stage.mjs'
import { fenOf } from './money.mjs'
import { tea } from './buy.mjs'

export async function sell(story, { catalog }) {
  await shipWhole(story.teaDesk, story)
  await figures(story.teaDesk, story)
  await edit(story.teaDesk)
  await importFile(story.teaDesk, catalog)
  story.snacksDesk = await Desk.open(story.stage, 'snacks', 'shuke-demo')
  await shipPart(story.snacksDesk, story)
}

/** Types a number and waits until the console has guessed whose it is. */
async function tracking(desk, no, carrier) {
  await desk.at('ship-dialog').waitFor()
  await desk.at('ship-no').fill(no)
  await desk.page.getByTestId('ship-dialog').getByText(carrier, { exact: true }).first().waitFor()
}

async function shipWhole(desk, story) {
  await desk.step('ship the whole order', 'the carrier guessed from the number', async () => {
    await desk.at(`ship-${story.teaOrder.order}`).click()
    await tracking(desk, 'SF1402233445566', '顺丰速运')
  })
  await desk.shot('console-ship')
  await desk.step('it is on its way', 'the order shipped', async () => {
    await desk.at('ship-go').click()
    await desk.at('ship-dialog').waitFor({ state: 'hidden' })
    await desk.at(`order-${story.teaOrder.order}`).filter({ hasText: '已发货' }).waitFor()
  })
}

async function shipPart(desk, story) {
  const { order } = story.nutsOrder
  await desk.step('open the order', 'the drawer with its goods', async () => {
    await desk.menu('orders')
    await desk.at(`order-${order}`).click()
    await desk.at('order-drawer').waitFor()
    await desk.at('ship').click()
  })
  await desk.step('ship one of three', 'one piece in the parcel', async () => {
    await tracking(desk, 'YT8877665544332', '圆通速递')
    await desk.at('ship-part').click()
    await desk.at('ship-qty-1').locator('input').fill('1')
    await desk.at('ship-qty-1').locator('input').press('Tab')
  })
  await desk.shot('console-ship-part')
  await desk.step('a part is on its way', 'a parcel in the drawer, more to ship', async () => {
    await desk.at('ship-go').click()
    await desk.at('ship-dialog').waitFor({ state: 'hidden' })
    await desk.at('order-drawer').getByTestId('parcel').waitFor()
    await desk.at('ship').waitFor()
  })
  await desk.shot('console-order')
  await desk.page.keyboard.press('Escape')
  await desk.at('order-drawer').waitFor({ state: 'hidden' })
}

async function figures(desk, story) {
  await desk.step('the figures of today', 'the sale of just now in them', async () => {
    await desk.menu('dashboard')
    await until(async () => fenOf(await desk.at('figure-sales').locator('strong').textContent()), (fen) => fen === story.salesBefore + tea.price, `sales of ${story.salesBefore} and ${tea.price} fen`)
    const visitors = Number((await desk.at('figure-visitors').locator('strong').textContent()).replace(/\D/g, ''))
    must(visitors > story.visitorsBefore, `more visitors than ${story.visitorsBefore}, not ${visitors}`)
    for (const part of ['conversion', 'order_value']) must((await desk.at(`figure-${part}`).locator('strong').textContent()).match(/[1-9]/), `a figure for ${part}`)
    await desk.at('chart').first().waitFor()
  })
  await desk.shot('console-dashboard')
}

async function edit(desk) {
  const row = () => desk.page.locator('tr[data-testid^="product-"]').filter({ hasText: '洞庭碧螺春' })
  const open = async () => {
    await desk.menu('goods')
    await row().locator('[data-testid^="quick-"]').click()
    await desk.at('quick-price-0').waitFor()
  }
  await desk.step('edit price and stock in the list', 'both saved', async () => {
    await open()
    await desk.at('quick-price-0').fill('99.50')
    await desk.at('quick-stock-0').fill('160')
    await desk.at('quick-save').click()
    await until(() => desk.at('quick-save').isDisabled(), Boolean, 'nothing left to save')
  })
  await desk.shot('console-quick-edit')
  await desk.step('they stay', 'the same after the page is loaded again', async () => {
    await desk.page.reload()
    await row().locator('[data-testid^="quick-"]').click()
    await desk.at('quick-price-0').waitFor()
    same(await desk.at('quick-price-0').inputValue(), '99.50', 'the price')
    same(await desk.at('quick-stock-0').inputValue(), '160', 'the stock')
  })
  await desk.step('the product page', 'pictures, combinations, description', async () => {
    await row().getByRole('link').first().click()
    await desk.at('skus').waitFor()
    await desk.at('product-title').waitFor()
  })
  await desk.shot('console-product')
}

async function outcomes(desk) {
  const read = {}
  for (const o of ['created', 'changed', 'unchanged', 'refused']) read[o] = Number(await desk.at(`outcome-${o}`).first().textContent())
  return JSON.stringify(read)
}

async function importFile(desk, catalog) {
  const upload = async () => {
    await desk.menu('imports')
    await desk.at('import-file').setInputFiles(catalog)
    await desk.at('import-start').waitFor()
  }
  await desk.step('preview a catalog file', 'three to create, one refused with its place', async () => {
    await upload()
    same(await outcomes(desk), '{"created":3,"changed":0,"unchanged":0,"refused":1}', 'the preview')
    await desk.at('problems').filter({ hasText: '十二元' }).waitFor()
  })
  await desk.shot('console-import-preview')
  await desk.step('run it', 'three products made', async () => {
    await desk.at('import-start').click()
    await desk.at('import-progress').waitFor()
    await until(() => outcomes(desk), (o) => o === '{"created":3,"changed":0,"unchanged":0,"refused":1}', 'the outcome')
    await until(() => desk.at('import-progress').textContent(), (s) => !s.includes('%') || s.includes('100'), 'the end of the bar')
  })
  await desk.shot('console-import-done')
  await desk.step('run it again', 'nothing to do', async () => {
    await upload()
    same(await outcomes(desk), '{"created":0,"changed":0,"unchanged":3,"refused":1}', 'the second preview')
    must(await desk.at('import-start').isDisabled(), 'a button that cannot be pressed')
  })
  await desk.step('the new goods are there', 'a product of the file', async () => {
    await desk.menu('goods')
    await desk.at('find').fill('山茶油')
    const rows = desk.page.locator('tr[data-testid^="product-"]')
    await rows.filter({ hasText: '山茶油' }).waitFor()
    await until(() => rows.count(), (n) => n === 1, 'only what was looked for')
  })
  await desk.shot('console-goods')
}
