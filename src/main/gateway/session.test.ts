import { describe, expect, it } from 'vitest'
import { readJsonFields } from '../dialects/json-fields.ts'
import { readHeaders } from './request-headers.ts'
import { previousResponseOf, SESSION_HEADERS, sessionOf, userOf } from './session.ts'

function of(body: object, raw: readonly string[] = []): string | null {
  return sessionOf(readHeaders(raw), readJsonFields(Buffer.from(JSON.stringify(body))))
}

describe('what clients tell their sessions by', () => {
  const id = '019a-4c11'
  it.each([
    [
      'Codex 0.169',
      ['x-codex-window-id', `${id}:0`, 'x-client-request-id', id, 'session-id', 's', 'thread-id', id],
      { prompt_cache_key: id },
      id,
    ],
    ['a sub-agent of Codex', ['session-id', 's', 'thread-id', 'sub'], {}, 'sub'],
    ['Codex 0.118', ['session_id', id], { prompt_cache_key: 'k' }, id],
    ['OpenCode', ['x-session-affinity', 'ses_1', 'X-Session-Id', 'ses_1'], { prompt_cache_key: 'ses_1' }, 'ses_1'],
    ['Claude Code', ['X-Claude-Code-Session-Id', id], {}, id],
    ['Claude Code by its user, as JSON', [], { metadata: { user_id: JSON.stringify({ session_id: id }) } }, id],
    ['Claude Code by its user, in words', [], { metadata: { user_id: `user_ab_account__session_${id}` } }, id],
    ['the OpenAI SDK with a cache key', [], { prompt_cache_key: 'cache-1' }, '"cache-1"'],
    ['the OpenAI SDK with a conversation', [], { conversation: { id: 'conv_1' } }, '{"id":"conv_1"}'],
    ['the OpenAI SDK without either', [], { user: 'me', metadata: { topic: 'x' } }, null],
    ['curl', ['accept', '*/*'], { model: 'm' }, null],
  ] satisfies [string, string[], object, string | null][])('%s', (_client, raw, body, session) => {
    expect(of(body, raw)).toBe(session)
  })

  it('goes by the header that tells best, in whatever order they come', () => {
    const raw = SESSION_HEADERS.flatMap((name) => [name.toUpperCase(), `by ${name}`])
    expect(of({}, raw)).toBe('by thread-id')
    expect(
      of(
        {},
        raw.toReversed().flatMap((_each, at, all) => (at % 2 === 0 ? [all[at + 1] ?? '', all[at] ?? ''] : [])),
      ),
    ).toBe('by thread-id')
    expect(of({}, raw.slice(2))).toBe('by x-codex-window-id')
  })

  it('takes nothing for a name that is empty, and no more than 200 characters of a long one', () => {
    expect(of({ prompt_cache_key: '' }, ['thread-id', ''])).toBeNull()
    expect(of({ prompt_cache_key: null, conversation: 'c' })).toBe('"c"')
    expect(of({}, ['thread-id', 'x'.repeat(1_000)])?.length).toBe(200)
    expect(of({ prompt_cache_key: 'x'.repeat(1_000) })?.length).toBe(200)
  })

  it('keeps a Pool key that some client repeats in such a header out of sight', () => {
    const headers = readHeaders(['session-id', 'sk-weir-0123456789'])
    expect(headers.session).toBeNull()
    expect(headers.passing).toEqual([])
  })

  it('lets what it reads pass on, with its spelling', () => {
    const headers = readHeaders(['Thread-Id', 't', 'x-codex-turn-state', 'opaque'])
    expect(headers.passing).toEqual(['Thread-Id', 't', 'x-codex-turn-state', 'opaque'])
    expect(headers.turnState).toBe('opaque')
  })
})

it('a user stands for a session where somebody asks for that', () => {
  const fields = (body: object) => readJsonFields(Buffer.from(JSON.stringify(body)))
  expect(userOf(fields({ user: 'me' }))).toBe('"me"')
  expect(userOf(fields({ user: '' }))).toBeNull()
})

it.each([
  [{ previous_response_id: 'resp_1' }, 'resp_1'],
  [{ previous_response_id: null }, null],
  [{ previous_response_id: '' }, null],
  [{ previous_response_id: 7 }, null],
  [{}, null],
])('the response that %j goes on from', (body, id) => {
  expect(previousResponseOf(readJsonFields(Buffer.from(JSON.stringify(body))))).toBe(id)
})
