import { describe, expect, it } from 'vitest'

// read from disk: vitest hands style sheets to tests as empty modules
const { readFileSync } = await import(/* @vite-ignore */ 'node:fs' as string) as { readFileSync(path: URL, encoding: 'utf8'): string }
const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const [lightText, darkText] = css.split('@media (prefers-color-scheme: dark)') as [string, string]

function colours(text: string): Map<string, string> {
  return new Map([...text.matchAll(/--sk-([\w-]+):\s*(#[0-9a-f]{6})\b/g)].map((m) => [m[1]!, m[2]!]))
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (hi + 0.05) / (lo + 0.05)
}

const surfaces = ['bg', 'surface', 'raised', 'sunken']
const pairs: [string, string][] = [
  ...['text', 'text-2', 'text-3', 'go-text', 'price', 'danger', 'warn', 'info'].flatMap((t) => surfaces.map((s): [string, string] => [t, s])),
  ['on-go', 'go'], ['on-go', 'go-press'], ['on-price', 'price'], ['on-badge', 'badge'],
  ['go-text', 'go-soft'], ['price', 'price-soft'], ['danger', 'danger-soft'], ['warn', 'warn-soft'], ['info', 'info-soft'],
]

describe.each([['light', colours(lightText)], ['dark', colours(darkText)]] as const)('%s colours', (_, theme) => {
  it.each(pairs)('%s on %s reaches AA', (text, surface) => {
    expect(contrast(theme.get(text)!, theme.get(surface)!)).toBeGreaterThanOrEqual(4.5)
  })
})

it('defines in the dark every colour of the light', () => {
  expect([...colours(darkText).keys()].sort()).toEqual([...colours(lightText).keys()].sort())
})
