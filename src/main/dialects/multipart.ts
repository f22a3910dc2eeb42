/**
 * Finds the fields of a form (`multipart/form-data`, RFC 7578) without building it, and replaces or reads single ones. As
 * policy is decided on what is read here, a form that two parsers could read differently is refused: a field given
 * twice, a name with escapes, a line that only begins as the border does. Names of files are skipped, never kept.
 */
import { AppError } from '../../shared/errors.ts'

export interface FormPart {
  readonly name: string
  readonly isFile: boolean
  /** Of its content, in the body. */
  readonly start: number
  readonly end: number
}

export interface Form {
  readonly boundary: string
  readonly parts: readonly FormPart[]
}

const MAX_PARTS = 1_000
const MAX_HEAD_BYTES = 16_384
const MAX_BOUNDARY = 70
const HEAD_END = Buffer.from('\r\n\r\n')
const LINE_END = '\r\n'

function invalid(reason: string): AppError {
  return new AppError('invalid_request', `The form is not valid: ${reason}.`)
}

/** `;name=value` or `;name="value"`, one after the other, up to the end. Null where something else stands there. */
function parametersOf(text: string): [string, string][] | null {
  const found: [string, string][] = []
  const parameter = /[ \t]*;[ \t]*([\w!#$%&'*+.^`|~-]+)=(?:"([^"\r\n]*)"|([^\s;"]+))/y
  while (parameter.lastIndex < text.trimEnd().length) {
    const [, name = '', quoted, bare = ''] = parameter.exec(text) ?? []
    if (name === '') return null
    found.push([name.toLowerCase(), quoted ?? bare])
  }
  return found
}

/** What separates the parts; null for a body that is no form. @throws AppError `invalid_request`. */
export function boundaryOf(contentType: string | null): string | null {
  const [type, rest] = cut(contentType ?? '', ';')
  if (type.trim().toLowerCase() !== 'multipart/form-data') return null
  const given = (parametersOf(rest) ?? []).filter(([name]) => name === 'boundary')
  const [only] = given
  const boundary = only?.[1] ?? ''
  if (given.length !== 1 || boundary === '' || boundary.length > MAX_BOUNDARY) {
    throw invalid('its content type names no boundary, or more than one')
  }
  return boundary
}

/** Text up to `mark`, and from there on. */
function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)]
}

interface Head {
  readonly name: string
  readonly isFile: boolean
}

function readHead(lines: readonly string[]): Head {
  let head: Head | null = null
  for (const line of lines) {
    const [field, value] = cut(line, ':')
    const lower = field.toLowerCase()
    if (value === '' || field.trim() !== field || /[\r\n]/.test(line)) throw invalid('the head of a part is broken')
    if (lower === 'content-transfer-encoding') throw invalid('a part is encoded once more')
    if (lower !== 'content-disposition') continue
    if (head !== null) throw invalid('a part has two names')
    head = readDisposition(value.slice(1))
  }
  if (head === null) throw invalid('a part has no name')
  return head
}

function readDisposition(text: string): Head {
  const [type, rest] = cut(text, ';')
  const parameters = parametersOf(rest)
  if (type.trim().toLowerCase() !== 'form-data' || parameters === null) throw invalid('a part has no readable name')
  const names = parameters.filter(([key]) => key === 'name' || key === 'name*')
  const [only] = names
  const name = only?.[1]
  if (name === undefined || names.length > 1 || only?.[0] !== 'name' || /[\\%]/.test(name)) {
    throw invalid('a part has no readable name')
  }
  return { name, isFile: parameters.some(([key]) => key === 'filename' || key === 'filename*') }
}

/** Every part, in order. @throws AppError `invalid_request`, without quoting the form. */
export function readForm(body: Buffer, boundary: string): FormPart[] {
  const first = Buffer.from(`--${boundary}`, 'latin1')
  const border = Buffer.from(`${LINE_END}--${boundary}`, 'latin1')
  if (!body.subarray(0, first.length).equals(first)) throw invalid('it does not begin with its boundary')
  const parts: FormPart[] = []
  let at = first.length
  while (!isLast(body, at)) {
    if (body.toString('latin1', at, at + 2) !== LINE_END) throw invalid('a boundary is followed by something else')
    if (parts.length === MAX_PARTS) throw invalid(`it has more than ${MAX_PARTS} parts`)
    const headEnd = body.indexOf(HEAD_END, at)
    if (headEnd < 0 || headEnd - at > MAX_HEAD_BYTES) throw invalid('the head of a part does not end')
    const lines = body.toString('utf8', at + 2, headEnd).split(LINE_END)
    const start = headEnd + HEAD_END.length
    const end = body.indexOf(border, start)
    if (end < 0) throw invalid('it ends in the middle')
    parts.push({ ...readHead(lines), start, end })
    at = end + border.length
  }
  return parts
}

/** What follows the last border does not belong to the form; only a line end may. */
function isLast(body: Buffer, at: number): boolean {
  if (body.toString('latin1', at, at + 2) !== '--') return false
  if (body.toString('latin1', at + 2, at + 5).trim() !== '' || body.length > at + 4) {
    throw invalid('something follows its end')
  }
  return true
}

/** The part of this name, which is a text of at most `maxBytes`; undefined where there is none. */
export function textPart(
  body: Buffer,
  parts: readonly FormPart[],
  { name, maxBytes }: { readonly name: string; readonly maxBytes: number },
): { readonly text: string; readonly part: FormPart } | undefined {
  const [part, second] = parts.filter((each) => each.name === name)
  if (part === undefined) return undefined
  const details = { details: { field: name } }
  if (second !== undefined) throw new AppError('invalid_request', `The field "${name}" is given twice.`, details)
  if (part.isFile || part.end - part.start > maxBytes) {
    throw new AppError('invalid_request', `The field "${name}" must be a short text.`, details)
  }
  return { text: body.toString('utf8', part.start, part.end), part }
}

/** The form with another text in a part; every other byte as it was. */
export function withText(body: Buffer, { start, end }: FormPart, text: string): Buffer {
  return Buffer.concat([body.subarray(0, start), Buffer.from(text), body.subarray(end)])
}

/** The form with one more field in front of the others. */
export function withField(
  body: Buffer,
  boundary: string,
  { name, text }: { readonly name: string; readonly text: string },
): Buffer {
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n`
  return Buffer.concat([Buffer.from(`${head}${text}\r\n`), body])
}
