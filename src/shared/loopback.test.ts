import { describe, expect, it } from 'vitest'
import { isLoopback } from './loopback.ts'

describe('loopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['192.168.1.5', false],
    ['::', false],
    ['127.0.0.1.example.test', false],
    ['127.example.test', false],
  ])('knows whether %s is loopback', (host, expected) => {
    expect(isLoopback(host)).toBe(expected)
  })
})
