import { describe, expect, it } from 'vitest'
import { externalLink } from './external-links.ts'

describe('an external link', () => {
  it.each(['https://platform.openai.com/api-keys', 'https://chatgpt.com/', 'https://docs.anthropic.com/en/api#top'])(
    '%s opens outside',
    (url) => {
      expect(externalLink(url)).toBe(url)
    },
  )

  it.each([
    'http://platform.openai.com/',
    'https://example.com/',
    'https://platform.openai.com.example.com/',
    'https://evil-platform.openai.com/',
    'https://platform.openai.com@example.com/',
    'https://user:word@platform.openai.com/',
    'https://platform.openai.com:8443/',
    'https://example.com/?https://platform.openai.com/',
    'https://example.com\\@platform.openai.com/',
    'file:///etc/passwd',
    'smb://platform.openai.com/share',
    'ms-settings:network',
    'javascript:alert(1)',
    'data:text/html,x',
    '/relative',
    '',
  ])('%s is refused', (url) => {
    expect(externalLink(url)).toBeNull()
  })
})
