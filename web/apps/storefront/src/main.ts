import '@shuke/shared/tokens.css'
import './styles/base.css'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router'

const app = createApp(App).use(router)
// mounted when the page's code is there: until then the first paint of index.html stays
void router.isReady().finally(() => app.mount('#app'))
