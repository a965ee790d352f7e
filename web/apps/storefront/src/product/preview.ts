export { showImagePreview } from 'vant/es/image-preview'
