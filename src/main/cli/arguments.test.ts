import { describe, expect, it } from 'vitest'
import type { Upstream } from '../../shared/models/upstream.ts'
import type { Call } from '../host/headless/call.ts'
import { choice, nameOf, parseCount } from './arguments.ts'
import { commands } from './commands.ts'
import { parseAssignment } from './commands/pool.ts'
import { parseSimulate } from './commands/upstream.ts'
import { readPolicy } from './key-policy.ts'
import { pick } from './lookup.ts'
import { findCommand, parseCommand } from './parse.ts'

const upstreams = [
  { id: 'u1', name: 'OpenAI' },
  { id: 'u2', name: 'local:8080' },
] as Upstream[]

const call = ((route: string) => {
  if (route === 'upstream.list') return Promise.resolve(upstreams)
  throw new Error(route)
}) as Call

function inputOf(argv: string[]) {
  const command = findCommand(argv, commands)
  if (command === undefined) throw new Error('no such command')
  return parseCommand(argv, command)
}

describe('assignments', () => {
  it.each([
    ['OpenAI', { upstreamId: 'u1', priority: 1, weight: 1 }],
    ['openai:2', { upstreamId: 'u1', priority: 2, weight: 1 }],
    ['u1:2:30', { upstreamId: 'u1', priority: 2, weight: 30 }],
    ['local:8080', { upstreamId: 'u2', priority: 1, weight: 1 }],
    ['local:8080:3', { upstreamId: 'u2', priority: 3, weight: 1 }],
    ['OpenAI:1:0', { upstreamId: 'u1', priority: 1, weight: 0 }],
  ])('reads %s', (text, expected) => {
    expect(parseAssignment(text, upstreams)).toEqual({ ...expected, enabled: true })
  })

  it('refuses an upstream that is not there', () => {
    expect(() => parseAssignment('Nobody:1', upstreams)).toThrow('There is no upstream "Nobody"')
  })
})

describe('simulator behaviour', () => {
  it('reads numbers, words, lists and null', () => {
    const pairs = ['latencyMs=20', 'fault=status', 'rateLimitHeaders=true', 'models=a,b', 'retryAfterSeconds=null']
    expect(parseSimulate(pairs)).toEqual({
      latencyMs: 20,
      fault: 'status',
      rateLimitHeaders: true,
      models: ['a', 'b'],
      retryAfterSeconds: null,
    })
    expect(parseSimulate([])).toBeUndefined()
  })

  it.each(['latency=20', 'latencyMs', '=3', '__proto__=1'])('refuses "%s"', (pair) => {
    expect(() => parseSimulate([pair])).toThrow('--simulate')
  })
})

describe('key policy', () => {
  it('leaves out what no flag names', async () => {
    expect(await readPolicy(inputOf(['key', 'update', 'laptop']), call, 0)).toEqual({})
  })

  it('reads every field', async () => {
    const line =
      '--model a --model b --enforce-model a --enforce-effort high --enforce-tier flex --allow-upstream openai ' +
      '--allow-ip 10.0.0.0/8 --allow-ip ::1 --expires 1d --notes n --metadata {"team":"search"}'
    const flags = line.split(' ')
    expect(await readPolicy(inputOf(['key', 'create', 'laptop', ...flags]), call, 1_000)).toEqual({
      modelPolicy: { mode: 'selected', models: ['a', 'b'] },
      enforced: { model: 'a', effort: 'high', serviceTier: 'flex' },
      allowedUpstreams: ['u1'],
      ipAllowlist: ['10.0.0.0/8', '::1'],
      expiresAt: 86_401_000,
      notes: 'n',
      metadata: { team: 'search' },
    })
  })

  it('clears every field', async () => {
    const flags = ['--all-models', '--enforce-model', '', '--enforce-effort=', '--enforce-tier=', '--any-upstream']
    const input = inputOf(['key', 'update', 'laptop', ...flags, '--any-ip', '--expires', 'never'])
    expect(await readPolicy(input, call, 0)).toEqual({
      modelPolicy: { mode: 'all' },
      enforced: { model: null, effort: null, serviceTier: null },
      allowedUpstreams: null,
      ipAllowlist: [],
      expiresAt: null,
    })
  })

  it.each([
    ['two model policies', ['--model', 'a', '--no-models']],
    ['an unknown effort', ['--enforce-effort', 'heroic']],
    ['metadata that is no object', ['--metadata', '[1]']],
    ['metadata that is no JSON', ['--metadata', '{']],
    ['an expiry that is no time', ['--expires', 'soon']],
  ])('refuses %s', async (_, flags) => {
    await expect(readPolicy(inputOf(['key', 'update', 'laptop', ...flags]), call, 0)).rejects.toMatchObject({
      code: 'invalid_option',
    })
  })
})

describe('lookup', () => {
  const rows = [
    { id: 'a', name: 'laptop' },
    { id: 'b', name: 'Laptop' },
    { id: 'laptop-id', name: 'a' },
  ]

  it('prefers an id, and compares names without case', () => {
    expect(pick('key', 'a', rows).name).toBe('laptop')
    expect(pick('key', 'A', rows).id).toBe('laptop-id')
  })

  it('asks for an id where a name is not enough', () => {
    expect(() => pick('key', 'LAPTOP', rows)).toThrow('Use an id: a, b')
    expect(() => pick('key', 'desktop', rows)).toThrow('weir key list')
  })
})

describe('shared readings', () => {
  it('takes a name as a word or as a flag, not twice', () => {
    expect(nameOf(inputOf(['pool', 'create', 'Team']))).toBe('Team')
    expect(nameOf(inputOf(['pool', 'create', '--name', 'Team']))).toBe('Team')
    expect(() => nameOf(inputOf(['pool', 'create', 'Team', '--name', 'Team']))).toThrow('twice')
    expect(() => nameOf(inputOf(['pool', 'create']))).toThrow('missing')
  })

  it('names what a choice may be and how far a count may go', () => {
    expect(() => choice(inputOf(['logs', '--state', 'odd']), 'state', ['open', 'failed'])).toThrow('open, failed')
    expect(parseCount('limit', '200', 200)).toBe(200)
    for (const text of ['0', '201', '-1', 'x', '1.5']) expect(() => parseCount('limit', text, 200)).toThrow('1 to 200')
  })
})
