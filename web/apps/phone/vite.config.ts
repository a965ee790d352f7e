import vue from '@vitejs/plugin-vue'
import { defineConfig, loadEnv } from 'vite'

// The simulator serves the built page at "/"; `npm run dev` borrows a running simulator named by SHUKE_SIM_ORIGIN.
export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [vue()],
  build: { outDir: '../../dist/phone', emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 400 },
  server: { proxy: { '/_sim': loadEnv(mode, '.', 'SHUKE_').SHUKE_SIM_ORIGIN || 'http://127.0.0.1:9527' } },
}))
