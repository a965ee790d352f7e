import { expect, it } from 'vitest'
import { byInitial, initial } from './pinyin'

it.each([['林小满', 'L'], ['陈叔', 'C'], ['阿茶', 'A'], ['王五', 'W'], ['周一', 'Z'], ['Tom', 'T'], ['amy', 'A'], ['8号', '#'], ['', '#'], ['何', 'H'], ['江', 'J']])(
  '%s stands under %s', (name, letter) => expect(initial(name)).toBe(letter))

it('files everybody once, # last', () => {
  const groups = byInitial([{ name: '123' }, { name: '王五' }, { name: '阿茶' }, { name: 'Anna' }])
  expect(groups.map((g) => g.letter)).toEqual(['A', 'W', '#'])
  expect(groups.flatMap((g) => g.items)).toHaveLength(4)
})
