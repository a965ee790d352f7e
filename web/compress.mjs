// Writes a .br and a .gz beside every text file of dist/, so that the server
// sends ready bytes.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const text = /\.(html|js|css|svg|json|txt|map|webmanifest)$/

function walk(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name)
    if (statSync(path).isDirectory()) walk(path)
    else if (text.test(name) && statSync(path).size > 512) {
      const raw = readFileSync(path)
      writeFileSync(path + '.br', brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
      writeFileSync(path + '.gz', gzipSync(raw, { level: 9 }))
    }
  }
}

walk(process.argv[2] ?? 'dist')
