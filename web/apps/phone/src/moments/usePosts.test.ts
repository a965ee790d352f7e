import { describe, expect, it } from 'vitest'
import type { Post } from '../api/social'
import { mergePosts } from './usePosts'

const post = (seq: number, text = ''): Post => ({
  id: `mo${seq}`, seq, author: { id: 'lin', name: '林', avatar: '' }, mine: false, text, pictures: [], time: '2026-01-01T00:00:00+08:00', liked: false, likes: [], comments: [],
})

describe('mergePosts', () => {
  it('puts the newest first and every post once', () => {
    expect(mergePosts([post(3), post(1)], [post(2), post(3)]).map((p) => p.seq)).toEqual([3, 2, 1])
  })
  it('takes what came later', () => {
    expect(mergePosts([post(1, '旧')], [post(1, '新')])[0]!.text).toBe('新')
  })
})
