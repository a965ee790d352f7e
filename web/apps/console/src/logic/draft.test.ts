import { describe, expect, it } from 'vitest'
import type { Product } from '../api/types'
import { draftOf, emptyDraft, inputOf } from './draft'

const sku = (id: string, options: string[]) => ({ id, options, code: '', gtin: '', price: 500, compare_price: 0, cost: 0, weight_g: 0, picture: '', state: 'active' as const, on_hand: 9, available: 7 })
const product: Product = {
  shop_id: '1', id: '2', category_id: '3', title: '茶', title_en: '', subtitle: '', brand: '', description: '<p>好茶</p>', options: [{ name: '规格', values: ['50g', '100g'] }, { name: '年份', values: ['新', '陈'] }],
  media: [{ url: '/media/1/a.jpg' }], tags: ['春茶'], attributes: [{ name: '产地', values: ['福建', '云南'] }], state: 'draft', price_min: 500, price_max: 500, sold: 0, source_ref: '', version: 4,
  created_at: '', updated_at: '', listed_at: '', skus: [sku('10', ['50g', '新']), sku('11', ['100g', '陈'])], lacks: [],
}

describe('draft of a product', () => {
  it('goes there and back without changing anything', () => {
    const draft = draftOf(product)
    expect(draft.rows.map((r) => r.sold)).toEqual([true, false, false, true])
    const input = inputOf(draft, product.version)
    expect(input).toMatchObject({ version: 4, category_id: '3', title: '茶', options: product.options, media: product.media, tags: product.tags, attributes: product.attributes })
    expect(input.skus!.map((s) => [s.id, s.price, 'stock' in s])).toEqual([['10', 500, false], ['11', 500, false]])
  })
  it('starts with one SKU and no category', () => {
    const input = inputOf({ ...emptyDraft(), title: ' 苹果 ', attributes: [{ name: '产地', values: '' }] })
    expect(input).toMatchObject({ title: '苹果', options: [], attributes: [] })
    expect(input).not.toHaveProperty('category_id')
    expect(input).not.toHaveProperty('version')
    expect(input.skus).toHaveLength(1)
  })
})
