// Plays acts of the story on demand. Lines of JSON come in on standard input,
// {"act": "buy", "give": {…}}, and each is answered on standard output with
// {"done": "buy", "told": {…}} or {"failed": "buy", "why": "…"}.
// What an act learns (order numbers, balances) stays in `story` for the next.
import { createInterface } from 'node:readline'
import { Stage } from './stage.mjs'
import { buy } from './acts/buy.mjs'
import { sell } from './acts/sell.mjs'
import { settle } from './acts/settle.mjs'
import { killed, paidOnce, resume } from './acts/killed.mjs'
import { corners } from './acts/corners.mjs'
import { operate } from './acts/operate.mjs'

const story = {}
const acts = {
  async begin(give) { story.stage = new Stage(give); await story.stage.open() },
  buy: () => buy(story),
  sell: (give) => sell(story, give),
  /** The server is about to go: what the pages say about that is its own matter. */
  async away() { story.stage.watch.away = true },
  async here() { await new Promise((go) => setTimeout(go, 200)); story.stage.watch.away = false },
  settle: () => settle(story),
  killed: () => killed(story),
  async resume() { await resume(story) },
  paidOnce: () => paidOnce(story),
  corners: () => corners(story),
  operate: () => operate(story),
  async end() {
    const wrongs = story.stage.wrongs()
    await story.stage.close()
    return { wrongs, pictures: story.stage.shots }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { act, give } = JSON.parse(line)
  try {
    if (!Object.hasOwn(acts, act)) throw new Error('there is no such act')
    const told = (await acts[act](give ?? {})) ?? {}
    process.stdout.write(`${JSON.stringify({ done: act, told })}\n`)
  } catch (e) {
    process.stdout.write(`${JSON.stringify({ failed: act, why: e.message, wrongs: story.stage?.wrongs() ?? [] })}\n`)
  }
  if (act === 'end') break
}
await story.stage?.close()
