// Writes regions.txt from the npm package @vant/area-data (MIT, © Youzan).
// Run by `go generate`, after `npm install` in web/.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../../web/package.json', import.meta.url))
const { areaList } = require('@vant/area-data')

const lines = [
  '# Provinces, cities and districts by GB/T 2260 code, two digits a level, a tab a level.',
  '# From npm @vant/area-data 2.1.0, MIT License, Copyright (c) Youzan. Written by generate.mjs.',
]
const below = (list, prefix) => Object.entries(list).filter(([code]) => code.startsWith(prefix)).sort()

for (const [province, name] of Object.entries(areaList.province_list).sort()) {
  lines.push(province.slice(0, 2) + name)
  for (const [city, name] of below(areaList.city_list, province.slice(0, 2))) {
    lines.push('\t' + city.slice(2, 4) + name)
    for (const [county, name] of below(areaList.county_list, city.slice(0, 4))) {
      lines.push('\t\t' + county.slice(4) + name)
    }
  }
}
writeFileSync(new URL('regions.txt', import.meta.url), lines.join('\n') + '\n')
