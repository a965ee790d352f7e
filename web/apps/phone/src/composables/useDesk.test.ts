import { expect, it } from 'vitest'
import { choosePhones } from './useDesk'

it('shows those asked for who exist, once each, as far as there is room', () => {
  expect(choosePhones(['b', 'ghost', 'b', 'a', 'c'], ['a', 'b', 'c'], 2)).toEqual(['b', 'a'])
  expect(choosePhones([], ['a', 'b'], 3)).toEqual(['a'])
  expect(choosePhones(['ghost'], ['a'], 0)).toEqual(['a'])
  expect(choosePhones(['a'], [], 3)).toEqual([])
})
