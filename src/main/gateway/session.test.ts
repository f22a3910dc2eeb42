import { expect, it } from 'vitest'
import { readJsonFields } from '../dialects/json-fields.ts'
import { sessionOf } from './session.ts'

function of(body: object, passing: readonly string[] = []): string | null {
  return sessionOf({ passing }, readJsonFields(Buffer.from(JSON.stringify(body))))
}

it('a session is told by a header, else by the field that tells sessions best', () => {
  const body = { user: 'me', conversation: { id: 'conv_1' }, prompt_cache_key: 'cache-1' }
  expect(of(body, ['Accept', '*/*', 'Session-Id', 's1'])).toBe('s1')
  expect(of(body, ['session_id', 's0'])).toBe('s0')
  expect(of(body)).toBe('"cache-1"')
  expect(of({ ...body, prompt_cache_key: null })).toBe('{"id":"conv_1"}')
  expect(of({ user: 'me' })).toBe('"me"')
  expect(of({ user: '' })).toBeNull()
  expect(of({ model: 'm' })).toBeNull()
  expect(of({ user: 'x'.repeat(1_000) })?.length).toBe(200)
})
