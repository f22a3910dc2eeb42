import { describe, expect, it } from 'vitest'
import { isOwnContent, isOwnPage } from './own-page.ts'
import { isOwnSender } from './own-sender.ts'

const page = { id: 1 }
const frame = { url: 'app://weir/keys?status=active', parent: null }

describe('a sender', () => {
  it('is ours in the top frame of our window on our address', () => {
    expect(isOwnSender({ sender: page, senderFrame: frame }, page)).toBe(true)
  })

  it.each([
    ['another window', { sender: { id: 2 }, senderFrame: frame }],
    ['a frame inside the page', { sender: page, senderFrame: { ...frame, parent: {} } }],
    ['a frame that is gone', { sender: page, senderFrame: null }],
    ['a page of the web', { sender: page, senderFrame: { url: 'https://weir/', parent: null } }],
    ['an empty page', { sender: page, senderFrame: { url: 'about:blank', parent: null } }],
    ['a page without an address', { sender: page, senderFrame: { url: '', parent: null } }],
    ['a data page', { sender: page, senderFrame: { url: 'data:text/html,app://weir/', parent: null } }],
  ])('is refused from %s', (_what, sender) => {
    expect(isOwnSender(sender, page)).toBe(false)
  })

  it('is refused while no window is open', () => {
    expect(isOwnSender({ sender: page, senderFrame: frame }, null)).toBe(false)
  })
})

describe('an address', () => {
  it.each(['app://weir/', 'app://weir/index.html', 'app://weir/keys/key_1#top'])('%s is ours', (url) => {
    expect(isOwnPage(url)).toBe(true)
  })

  it.each([
    'app://other/',
    'app://weir.example/',
    'app://weir:80/',
    'app://user@weir/',
    'app:weir',
    'apps://weir/',
    'https://weir/',
    'file:///app://weir/',
    'javascript:location="app://weir/"',
    '//weir/',
    '',
  ])('%s is not', (url) => {
    expect(isOwnPage(url)).toBe(false)
    expect(isOwnContent(url)).toBe(false)
  })

  it('of bytes that our page made is ours, of another one’s is not', () => {
    expect(isOwnContent('blob:app://weir/0a1b')).toBe(true)
    expect(isOwnContent('blob:https://example.com/0a1b')).toBe(false)
    expect(isOwnPage('blob:app://weir/0a1b')).toBe(false)
  })
})
