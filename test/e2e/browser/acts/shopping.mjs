// What every buyer does: find, choose, address, order.
import { until } from '../stage.mjs'

/** Searches for a product and opens it. */
export async function findProduct(lin, product, picture = false) {
  if (await lin.at('search-input').count() === 0) await lin.at('search-entry').first().click()
  await lin.at('search-input').fill(product.find)
  await lin.at('search-go').click()
  const card = lin.at('goods-card').filter({ hasText: product.title }).first()
  await card.waitFor()
  if (picture) await lin.shot('search')
  await card.click()
  await lin.at('product-title').filter({ hasText: product.title }).waitFor()
}

/** Chooses values and a quantity on the open sheet. */
export async function choose(lin, values, quantity) {
  await lin.at('sku-sheet').waitFor()
  for (const value of values) {
    if (await lin.at(value).getAttribute('aria-pressed') !== 'true') await lin.at(value).click()
  }
  for (let n = 1; n < quantity; n++) await lin.at('sku-quantity').locator('.van-stepper__plus').click()
}

/** Puts what is chosen on the open sheet into the cart. */
export async function addToCart(lin, values, quantity, inCart) {
  await choose(lin, values, quantity)
  await lin.at('sku-add').click()
  await until(() => lin.at('cart-count').first().textContent(), (n) => n.trim() === String(inCart), 'things in the cart')
  await lin.at('sku-sheet').waitFor({ state: 'hidden' })
}

/** Buys at once, without the cart, up to the checkout. */
export async function buyNow(lin, product, values) {
  await findProduct(lin, product)
  await lin.at('buy-now').click()
  await choose(lin, values, 1)
  await lin.at('sku-buy').click()
  await lin.at('checkout-submit').waitFor()
  await until(() => lin.at('checkout-submit').isEnabled(), Boolean, 'the button that places the order')
}

/** Writes the first address, from text as people paste it. */
export async function newAddress(lin) {
  await lin.at('checkout-address').click()
  await lin.at('address-sheet').waitFor()
  await lin.at('address-paste').fill('收货人：林小满，电话 138 0571 2345，浙江杭州西湖区文三路138号东方通信大厦7楼')
  await lin.at('address-recognise').click()
  await until(() => lin.at('address-name').inputValue(), (v) => v === '林小满', 'the name')
  await until(() => lin.at('address-phone').inputValue(), (v) => v.replace(/\D/g, '') === '13805712345', 'the phone')
  await until(() => lin.at('address-region').textContent(), (v) => /浙江省?.*杭州市.*西湖区/.test(v), 'the region')
  await until(() => lin.at('address-detail').inputValue(), (v) => v.includes('文三路138号'), 'the street')
  await lin.shot('address')
  await lin.at('address-save').click()
  await lin.at('checkout-address').filter({ hasText: '林小满' }).waitFor()
}
