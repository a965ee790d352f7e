/** What was read from a picture: the text and WeChat's name of the code's kind. */
export interface Reading { text: string; kind: string }

interface BarcodeDetectorLike { detect(source: ImageBitmapSource): Promise<{ rawValue: string; format: string }[]> }
type DetectorClass = new () => BarcodeDetectorLike

const largestSide = 1400

/** Reads a QR code out of pixels. The decoder is loaded when the scanner is first used. */
export async function readPixels(pixels: ImageData): Promise<Reading | null> {
  const { default: jsQR } = await import('jsqr')
  const found = jsQR(pixels.data, pixels.width, pixels.height, { inversionAttempts: 'attemptBoth' })
  return found?.data ? { text: found.data, kind: 'QR_CODE' } : null
}

/** Draws a picture or a camera frame, at most 1400 px wide or high; null when it has no size yet. */
export function draw(source: CanvasImageSource, width: number, height: number, canvas = document.createElement('canvas')): ImageData | null {
  if (!width || !height) return null
  const scale = Math.min(1, largestSide / Math.max(width, height))
  canvas.width = Math.max(1, Math.round(width * scale))
  canvas.height = Math.max(1, Math.round(height * scale))
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  if (!pen) return null
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.drawImage(source, 0, 0, canvas.width, canvas.height)
  return pen.getImageData(0, 0, canvas.width, canvas.height)
}

/** Reads bar codes where the browser itself can (QR codes are read everywhere). */
export async function readBarcode(source: ImageBitmapSource): Promise<Reading | null> {
  const Detector = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
  if (!Detector) return null
  const [found] = await new Detector().detect(source).catch(() => [])
  return found ? { text: found.rawValue, kind: found.format.toUpperCase() } : null
}

/** Reads the code in a picture file; null when there is none. Throws for what is no picture. */
export async function readFile(file: Blob): Promise<Reading | null> {
  const bitmap = await createImageBitmap(file)
  try {
    const pixels = draw(bitmap, bitmap.width, bitmap.height)
    return (pixels && (await readPixels(pixels))) ?? (await readBarcode(bitmap))
  } finally {
    bitmap.close()
  }
}
