import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editFields, fieldValue, readJsonFields } from './json-fields.ts'
import { cappedBound, outputBound } from './output-cap.ts'
import { editsFor, readRequest } from './request.ts'
import type { UpstreamKind } from '../../shared/models/upstream.ts'
import type { Dialect } from './dialect.ts'

const CAP = 100
const UNCHANGED = { model: null, effort: null, serviceTier: null, dropWorkspaceMetadata: false, addUsage: false }

function sent(dialect: Dialect, own: object, upstreamKind: UpstreamKind, outputCap: number | null = CAP) {
  const body = Buffer.from(JSON.stringify({ model: 'm', ...own }))
  const fields = readJsonFields(body)
  const changes = { ...UNCHANGED, outputCap, upstreamKind }
  const edited = editFields(fields, editsFor(dialect, fields, readRequest(dialect, fields, null), changes))
  const { model: _model, ...rest } = JSON.parse(edited.toString()) as Record<string, unknown>
  return { rest, isSame: edited === body }
}

type Case = readonly [string, Dialect, UpstreamKind, object, object]

const cases: readonly Case[] = [
  ['no maximum, OpenAI', 'chat', 'openai', {}, { max_completion_tokens: CAP }],
  ['no maximum, another server', 'chat', 'openai-compatible', {}, { max_tokens: CAP }],
  ['no maximum, the simulator', 'chat', 'simulator', {}, { max_tokens: CAP }],
  ['a larger one, old name', 'chat', 'openai', { max_tokens: 101 }, { max_tokens: CAP }],
  [
    'a larger one, new name',
    'chat',
    'openai-compatible',
    { max_completion_tokens: 4096 },
    { max_completion_tokens: CAP },
  ],
  [
    'both names',
    'chat',
    'openai',
    { max_tokens: 900, max_completion_tokens: 50 },
    { max_tokens: CAP, max_completion_tokens: 50 },
  ],
  ['null is no maximum', 'chat', 'openai', { max_tokens: null }, { max_tokens: null, max_completion_tokens: CAP }],
  ['-1 means none to some servers', 'chat', 'openai-compatible', { max_tokens: -1 }, { max_tokens: CAP }],
  ['0 means none to some servers', 'chat', 'openai-compatible', { max_tokens: 0 }, { max_tokens: CAP }],
  ['text is no maximum', 'chat', 'openai-compatible', { max_tokens: '5' }, { max_tokens: CAP }],
  ['three choices share it', 'chat', 'openai', { n: 3 }, { n: 3, max_completion_tokens: 33 }],
  ['three choices above it', 'chat', 'openai', { n: 3, max_tokens: 34 }, { n: 3, max_tokens: 33 }],
  ['more choices than tokens', 'chat', 'openai', { n: 128 }, { n: 128, max_completion_tokens: 1 }],
  ['responses without one', 'responses', 'openai', {}, { max_output_tokens: CAP }],
  ['responses above it', 'responses', 'openai', { max_output_tokens: 1e9 }, { max_output_tokens: CAP }],
]

const untouched: readonly (readonly [string, Dialect, object])[] = [
  ['chat below the cap', 'chat', { max_tokens: 99 }],
  ['chat at the cap', 'chat', { max_completion_tokens: CAP }],
  ['choices below the cap', 'chat', { n: 3, max_tokens: 33 }],
  ['responses at the cap', 'responses', { max_output_tokens: CAP }],
  ['embeddings', 'embeddings', { input: 'x' }],
]

describe('output-cap', () => {
  it.each(cases)('forwards the cap: %s', (_name, dialect, kind, own, expected) => {
    expect(sent(dialect, own, kind).rest).toEqual(expected)
  })

  it.each(untouched)('leaves a body as it is: %s', (_name, dialect, own) => {
    expect(sent(dialect, own, 'openai').isSame).toBe(true)
  })

  it('leaves a body as it is without a cap', () => {
    expect(sent('chat', {}, 'openai', null).isSame).toBe(true)
  })

  it.each([
    ['chat', {}, null],
    ['chat', { max_tokens: 0 }, null],
    ['chat', { max_tokens: 7 }, 7],
    ['chat', { max_tokens: 7, n: 4 }, 28],
    ['chat', { max_tokens: 7, max_completion_tokens: 9 }, 9],
    ['chat', { n: 4 }, null],
    ['responses', { max_output_tokens: 7, n: 4 }, 7],
    ['embeddings', {}, 0],
  ] as const)('knows the most that a request may produce: %s %o', (dialect, own, expected) => {
    expect(outputBound(dialect, readJsonFields(Buffer.from(JSON.stringify(own))))).toBe(expected)
  })

  it('sends no request that may produce more than its bound under the cap', () => {
    const maximum = fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined })
    const own = fc.record({
      max_tokens: maximum,
      max_completion_tokens: maximum,
      n: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(own, fc.integer({ min: 1, max: 300 }), (given, cap) => {
        const body = readJsonFields(Buffer.from(JSON.stringify({ model: 'm', ...given })))
        const bound = cappedBound('chat', body, cap)
        const { rest } = sent('chat', given, 'openai', cap)
        const after = outputBound('chat', readJsonFields(Buffer.from(JSON.stringify(rest))))
        expect(after).toBe(bound)
        expect(bound).toBeLessThanOrEqual(Math.max(cap, given.n ?? 1))
        expect(fieldValue(body, 'n')).toBe(given.n)
      }),
    )
  })
})
