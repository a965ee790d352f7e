import vue from '@vitejs/plugin-vue'
import { defineConfig, loadEnv } from 'vite'
import { elementStyles } from './build/elementStyles'

// The server serves the built pages at "/console/"; `npm run dev` borrows the API of a running server named by SHUKE_ORIGIN.
export default defineConfig(({ mode }) => {
  const server = loadEnv(mode, '.', 'SHUKE_').SHUKE_ORIGIN || 'http://127.0.0.1:8080'
  return {
    base: '/console/',
    plugins: [vue(), elementStyles()],
    build: { outDir: '../../dist/console', emptyOutDir: true, assetsDir: 'assets', target: 'es2022', chunkSizeWarningLimit: 700 },
    server: { proxy: { '/api': server, '/media': server } },
  }
})
