// The first character, in pinyin order, of each letter that begins a Chinese syllable.
const letters = 'ABCDEFGHJKLMNOPQRSTWXYZ'
const bounds = '阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀'
const order = new Intl.Collator('zh-Hans-CN')

/** The letter a name is filed under in the contacts: pinyin initial, Latin letter, or "#". */
export function initial(name: string): string {
  const first = name.trim().charAt(0)
  if (/[a-z]/i.test(first)) return first.toUpperCase()
  if (!/\p{Script=Han}/u.test(first)) return '#'
  let found = 'A'
  for (let i = 0; i < letters.length; i++) {
    if (order.compare(first, bounds[i]!) < 0) break
    found = letters[i]!
  }
  return found
}

/** Groups by initial, in pinyin order, "#" last. */
export function byInitial<T extends { name: string }>(items: readonly T[]): { letter: string; items: T[] }[] {
  const groups = new Map<string, T[]>()
  for (const item of [...items].sort((a, b) => order.compare(a.name, b.name))) {
    const letter = initial(item.name)
    groups.set(letter, [...(groups.get(letter) ?? []), item])
  }
  const rank = (l: string) => (l === '#' ? '~' : l)
  return [...groups].sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1)).map(([letter, list]) => ({ letter, items: list }))
}
