import { describe, expect, it } from 'vitest'
import { sized } from './picture'

const sha = 'a'.repeat(64)

describe('sized', () => {
  it('takes the copy that is wide enough', () => {
    expect(sized(`/media/12/${sha}.webp`, 200)).toBe(`/media/12/${sha}-360.jpg`)
    expect(sized(`/media/12/${sha}.png`, 361)).toBe(`/media/12/${sha}-750.jpg`)
    expect(sized(`/media/12/${sha}.jpg`, 1500)).toBe(`/media/12/${sha}.jpg`)
  })
  it('leaves alone what is not ours', () => {
    for (const url of ['', 'https://elsewhere.test/x.jpg', `/media/12/${sha}-360.jpg`, '/assets/x.png']) expect(sized(url, 100)).toBe(url)
  })
})
