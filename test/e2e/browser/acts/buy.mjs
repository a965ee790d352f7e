// A newcomer follows the market, fills a cart from two shops and pays once.
import { Desk } from '../desk.mjs'
import { Phone } from '../phone.mjs'
import { must, same, until } from '../stage.mjs'
import { fenOf } from './money.mjs'
import { addToCart, findProduct, newAddress } from './shopping.mjs'

/** What is bought: two pieces of one shop's tea, three pieces and one more line of another's snacks. */
export const tea = { shop: 'tea', find: '龙井', title: '明前龙井', price: 12800 }
export const nuts = { shop: 'snacks', find: '坚果', title: '每日坚果罐', price: 5990, quantity: 3 }
export const total = tea.price + nuts.price * nuts.quantity

export async function buy(story) {
  const { stage } = story
  story.teaDesk = await Desk.open(stage, 'tea', 'shuke-demo')
  const desk = story.teaDesk
  await desk.step('the figures before', 'today on the dashboard', async () => {
    const figure = (part) => desk.at(`figure-${part}`).locator('strong').textContent()
    await desk.at('figure-sales').waitFor()
    story.salesBefore = fenOf(await figure('sales'))
    story.visitorsBefore = Number((await figure('visitors')).replace(/\D/g, ''))
  })
  await desk.step('the tea shop waits for orders', 'the list of orders with a live line', async () => {
    await desk.menu('orders')
    await desk.at('orders').waitFor()
    await desk.page.locator('[data-testid="live"][data-live="true"]').waitFor()
    await desk.mark()
  })
  await desk.shot('console-orders-before')

  const lin = story.lin = await Phone.open(stage, 'lin')
  await enter(lin)
  await browse(lin)
  await choose(lin)
  await second(lin)
  await checkout(lin, story)
  await pay(lin, story)
  await arrives(desk, story)
  await told(lin)
}

async function enter(lin) {
  await lin.shot('phone')
  await lin.step('follow the market by search', 'the chat with the account opens', () => lin.follow('熟客', '熟客集市'))
  await lin.step('welcome', 'a welcome message and the menu', async () => {
    await lin.message('熟客集市').getByTestId('text-link').first().waitFor()
    await lin.top('menu-0').waitFor()
  })
  await lin.shot('welcome')
  await lin.step('enter by the menu', 'the storefront with its categories', async () => {
    await lin.menu('0')
    await lin.at('category-tea').waitFor()
  })
  await lin.shot('storefront-home')
  await lin.step('silent login', 'the storefront knows who is here without asking', async () => {
    await lin.at('tab-me').click()
    await lin.at('me-name').waitFor()
    await lin.at('me-orders').first().waitFor()
  })
  await lin.shot('storefront-me')
  await lin.at('tab-home').click()
}

async function browse(lin) {
  await lin.step('browse a category', 'goods of the category', async () => {
    await lin.at('category-tea').click()
    await lin.at('chip-green-tea').click()
    await lin.at('goods-card').filter({ hasText: tea.title }).waitFor()
  })
  await lin.shot('category')
  await lin.step('back to the home page', 'the home page', async () => {
    await lin.top('web-back').click()
    await lin.at('search-entry').waitFor()
  })
  await lin.step('search', `${tea.title} among what is found`, () => findProduct(lin, tea, true))
  await lin.step('the product has pictures', 'a picture that is loaded', () => lin.at('gallery').locator('img').first().evaluate((i) => i.decode()))
  await lin.shot('product')
}

async function choose(lin) {
  await lin.step('open the sheet of combinations', 'a sheet with axes', async () => {
    await lin.at('add-to-cart').click()
    await lin.at('sku-sheet').waitFor()
  })
  const seen = {}
  for (const [size, pack] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
    await lin.step(`combination ${size}-${pack}`, 'its own price and stock', async () => {
      for (const value of [`sku-0-${size}`, `sku-1-${pack}`]) {
        if (await lin.at(value).getAttribute('aria-pressed') !== 'true') await lin.at(value).click()
      }
      seen[`${size}-${pack}`] = `${await lin.at('sku-price').textContent()} ${await lin.at('sku-stock').textContent()}`
    })
  }
  same(new Set(Object.values(seen)).size, 4, `four combinations with four prices (${Object.values(seen).join('; ')})`)
  await lin.shot('sku-sheet')
  await lin.step('put the first combination into the cart', 'one thing in the cart', () => addToCart(lin, ['sku-0-0', 'sku-1-0'], 1, 1))
}

