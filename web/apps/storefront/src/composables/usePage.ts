import { onActivated, onMounted, watch } from 'vue'
import { useRoute } from 'vue-router'
import { shareAs, type ShareCard } from '../wechat/share'

/** Sets the title of the page and what sharing it sends, also when a kept page is shown again. */
export function usePage(card: () => Partial<ShareCard> & { title: string }): void {
  const route = useRoute()
  const mine = route.path
  function apply(): void {
    if (route.path !== mine) return
    const c = card()
    if (!c.title) return
    document.title = c.title
    void shareAs({ desc: '', path: mine, image: '', ...c })
  }
  onMounted(apply)
  onActivated(apply)
  watch(card, apply, { deep: true })
}
