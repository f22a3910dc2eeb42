import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findCanaries, findCanariesIn, plantCanaries } from '../support/canaries.ts'
import { tempDir } from '../support/temp-dir.ts'

let directory: ReturnType<typeof tempDir>

beforeEach(() => {
  directory = tempDir('canaries')
})

afterEach(() => {
  directory.remove()
})

describe('canaries', () => {
  const canaries = plantCanaries('prompt', 'key')

  it('are different every time', () => {
    expect(plantCanaries('prompt').prompt).not.toBe(canaries.prompt)
    expect(canaries.prompt).not.toBe(canaries.key)
  })

  it.each([
    { form: 'plain', encode: (text: string) => text },
    { form: 'hex', encode: (text: string) => Buffer.from(text).toString('hex') },
    { form: 'hex', encode: (text: string) => Buffer.from(text).toString('hex').toUpperCase() },
    { form: 'utf16', encode: (text: string) => Buffer.from(text, 'utf16le') },
    { form: 'base64', encode: (text: string) => Buffer.from(text).toString('base64') },
    { form: 'base64', encode: (text: string) => Buffer.from(`user:${text}:more`).toString('base64') },
    { form: 'base64', encode: (text: string) => Buffer.from(`user1:${text}:more`).toString('base64') },
    { form: 'base64', encode: (text: string) => Buffer.from(`user12:${text}:more`).toString('base64url') },
  ])('are found as $form, deep in a directory', ({ form, encode }) => {
    const path = join(directory.path, 'a', 'b', 'file')
    mkdirSync(join(directory.path, 'a', 'b'), { recursive: true })
    writeFileSync(
      path,
      Buffer.concat([Buffer.from('before '), Buffer.from(encode(canaries.key)), Buffer.from(' after')]),
    )
    const hits = findCanaries([directory.path], canaries)
    expect(hits).toContainEqual({ path, name: 'key', form, offset: expect.any(Number) })
    expect(new Set(hits.map((hit) => hit.name))).toEqual(new Set(['key']))
  })

  it('are found escaped for JSON', () => {
    const text = { odd: `say "canary" \\ ü` }
    expect(findCanariesIn(JSON.stringify({ text: text.odd }), text).map((hit) => hit.form)).toEqual(['json'])
    const escaped = [...'plain'].map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`).join('')
    expect(findCanariesIn(escaped, { plain: 'plain' }).map((hit) => hit.form)).toEqual(['json'])
  })

  it('are found across the border of two pieces of a large file', () => {
    const path = join(directory.path, 'large')
    const offset = 4 * 1024 * 1024 - 5
    writeFileSync(path, Buffer.concat([Buffer.alloc(offset), Buffer.from(canaries.prompt), Buffer.alloc(9_000_000)]))
    expect(findCanaries([path], canaries)).toEqual([{ path, name: 'prompt', form: 'plain', offset }])
  })

  it('are found in the name of a file', () => {
    writeFileSync(join(directory.path, `log-${canaries.prompt}`), '')
    expect(findCanaries([directory.path], canaries).map((hit) => hit.form)).toEqual(['path'])
  })

  it('are not found where they are not, and a missing path holds none', () => {
    writeFileSync(join(directory.path, 'file'), gzipSync(plantCanaries('prompt').prompt))
    expect(findCanaries([directory.path, join(directory.path, 'missing')], canaries)).toEqual([])
  })
})
