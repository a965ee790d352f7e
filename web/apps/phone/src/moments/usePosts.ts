import { computed, ref, shallowRef } from 'vue'
import type { Post } from '../api/social'
import { reasonOf } from '../composables/useLoad'

/** Posts merged by id, the newest first. */
export function mergePosts(have: readonly Post[], more: readonly Post[]): Post[] {
  const byId = new Map([...have, ...more].map((p) => [p.id, p]))
  return [...byId.values()].sort((a, b) => b.seq - a.seq)
}

/** A list of posts, page by page; `load` fetches the page before a place in the list. */
export function usePosts<P extends { posts: Post[]; next: number }>(load: (before?: number) => Promise<P>) {
  const posts = shallowRef<Post[]>([])
  const page = shallowRef<P | null>(null)
  const next = ref(0)
  const error = ref('')
  const slow = ref(false)
  const busy = ref(false)

  async function reload(): Promise<void> {
    const timer = setTimeout(() => { slow.value = page.value === null }, 300)
    try {
      const first = await load()
      const oldest = first.posts.at(-1)?.seq ?? 0
      posts.value = first.next ? mergePosts(posts.value.filter((p) => p.seq < oldest), first.posts) : first.posts
      if (!page.value || !first.next) next.value = first.next
      page.value = first
      error.value = ''
    } catch (e) {
      error.value = reasonOf(e)
    } finally {
      clearTimeout(timer)
      slow.value = false
    }
  }
  async function older(): Promise<void> {
    if (!next.value || busy.value) return
    busy.value = true
    try {
      const more = await load(next.value)
      posts.value = mergePosts(posts.value, more.posts)
      next.value = more.next
    } catch (e) {
      error.value = reasonOf(e)
    } finally {
      busy.value = false
    }
  }
  const change = (p: Post) => { posts.value = mergePosts(posts.value, [p]) }
  const gone = (id: string) => { posts.value = posts.value.filter((p) => p.id !== id) }

  void reload()
  return { posts: computed(() => posts.value), page, next, error, slow, busy, reload, older, change, gone }
}
