import type { Axis, Picture, Product, ProductInput } from '../api/types'
import { emptyRow, matrix, rowOf, skuInputs, type SkuRow } from './sku'

/** A product while it is written. */
export interface Draft {
  title: string
  titleEn: string
  subtitle: string
  brand: string
  category: string
  description: string
  axes: Axis[]
  rows: SkuRow[]
  media: Picture[]
  tags: string[]
  attributes: { name: string; values: string }[]
}

/** A new product of one SKU. */
export const emptyDraft = (): Draft => ({
  title: '', titleEn: '', subtitle: '', brand: '', category: '0', description: '', axes: [], rows: [emptyRow([])], media: [], tags: [], attributes: [],
})

/** A stored product as a draft; combinations it does not sell are shown as unsold. */
export function draftOf(p: Product): Draft {
  return {
    title: p.title, titleEn: p.title_en, subtitle: p.subtitle, brand: p.brand, category: p.category_id, description: p.description,
    axes: p.options.map((a) => ({ name: a.name, values: [...a.values] })), rows: matrix(p.options, p.skus.map(rowOf), true),
    media: p.media.map((m) => ({ ...m })), tags: [...p.tags], attributes: p.attributes.map((a) => ({ name: a.name, values: a.values.join('、') })),
  }
}

const split = (text: string) => text.split(/[、，,;；]/).map((v) => v.trim()).filter((v) => v !== '')

/** The draft as the server takes it. */
export function inputOf(d: Draft, version?: number): ProductInput {
  return {
    ...(version ? { version } : {}),
    ...(d.category === '0' ? {} : { category_id: d.category }),
    title: d.title.trim(), title_en: d.titleEn.trim(), subtitle: d.subtitle.trim(), brand: d.brand.trim(), description: d.description,
    options: d.axes, media: d.media, tags: d.tags, skus: skuInputs(d.rows),
    attributes: d.attributes.map((a) => ({ name: a.name.trim(), values: split(a.values) })).filter((a) => a.name !== '' && a.values.length > 0),
  }
}
