/**
 * Files at the simulator, in memory, as OpenAI's API has them and as ChatGPT has them: there a file is announced, then put
 * to an address that needs no credential, then said to be there.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { boundaryOf, readForm, textPart } from '../../dialects/multipart.ts'
import { CREATED } from './answer.ts'
import { numberOf, textOf } from './json.ts'
import { hashOf } from './random.ts'
import { parseJson, readBytes } from './request-body.ts'
import { SimulatorError } from './simulator-error.ts'

interface StoredFile {
  readonly id: string
  readonly upstreamId: string
  readonly purpose: string
  /** Empty until it was put. */
  bytes: Buffer
  readonly size: number
}

export interface FileRequest {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly upstreamId: string
  readonly path: string
}

export interface SimulatorFiles {
  /** False where the path is none of files. */
  serve(request: FileRequest): Promise<boolean>
  /** The address of an upload says itself that it is allowed: it comes from the client, without a credential. */
  put(req: IncomingMessage, res: ServerResponse): Promise<void>
}

const MAX_FILES = 64
const MAX_KEPT_BYTES = 67_108_864
const UPLOAD = /^\/uploads\/([\w-]+)\/([0-9a-f]{64})$/

/** `secret` signs addresses; `baseUrl` is where they lead. */
export function createSimulatorFiles(secret: string, baseUrl: () => string): SimulatorFiles {
  const files = new Map<string, StoredFile>()
  let made = 0

  function sign(id: string): string {
    return createHmac('sha256', secret).update(id).digest('hex')
  }

  function keep(file: StoredFile): StoredFile {
    files.set(file.id, file)
    for (const [id] of files) {
      const kept = [...files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)
      if (files.size <= MAX_FILES && kept <= MAX_KEPT_BYTES) break
      files.delete(id)
    }
    return file
  }

  function fileOf(upstreamId: string, id: string): StoredFile {
    const file = files.get(id)
    if (file?.upstreamId === upstreamId) return file
    throw new SimulatorError(404, `No such File object: ${id.slice(0, 100)}`, 'id')
  }

  function nextId(upstreamId: string, bytes: Buffer): string {
    return `file-${hashOf(upstreamId, String(made++), bytes.toString('latin1')).slice(0, 24)}`
  }

  async function create({ req, upstreamId }: FileRequest): Promise<StoredFile> {
    const body = await readBytes(req)
    const boundary = boundaryOf(req.headers['content-type'] ?? null)
    const parts = boundary === null ? [] : readForm(body, boundary)
    const part = parts.find(({ name, isFile }) => isFile && name === 'file')
    if (part === undefined) throw new SimulatorError(400, "Missing required parameter: 'file'.", 'file')
    const bytes = body.subarray(part.start, part.end)
    const purpose = textPart(body, parts, { name: 'purpose', maxBytes: 100 })?.text ?? 'user_data'
    return keep({ id: nextId(upstreamId, bytes), upstreamId, purpose, bytes, size: bytes.length })
  }

  async function announce({ req, upstreamId }: FileRequest): Promise<unknown> {
    const body = await readBytes(req)
    const asked = parseJson(body.toString('utf8'))
    const size = numberOf(asked['file_size']) ?? 0
    const purpose = textOf(asked['use_case'])
    const { id } = keep({ id: nextId(upstreamId, body), upstreamId, purpose, bytes: Buffer.alloc(0), size })
    return { status: 'success', file_id: id, upload_url: `${baseUrl()}/uploads/${id}/${sign(id)}` }
  }

  function uploaded({ id, bytes, size }: StoredFile): unknown {
    if (bytes.length < size) return { status: 'retry' }
    const download = `${baseUrl()}/uploads/${id}/${sign(id)}`
    return { status: 'success', download_url: download, file_size_bytes: bytes.length, mime_type: null }
  }

  async function answerTo(request: FileRequest): Promise<unknown> {
    const { req, path, upstreamId } = request
    const [, isNative, id, rest = ''] = /^(\/native)?\/files(?:\/([^/]+)(\/\w+)?)?$/.exec(path) ?? []
    const asked = `${req.method} ${rest}`
    if (isNative !== undefined) {
      if (id === undefined) return announce(request)
      return asked === 'POST /uploaded' ? uploaded(fileOf(upstreamId, id)) : undefined
    }
    if (id === undefined && req.method === 'POST') return shown(await create(request))
    if (asked === 'GET ' && id === undefined)
      return listed([...files.values()].filter((each) => each.upstreamId === upstreamId))
    if (id === undefined) return undefined
    const file = fileOf(upstreamId, id)
    if (asked === 'GET /content') return file.bytes
    if (asked === 'GET ') return shown(file)
    if (asked !== 'DELETE ') return undefined
    files.delete(id)
    return { id, object: 'file', deleted: true }
  }

  return {
    async serve(request) {
      if (!/^(?:\/native)?\/files(?:\/|$)/.test(request.path)) return false
      const answer = await answerTo(request)
      if (answer === undefined) return false
      const { res } = request
      const isContent = Buffer.isBuffer(answer)
      const body = isContent ? answer : Buffer.from(JSON.stringify(answer))
      const type = isContent ? 'application/octet-stream' : 'application/json'
      res.writeHead(200, { 'content-type': type, 'content-length': body.length })
      res.end(body)
      return true
    },
    async put(req, res) {
      const [, id = '', signature = ''] = UPLOAD.exec(req.url ?? '') ?? []
      const file = files.get(id)
      const isSigned = signature.length === 64 && timingSafeEqual(Buffer.from(signature), Buffer.from(sign(id)))
      if (file === undefined || !isSigned) throw new SimulatorError(404, 'There is no such upload.')
      file.bytes = await readBytes(req)
      keep(file)
      res.writeHead(201).end()
    },
  }
}

function shown({ id, size, purpose }: StoredFile): unknown {
  return { id, object: 'file', bytes: size, created_at: CREATED, filename: 'upload', purpose, status: 'processed' }
}

function listed(own: readonly StoredFile[]): unknown {
  const data = own.map(shown)
  return { object: 'list', data, first_id: own[0]?.id ?? null, last_id: own.at(-1)?.id ?? null, has_more: false }
}