async function second(lin) {
  await lin.step('find something of a second shop', nuts.title, async () => {
    await lin.top('web-back').click()
    await findProduct(lin, nuts)
    await lin.at('add-to-cart').click()
  })
  await lin.step('three of it', 'three more things in the cart', () => addToCart(lin, ['sku-0-0'], nuts.quantity, 1 + nuts.quantity))
  await lin.shot('second-product')
  await lin.step('one cart for both shops', 'two shops and the sum', async () => {
    await lin.at('bar-cart').click()
    await until(() => lin.at('cart-shop').count(), (n) => n === 2, 'shops in the cart')
    await until(() => lin.at('cart-total').textContent(), (s) => s.includes('307.70'), 'the sum of the cart')
  })
  await lin.shot('cart')
}

async function checkout(lin, story) {
  await lin.step('to the checkout', 'two parts and no address yet', async () => {
    await lin.at('cart-checkout').click()
    await until(() => lin.at('checkout-shop').count(), (n) => n === 2, 'shops at the checkout')
  })
  await lin.step('a new address from pasted text', 'name, phone, region and street recognised', () => newAddress(lin))
  await lin.shot('checkout')
  await lin.step('place the order', 'the pay sheet over the pay page', async () => {
    await lin.at('checkout-remark').first().fill('麻烦包装严实一点')
    await until(() => lin.at('checkout-total').textContent(), (s) => s.includes('307.70'), 'the total')
    story.balance = await lin.balance()
    await lin.at('checkout-submit').click()
    await lin.top('pay-sheet').waitFor()
  })
}

async function pay(lin, story) {
  const views = await (await lin.frame()).evaluateHandle(() => {
    const page = document.querySelector('[data-testid="pay-page"]')
    const seen = [page.dataset.state]
    new MutationObserver(() => seen.push(page.dataset.state)).observe(page, { attributes: true, attributeFilter: ['data-state'] })
    return seen
  })
  await lin.step('one sheet for both shops', 'two orders, one sum', async () => {
    same(Number(await lin.top('pay-total').getAttribute('data-fen')), total, 'the sheet asks for')
    same(await lin.page.getByTestId('pay-order').count(), 2, 'orders on the sheet')
  })
  await lin.shot('pay-sheet')
  await lin.step('a wrong password', 'a refusal, and no money moves', () => lin.stage.watch.expecting(/answer: 409 POST .*\/confirm$/, async () => {
    await lin.password('000000')
    await lin.page.getByTestId('pay-message').filter({ hasText: '密码' }).waitFor()
    same(await lin.balance(), story.balance, 'the wallet after a wrong password')
  }))
  await lin.shot('pay-wrong-password')
  await lin.step('the right password', 'WeChat says it is paid', async () => {
    await lin.password('123456')
    await lin.top('pay-done').waitFor()
  })
  await lin.shot('pay-done')
  await lin.step('back in the shop', 'paid, after the provider confirmed it', async () => {
    await lin.top('pay-finish').click()
    await lin.web.locator('[data-testid="pay-page"][data-state="paid"]').waitFor()
    const seen = await views.jsonValue()
    must(seen.includes('confirming') && seen.indexOf('confirming') < seen.indexOf('paid'), `"confirming" before "paid" (${seen.join(' → ')})`)
    same(await lin.balance(), story.balance - total, 'the wallet')
  })
  await lin.shot('paid')
  await lin.step('both orders stand in one list', 'two orders waiting to be shipped', async () => {
    await lin.at('pay-orders').click()
    await until(() => lin.web.locator('[data-testid="order-row"][data-state="paid"]').count(), (n) => n === 2, 'paid orders')
    for (const href of await lin.at('order-row').locator('a.all').evaluateAll((all) => all.map((a) => [a.getAttribute('href'), a.textContent]))) {
      const [, , shop, order] = href[0].split('/')
      story[href[1].includes(tea.title) ? 'teaOrder' : 'nutsOrder'] = { shop, order }
    }
    must(story.teaOrder && story.nutsOrder, 'an order of each shop')
  })
  await lin.shot('orders')
}

async function arrives(desk, story) {
  await desk.step('the order arrives', 'the paid order in the list, the page not loaded again', async () => {
    await desk.at(`ship-${story.teaOrder.order}`).waitFor()
    must(await desk.marked(), 'the page not to be loaded again')
  })
  await desk.shot('console-order-arrived')
}

async function told(lin) {
  await lin.step('the chat tells', 'a message that the payment succeeded', async () => {
    await lin.closeWeb()
    await lin.message('付款成功').waitFor()
  })
  await lin.shot('chat-paid')
  await lin.step('and so does WeChat Pay', 'a pay card', async () => {
    await lin.chat('svc-pay')
    await lin.top('pay-card').waitFor()
  })
  await lin.shot('chat-pay')
}
