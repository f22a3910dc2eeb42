/** Routes that pass as they are, as data: where each is, and what is true of each kind of them. */
import type { PlainName } from '../dialects/dialect.ts'
import type { GatewayRoute } from './route-entry.ts'

/** How the most input tokens of a request are told: as a text, by its bytes; by its images; by the length of a sound. */
export type InputMeasure = 'text' | 'images' | 'sound' | 'none'

export interface PlainSpec {
  readonly name: PlainName
  /** Where its model stands: in a field of a JSON object, or of a form; `opaque` has none and is not read. */
  readonly body: 'json' | 'form' | 'opaque'
  /** What stands for its model where it names none; null where it must name one. */
  readonly model: string | null
  readonly input: InputMeasure
  /** May be sent again elsewhere when an upstream may have begun it: nothing is made by it. */
  readonly canRepeat: boolean
  /** Its answer need not be JSON or a stream of events: a text, subtitles. */
  readonly takesAny: boolean
  /** Bound by the size of an upload. */
  readonly isUpload: boolean
}

type Rest = Omit<PlainSpec, 'name'>

const json: Rest = { body: 'json', model: null, input: 'text', canRepeat: false, takesAny: false, isUpload: false }
const sound: Rest = { body: 'form', model: null, input: 'sound', canRepeat: true, takesAny: true, isUpload: true }
const file: Rest = { ...sound, body: 'opaque', model: 'files', input: 'none', canRepeat: false, takesAny: false }

/** What ChatGPT itself takes for a recording whose form names no model. */
const DICTATION_MODEL = 'gpt-4o-transcribe'

const specs: Readonly<Record<PlainName, Rest>> = {
  compact: json,
  search: { ...json, canRepeat: true },
  images: { ...json, input: 'images' },
  image_edits: { ...json, input: 'images' },
  image_forms: { ...json, body: 'form', input: 'images' },
  transcriptions: sound,
  dictation: { ...sound, model: DICTATION_MODEL },
  files: file,
  native_files: file,
}

export function plainSpec(name: PlainName): PlainSpec {
  return { name, ...specs[name] }
}

export function isPlainName(name: string): name is PlainName {
  return Object.hasOwn(specs, name)
}

/** A row of the route table. */
export interface PlainRoute extends GatewayRoute {
  readonly name: PlainName
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** What stands behind the upstream's own path; `{id}` is the one of the request's path. */
  readonly rest?: string
  /** The answer is a file: nothing is read of it, whatever it looks like. */
  readonly isContent?: boolean
}

const CODEX = '/backend-api/codex'
const onCodex = 'on the path of the Codex backend'

export const plainRoutes: readonly PlainRoute[] = [
  { name: 'compact', method: 'POST', path: '/v1/responses/compact', help: 'A shorter form of a conversation.' },
  { name: 'compact', method: 'POST', path: `${CODEX}/responses/compact`, help: `The same, ${onCodex}.` },
  { name: 'search', method: 'POST', path: '/v1/alpha/search', help: "Codex's own web search." },
  { name: 'search', method: 'POST', path: `${CODEX}/alpha/search`, help: `The same, ${onCodex}.` },
  { name: 'images', method: 'POST', path: '/v1/images/generations', help: 'Makes images, streamed or not.' },
  { name: 'images', method: 'POST', path: `${CODEX}/images/generations`, help: `The same, ${onCodex}.` },
  { name: 'image_edits', method: 'POST', path: '/v1/images/edits', help: 'Changes images, sent as JSON or as a form.' },
  { name: 'image_edits', method: 'POST', path: `${CODEX}/images/edits`, help: `The same, ${onCodex}.` },
  { name: 'transcriptions', method: 'POST', path: '/v1/audio/transcriptions', help: 'The text of a recording.' },
  { name: 'dictation', method: 'POST', path: '/backend-api/transcribe', help: 'The same, as ChatGPT has it.' },
  { name: 'files', method: 'GET', path: '/v1/files', help: "The key's own files, as far as Weir remembers them." },
  { name: 'files', method: 'POST', path: '/v1/files', help: 'Uploads a file.' },
  { name: 'files', method: 'GET', path: '/v1/files/{id}', rest: '/{id}', help: 'What is known of a file.' },
  { name: 'files', method: 'DELETE', path: '/v1/files/{id}', rest: '/{id}', help: 'Deletes it.' },
  {
    name: 'files',
    method: 'GET',
    path: '/v1/files/{id}/content',
    rest: '/{id}/content',
    isContent: true,
    help: 'Its content.',
  },
  {
    name: 'native_files',
    method: 'POST',
    path: '/backend-api/files',
    help: 'Announces a file to ChatGPT, which answers where to upload it.',
  },
  {
    name: 'native_files',
    method: 'POST',
    path: '/backend-api/files/{id}/uploaded',
    rest: '/{id}/uploaded',
    help: 'Tells that the file was uploaded.',
  },
]
