import vue from '@vitejs/plugin-vue'
import { defineConfig, loadEnv } from 'vite'
import { preloadRoute } from './build/preloadRoute.ts'
import { vantStyles } from './build/vantStyles.ts'

// The server serves the built pages at "/"; `npm run dev` borrows the API of a running server named by SHUKE_ORIGIN.
export default defineConfig(({ mode }) => {
  const server = loadEnv(mode, '.', 'SHUKE_').SHUKE_ORIGIN || 'http://127.0.0.1:8080'
  return {
    plugins: [vue(), vantStyles(), preloadRoute()],
    build: { outDir: '../../dist/storefront', emptyOutDir: true, assetsDir: 'assets', target: 'es2020', cssTarget: 'chrome87' },
    server: { proxy: { '/api': server, '/media': server, '/auth': server } },
  }
})
