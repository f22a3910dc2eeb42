/**
 * What a request over HTTP says of its turn in headers, Codex says in the frame's `client_metadata`: a socket has its
 * headers once, and many turns. A turn that is brought onto a socket must say it so, too.
 */
import { LITE_HEADER, LITE_METADATA } from '../../dialects/codex-lite.ts'
import { editFields, fieldValue, readJsonFields } from '../../dialects/json-fields.ts'
import { isObject } from '../../dialects/json.ts'

const FIELD = 'client_metadata'

/** By the name in lower case of the header. */
const NAMES: ReadonlyMap<string, string> = new Map([
  [LITE_HEADER, LITE_METADATA],
  ...[
    'x-codex-installation-id',
    'x-codex-parent-thread-id',
    'x-codex-turn-metadata',
    'x-codex-turn-state',
    'x-codex-window-id',
    'x-openai-subagent',
  ].map((name) => [name, name] as const),
])

/** The body with what its headers (flat) say of the turn, as far as it does not say so itself. The same one if it does. */
export function withMetadata(body: Buffer, headers: readonly string[]): Buffer {
  const said = new Map<string, string>()
  for (let i = 0; i < headers.length; i += 2) {
    const name = NAMES.get((headers[i] ?? '').toLowerCase())
    if (name !== undefined) said.set(name, headers[i + 1] ?? '')
  }
  if (said.size === 0) return body
  const fields = readJsonFields(body)
  const given = fieldValue(fields, FIELD) ?? {}
  // Something that Codex never writes is the backend's to judge.
  if (!isObject(given)) return body
  const missing = [...said].filter(([name]) => given[name] === undefined)
  if (missing.length === 0) return body
  return editFields(fields, new Map([[FIELD, { ...given, ...Object.fromEntries(missing) }]]))
}
