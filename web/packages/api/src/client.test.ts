import { describe, expect, it } from 'vitest'
import { createClient, take } from './client'
import { Problem } from './problem'

interface Paths {
  '/things/{id}': {
    get: {
      parameters: { path: { id: string }; query?: { sku?: string[] } }
      responses: { 200: { content: { 'application/json': { id: string; tags: string[] | null } } } }
    }
  }
}

const at = (fetch: (r: Request) => Promise<Response>) => createClient<Paths>({ language: () => 'en', offline: () => 'nobody there', fetch })
const ask = (c: ReturnType<typeof at>) => take(c.GET('/things/{id}', { baseUrl: 'http://shop.test', params: { path: { id: '7' }, query: { sku: ['1', '2'] } } }))

describe('client', () => {
  it('fills the path, sends the language and gives the body', async () => {
    let seen: Request | undefined
    const got = await ask(at(async (r) => {
      seen = r
      return Response.json({ id: '7', tags: [] })
    }))
    expect(got.tags.length).toBe(0)
    expect(seen?.url).toBe('http://shop.test/things/7?sku=1,2')
    expect(seen?.headers.get('Accept-Language')).toBe('en')
  })
  it('throws what the server refused', async () => {
    const refused = ask(at(async () => Response.json({ title: 'Not enough', status: 409, code: 'inventory.short', params: { available: 2 } }, { status: 409 })))
    await expect(refused).rejects.toMatchObject({ code: 'inventory.short', status: 409, params: { available: 2 } })
  })
  it('says when nobody answers', async () => {
    const lost = ask(at(async () => { throw new TypeError('fetch failed') }))
    await expect(lost).rejects.toBeInstanceOf(Problem)
    await expect(lost).rejects.toMatchObject({ title: 'nobody there', code: 'network', passing: true })
  })
})
