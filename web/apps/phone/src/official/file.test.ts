import { describe, expect, it } from 'vitest'
import { isPlace } from './file'

describe('isPlace', () => {
  it.each([['30.25', '120.1', true], ['-90', '180', true], ['90.01', '0', false], ['0', '-180.5', false], ['', '1', false], ['1', ' ', false], ['north', '1', false]])('%s, %s: %s', (lat, lng, want) => {
    expect(isPlace(lat, lng)).toBe(want)
  })
})
