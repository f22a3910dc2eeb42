/**
 * A request that passes as it is: what of it is read for policy, limits and routing, and what is changed when it is sent.
 * Of a JSON object single fields, of a form its fields `model` and `stream`, of anything else nothing.
 */
import { AppError } from '../../shared/errors.ts'
import type { Dialect, RouteFamily } from '../dialects/dialect.ts'
import { editFields, fieldValue, readJsonFields, type JsonFields } from '../dialects/json-fields.ts'
import { boundaryOf, readForm, textPart, withField, withText, type Form } from '../dialects/multipart.ts'
import { checkedModel, editsFor, readRequest, type FieldChanges, type RequestFacts } from '../dialects/request.ts'
import { isPlainName, plainRoutes, plainSpec, type PlainRoute, type PlainSpec } from './plain-routes.ts'
import type { RequestHeaders } from './request-headers.ts'
import type { RouteMatch } from './router.ts'

/** What a request asks of a plain route. */
export interface PlainAsk {
  readonly spec: PlainSpec
  readonly method: PlainRoute['method']
  /** Behind the upstream's own path, with ids and query. */
  readonly rest: string
  /** The file that its path names; null where it names none. */
  readonly fileId: string | null
  readonly isContent: boolean
  readonly contentType: string | null
}

export interface PlainBody {
  readonly fields: JsonFields
  readonly facts: RequestFacts
  /** Left out where it is none. */
  readonly form?: Form
}

const NO_MEMBERS: JsonFields['members'] = new Map()
const MAX_MODEL = 200
const FILE_ID = /^[\w.-]{1,200}$/
/** What lists take: names, ids and numbers. */
const QUERY = /^\?[\w.~%&=+-]{1,1000}$/

/** Null for a route of a dialect, or of the gateway itself. */
export function plainAskOf({ route, id }: RouteMatch, headers: RequestHeaders, url: string): PlainAsk | null {
  const row = isPlainName(route.name) ? plainRoutes.find((each) => each === route) : undefined
  if (row === undefined) return null
  const { name, method, rest = '', isContent = false } = row
  const contentType = contentTypeOf(headers)
  const isForm = name === 'image_edits' && (contentType ?? '').toLowerCase().startsWith('multipart/')
  return {
    spec: plainSpec(isForm ? 'image_forms' : name),
    method,
    rest: rest.replace('{id}', encodeURIComponent(id ?? '')) + queryOf(name, url),
    fileId: id,
    isContent,
    contentType,
  }
}

/** Only lists of files have one that means something to an upstream. */
function queryOf(name: string, url: string): string {
  const at = url.indexOf('?')
  const query = name !== 'files' || at < 0 ? '' : url.slice(at)
  return QUERY.test(query) && !query.includes('-weir-') ? query : ''
}

function contentTypeOf({ passing }: RequestHeaders): string | null {
  let found: string | null = null
  for (let i = 0; i < passing.length; i += 2) {
    if ((passing[i] ?? '').toLowerCase() !== 'content-type') continue
    // Of two, the upstream might believe the other one.
    if (found !== null) throw new AppError('invalid_request', 'The request has two content types.')
    found = passing[i + 1] ?? ''
  }
  return found
}

/** What tells it from others in routing and health. */
export function familyOf({ dialect, plain }: { readonly dialect: Dialect; readonly plain?: PlainAsk }): RouteFamily {
  return plain === undefined ? dialect : plain.spec.name
}

/** Whether another upstream may be asked after one that may have begun it. */
export function canRepeat({ spec, method }: PlainAsk): boolean {
  return spec.canRepeat || method !== 'POST'
}

/** A file that is named by a path must look like one: it becomes part of another path. */
export function isFileId(id: string): boolean {
  return FILE_ID.test(id)
}

/** @throws AppError `invalid_json`, `invalid_request`. `enforced` stands in where a model is to be named and is not. */
export function readPlain({ spec, contentType }: PlainAsk, body: Buffer, enforced: string | null): PlainBody {
  if (spec.body === 'opaque') {
    return { fields: unread(body), facts: factsOf(spec.model ?? spec.name, { modelIs: 'none' }) }
  }
  if (spec.body === 'form') return readPlainForm(spec, body, { contentType, enforced })
  const fields = readJsonFields(body)
  if (spec.input === 'text') return { fields, facts: readRequest('responses', fields, enforced) }
  const facts = readRequest('embeddings', fields, enforced)
  return { fields, facts: { ...facts, stream: fieldValue(fields, 'stream') === true } }
}

function readPlainForm(
  spec: PlainSpec,
  body: Buffer,
  { contentType, enforced }: { readonly contentType: string | null; readonly enforced: string | null },
): PlainBody {
  const boundary = boundaryOf(contentType)
  if (boundary === null) {
    throw new AppError('invalid_request', 'The body must be a form: content-type multipart/form-data.')
  }
  const parts = readForm(body, boundary)
  const named = textPart(body, parts, { name: 'model', maxBytes: MAX_MODEL })?.text
  const stream = textPart(body, parts, { name: 'stream', maxBytes: 100 })?.text === 'true'
  const isFixed = (named ?? '') === '' && spec.model !== null
  const model = isFixed ? (spec.model ?? '') : checkedModel(named ?? enforced)
  const facts = factsOf(model, { stream, ...(isFixed ? { modelIs: 'fixed' as const } : {}) })
  return { fields: unread(body), facts, form: { boundary, parts } }
}

/** No JSON, so it has no members. */
function unread(bytes: Buffer): JsonFields {
  return { bytes, members: NO_MEMBERS }
}

function factsOf(model: string, more: Partial<RequestFacts>): RequestFacts {
  const none = { effort: null, serviceTier: null, maxOutput: 0, asksUsage: false, hasWorkspaceMetadata: false }
  return { model, stream: false, ...none, ...more }
}

type Changes = Pick<FieldChanges, 'effort' | 'serviceTier' | 'dropWorkspaceMetadata'> & { readonly model: string }

/** The body as it is sent: every byte that policy does not change as the client wrote it. Null for none. */
export function plainBody(ask: PlainAsk, { fields, facts, form }: PlainBody, changes: Changes): Buffer | null {
  const { bytes } = fields
  if (bytes.length === 0) return null
  if (ask.spec.body === 'json') {
    const dialect = ask.spec.input === 'text' ? 'responses' : 'embeddings'
    return editFields(fields, editsFor(dialect, fields, facts, { ...changes, addUsage: false }))
  }
  if (form === undefined || facts.modelIs !== undefined) return bytes
  const named = form.parts.find(({ name }) => name === 'model')
  if (named === undefined) return withField(bytes, form.boundary, { name: 'model', text: changes.model })
  return changes.model === facts.model ? bytes : withText(bytes, named, changes.model)
}
