const ours = /^(\/media\/.+\/[0-9a-f]{64})\.(?:jpe?g|png|gif|webp)$/

/** The copy of a picture that is wide enough for `width` pixels; pictures that are not ours stay as they are. */
export function sized(url: string, width: number): string {
  const found = ours.exec(url)
  if (!found || width > 750) return url
  return `${found[1]}-${width > 360 ? 750 : 360}.jpg`
}
