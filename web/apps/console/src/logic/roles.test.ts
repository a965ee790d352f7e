// @ts-expect-error the app has no types of Node; the test runs in it
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { grants, permissions, roles } from './roles'

it('tells the same as the server grants', () => {
  const go: string = readFileSync(new URL('../../../../../internal/domain/staff/staff.go', import.meta.url), 'utf8')
  const names = new Map([...go.matchAll(/(\w+)\s+Permission = "([\w.]+)"/g)].map((m) => [m[1]!, m[2]!]))
  const table = go.slice(go.indexOf('var grants'), go.indexOf('// Roles lists'))
  for (const role of roles) {
    const line = new RegExp(`${role[0]!.toUpperCase()}${role.slice(1)}:\\s+\\{([^}]*)\\}`).exec(table)
    const theirs = line![1]!.split(',').map((w) => names.get(w.trim()))
    expect([...grants[role]].sort()).toEqual(theirs.sort())
  }
  expect([...permissions, 'market.run'].sort()).toEqual([...names.values()].sort())
})
