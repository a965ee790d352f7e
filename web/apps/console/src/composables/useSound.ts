import { ref } from 'vue'

const place = 'shuke.console.sound'

function remembered(): boolean {
  try {
    return localStorage.getItem(place) === 'on'
  } catch {
    return false
  }
}

const on = ref(remembered())
let context: AudioContext | undefined

/** Two soft notes. */
function ring(): void {
  context ??= new AudioContext()
  const at = context.currentTime
  for (const [i, hz] of [660, 880].entries()) {
    const tone = context.createOscillator()
    const level = context.createGain()
    tone.frequency.value = hz
    level.gain.setValueAtTime(0, at + i * 0.16)
    level.gain.linearRampToValueAtTime(0.08, at + i * 0.16 + 0.02)
    level.gain.exponentialRampToValueAtTime(0.0001, at + i * 0.16 + 0.4)
    tone.connect(level).connect(context.destination)
    tone.start(at + i * 0.16)
    tone.stop(at + i * 0.16 + 0.45)
  }
}

/** The sound of a new order: off until somebody wants it. */
export function useSound() {
  function toggle(): void {
    on.value = !on.value
    try {
      localStorage.setItem(place, on.value ? 'on' : 'off')
    } catch {
      // forbidden storage: the choice holds until the page closes
    }
    if (on.value) ring()
  }
  return { soundOn: on, toggle, ringIfOn: () => { if (on.value) ring() } }
}
