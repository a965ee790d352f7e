const largest = 10 * 1024 * 1024

/** A file as a data URL, or why it cannot be sent. */
export async function readFile(file: File): Promise<{ url: string; error: '' | 'plus.tooBig' | 'plus.bad' }> {
  if (file.size > largest) return { url: '', error: 'plus.tooBig' }
  return new Promise((resolve) => {
    const reader = new FileReader()
    reader.onload = () => resolve({ url: String(reader.result), error: '' })
    reader.onerror = () => resolve({ url: '', error: 'plus.bad' })
    reader.readAsDataURL(file)
  })
}

/** Whether both texts are degrees of a place on earth. */
export function isPlace(latitude: string, longitude: string): boolean {
  const lat = Number(latitude), lng = Number(longitude)
  return latitude.trim() !== '' && longitude.trim() !== '' && Math.abs(lat) <= 90 && Math.abs(lng) <= 180
}
