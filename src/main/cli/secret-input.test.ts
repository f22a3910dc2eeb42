import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Input, Io } from './command.ts'
import { readSecret } from './secret-input.ts'

function inputOf(flags: Record<string, string[]>): Input {
  const all = (flag: string) => flags[flag] ?? []
  return { args: [], text: (flag) => all(flag).at(-1), list: all, isOn: (flag) => all(flag).length > 0 }
}

function ioOf(stdin: string, env: Record<string, string> = {}, isTTY = false): Io {
  const stream = Object.assign(Readable.from([Buffer.from(stdin)]), { isTTY })
  return { env, stdin: stream, stdout: () => {}, stderr: () => {}, now: () => 0 }
}

describe('readSecret', () => {
  it('reads stdin without its line end', async () => {
    const on = inputOf({ 'secret-stdin': ['true'] })
    expect(await readSecret(on, ioOf('sk-hush\r\n'))).toEqual({ apiKey: 'sk-hush' })
    expect(await readSecret(on, ioOf('sk-hush'))).toEqual({ apiKey: 'sk-hush' })
  })

  it('reads the variables that are named', async () => {
    const flags = {
      'secret-env': ['KEY'],
      'header-env': ['x-org=ORG', 'x-team=TEAM'],
      'proxy-credentials-env': ['PROXY'],
    }
    const env = { KEY: 'sk-hush', ORG: 'o', TEAM: 't', PROXY: 'u:p' }
    expect(await readSecret(inputOf(flags), ioOf('', env))).toEqual({
      apiKey: 'sk-hush',
      headers: { 'x-org': 'o', 'x-team': 't' },
      proxyCredentials: 'u:p',
    })
  })

  it('gives nothing when no flag asks', async () => {
    expect(await readSecret(inputOf({}), ioOf('sk-hush'))).toBeUndefined()
  })

  it.each([
    ['both sources', { 'secret-stdin': ['true'], 'secret-env': ['KEY'] }, 'sk-hush', false],
    ['an empty stdin', { 'secret-stdin': ['true'] }, '\n', false],
    ['a terminal', { 'secret-stdin': ['true'] }, 'sk-hush', true],
    ['an unset variable', { 'secret-env': ['NOT_SET'] }, '', false],
    ['a header without variable', { 'header-env': ['x-org'] }, '', false],
    ['far too much', { 'secret-stdin': ['true'] }, 'x'.repeat(70_000), false],
  ])('refuses %s', async (_, flags, stdin, isTTY) => {
    const reading = readSecret(inputOf(flags as Record<string, string[]>), ioOf(stdin, { KEY: 'x' }, isTTY))
    await expect(reading).rejects.toMatchObject({ code: expect.stringMatching(/^invalid_/) })
  })

  it('does not print back a secret given in place of a name', async () => {
    const reading = readSecret(inputOf({ 'secret-env': ['sk-hush'], 'header-env': [] }), ioOf(''))
    await expect(reading).rejects.toMatchObject({ message: expect.not.stringContaining('sk-hush') })
    const header = readSecret(inputOf({ 'header-env': ['authorization=Bearer sk-hush'] }), ioOf(''))
    await expect(header).rejects.toMatchObject({ message: expect.not.stringContaining('sk-hush') })
  })
})
