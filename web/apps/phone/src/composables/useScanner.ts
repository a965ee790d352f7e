import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'
import { draw, readBarcode, readFile, readPixels, type Reading } from '../scan/decode'
import { t } from '../i18n'

const frameGap = 200

/** The camera of the scanner, and pictures given to it. `found` is called once. */
export function useScanner(video: Ref<HTMLVideoElement | null>, found: (r: Reading) => void) {
  const camera = ref<'starting' | 'on' | 'none'>('starting')
  const message = ref('')
  const reading = ref(false)
  const canvas = document.createElement('canvas')
  let stream: MediaStream | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let done = false

  function finish(r: Reading): void {
    if (done) return
    done = true
    found(r)
  }

  async function look(): Promise<void> {
    const v = video.value
    if (done || !v) return
    const pixels = draw(v, v.videoWidth, v.videoHeight, canvas)
    const r = pixels && ((await readPixels(pixels)) ?? (await readBarcode(v)))
    if (r) finish(r)
    else timer = setTimeout(() => void look(), frameGap)
  }

  async function start(): Promise<void> {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
      if (done || !video.value) { stop(); return }
      video.value.srcObject = stream
      await video.value.play()
      camera.value = 'on'
      void look()
    } catch {
      camera.value = 'none'
    }
  }

  function stop(): void {
    done = true
    clearTimeout(timer)
    for (const track of stream?.getTracks() ?? []) track.stop()
  }

  /** Reads a picture that was dropped, pasted or chosen. */
  async function read(file: Blob | null | undefined): Promise<void> {
    if (!file || reading.value) return
    reading.value = true
    message.value = ''
    try {
      const r = await readFile(file)
      if (r) finish(r)
      else message.value = t('scan.nothing')
    } catch {
      message.value = t('scan.noPicture')
    } finally {
      reading.value = false
    }
  }

  onMounted(() => void start())
  onBeforeUnmount(stop)
  return { camera, message, reading, read, finish }
}
