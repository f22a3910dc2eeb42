import { describe, expect, it } from 'vitest'
import { readJsonFields } from '../../dialects/json-fields.ts'
import { turnHeaders, upgradeHeaders } from './turn-headers.ts'

const upgrade = upgradeHeaders(
  [
    ['Host', 'localhost'],
    ['Authorization', 'Bearer k'],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Key', 'x'],
    ['OpenAI-Beta', 'responses_websockets=2026-02-06'],
    ['originator', 'codex_exec'],
    ['thread-id', 't'],
    ['x-codex-turn-state', 's0'],
    ['x-codex-turn-metadata', '{"of":"upgrade"}'],
  ].flat(),
)

function headersOf(metadata: unknown, isFirst: boolean) {
  const fields = readJsonFields(Buffer.from(JSON.stringify({ type: 'response.create', client_metadata: metadata })))
  const { passing, conditional, turnState, session, credential } = turnHeaders(upgrade, fields, isFirst)
  const named = (flat: readonly string[]) =>
    Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), flat[i + 1]]] : [])))
  return { passing: named(passing), conditional: named(conditional), turnState, session, credential }
}

const ofAll = {
  'content-type': 'application/json',
  accept: 'text/event-stream',
  originator: 'codex_exec',
  'thread-id': 't',
}

describe('turnHeaders', () => {
  it('are those of the upgrade, but for its own; what is of one turn is of the first', () => {
    const first = headersOf(undefined, true)
    expect(first.passing).toEqual({ ...ofAll, 'x-codex-turn-state': 's0' })
    expect(first).toMatchObject({
      conditional: { 'x-codex-turn-metadata': '{"of":"upgrade"}' },
      turnState: 's0',
      session: 't',
    })
    const later = headersOf(undefined, false)
    expect(later).toMatchObject({ passing: ofAll, conditional: {}, turnState: null, session: 't', credential: 'k' })
  })

  it('are replaced by what the frame says', () => {
    const metadata = {
      'x-codex-turn-metadata': '{"of":"turn"}',
      'X-Codex-Turn-State': 's1',
      'x-openai-subagent': 'review',
    }
    for (const isFirst of [true, false]) {
      const said = headersOf(metadata, isFirst)
      expect(said.passing).toEqual({ ...ofAll, 'x-codex-turn-state': 's1', 'x-openai-subagent': 'review' })
      expect(said).toMatchObject({ conditional: { 'x-codex-turn-metadata': '{"of":"turn"}' }, turnState: 's1' })
    }
  })

  it('say that the body is in the lite form where the frame does, which has another name for it', () => {
    const metadata = { ws_request_header_x_openai_internal_codex_responses_lite: 'true' }
    expect(headersOf(metadata, false).passing).toEqual({ ...ofAll, 'x-openai-internal-codex-responses-lite': 'true' })
  })

  it('keep the turn of a reconnect where the frame says other things only', () => {
    expect(headersOf({ 'x-codex-window-id': 'w' }, true).turnState).toBe('s0')
    expect(headersOf({ 'x-codex-window-id': 'w' }, false).turnState).toBeNull()
  })

  it('take nothing from metadata that is broken inside', () => {
    const fields = readJsonFields(Buffer.from('{"client_metadata":{"x-codex-turn-state":"s1","a":tru}}'))
    expect(turnHeaders(upgrade, fields, false).turnState).toBeNull()
  })

  it.each([
    [{ authorization: 'Bearer other' }],
    [{ 'thread-id': 'other' }],
    [{ 'x-codex-a': 'line\r\nx-injected: 1' }],
    [{ 'x-codex-a': 'ü' }],
    [{ 'x-codex-a': '' }],
    [{ 'x-codex-a': { nested: 1 } }],
    [{ 'x-codex a': 'b' }],
    ['x-codex-a'],
    [null],
  ])('take nothing else from a frame: %j', (metadata) => {
    expect(headersOf(metadata, false)).toMatchObject({ passing: ofAll, credential: 'k' })
    expect(Object.keys(headersOf(metadata, false).passing)).toEqual(Object.keys(ofAll))
  })
})
