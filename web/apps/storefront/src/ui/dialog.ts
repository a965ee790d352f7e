export { showConfirmDialog } from 'vant/es/dialog'
