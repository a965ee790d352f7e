import { expect, it } from 'vitest'
import { miniMove, miniTarget, type MiniAt } from './stack'

const pages = ['pages/index/index', 'pages/goods/detail', 'pages/me/me']
const home: MiniAt = { path: 'pages/index/index', query: '' }
const goods: MiniAt = { path: 'pages/goods/detail', query: 'id=1' }

it.each([
  ['/pages/goods/detail?id=1&b=2?3', { path: 'pages/goods/detail', query: 'id=1&b=2?3' }],
  ['detail', { path: 'pages/index/detail', query: '' }],
  ['../goods/./detail?id=1', { path: 'pages/goods/detail', query: 'id=1' }],
  ['../../../../pages/me/me', { path: 'pages/me/me', query: '' }],
])('reads %s', (url, want) => expect(miniTarget(url, home.path)).toEqual(want))

it.each([
  ['navigateTo', { url: '/pages/me/me' }, [home, goods, { path: 'pages/me/me', query: '' }]],
  ['redirectTo', { url: '/pages/me/me?a=1' }, [home, { path: 'pages/me/me', query: 'a=1' }]],
  ['reLaunch', { url: '/pages/me/me?a=1' }, [{ path: 'pages/me/me', query: 'a=1' }]],
  ['switchTab', { url: '/pages/me/me' }, [{ path: 'pages/me/me', query: '' }]],
  ['navigateBack', { delta: 1 }, [home]],
  ['navigateBack', {}, [home]],
  ['navigateBack', { delta: 99 }, [home]],
])('%s %j', (name, arg, stack) => expect(miniMove([home, goods], name, arg, pages)).toEqual({ stack }))

it.each([
  ['navigateTo', { url: '/pages/none' }, 'page "pages/none" is not found'],
  ['navigateTo', {}, 'parameter error: parameter.url should be String'],
  ['navigateTo', null, 'parameter error: parameter.url should be String'],
  ['switchTab', { url: '/pages/me/me?a=1' }, 'can not switchTab with query "a=1"'],
  ['openDoor', { url: '/pages/me/me' }, 'openDoor is not supported'],
])('refuses %s %j', (name, arg, error) => expect(miniMove([home], name, arg, pages)).toEqual({ error }))

it('keeps ten pages at most', () => {
  const full = Array.from({ length: 10 }, () => home)
  expect(miniMove(full, 'navigateTo', { url: '/pages/me/me' }, pages)).toEqual({ error: 'webview count limit exceed' })
})
