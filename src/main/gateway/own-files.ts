/**
 * Which files are whose. An account's files are those of everybody who uploaded through it, so a key is shown its own and
 * nobody else's: those whose ids it was given here, for as long as they are remembered.
 */
import { AppError } from '../../shared/errors.ts'
import { isObject, type JsonObject } from '../dialects/json.ts'
import type { Affinity } from './affinity.ts'
import type { AnswerReader } from './answer.ts'
import { isFileId, type PlainAsk } from './plain.ts'
import type { KeyRecord } from './ports.ts'

export type FileOwners = Pick<Affinity, 'own' | 'ownerOf'>

interface FileRequest {
  readonly key: Pick<KeyRecord, 'id' | 'prefix'>
  readonly plain?: PlainAsk | undefined
}

/** @throws AppError `file_not_found` where the request names a file that the key did not upload, as far as is known. */
export function checkFile(owners: FileOwners, { key, plain }: FileRequest): void {
  const id = plain?.fileId ?? null
  if (id === null) return
  const owner = isFileId(id) ? owners.ownerOf('file', { keyId: key.id, id }) : null
  if (owner !== null) return
  throw new AppError('file_not_found', `The key ${key.prefix} has no such file here.`, { details: { key: key.prefix } })
}

/** What is to be read of an answer about files; null where it passes unread. */
export function fileReader(owners: FileOwners, request: FileRequest, upstreamId: string): AnswerReader | null {
  const { plain, key } = request
  if (plain === undefined || plain.spec.body !== 'opaque' || plain.fileId !== null) return null
  const isOwn = (file: unknown): boolean =>
    isObject(file) &&
    typeof file['id'] === 'string' &&
    owners.ownerOf('file', { keyId: key.id, id: file['id'] }) !== null
  if (plain.method === 'GET') return (list) => ownPart(list, isOwn)
  return (made) => {
    const id = made['file_id'] ?? made['id']
    if (typeof id === 'string') owners.own('file', { keyId: key.id, id }, upstreamId)
    return null
  }
}

/** Its ends are named once more beside it. */
function ownPart(list: JsonObject, isOwn: (file: unknown) => boolean): JsonObject {
  const { data, first_id: _first, last_id: _last, ...rest } = list
  const own: unknown[] = Array.isArray(data) ? data.filter(isOwn) : []
  const idOf = (file: unknown): unknown => (isObject(file) ? file['id'] : undefined)
  return { ...rest, data: own, first_id: idOf(own[0]) ?? null, last_id: idOf(own.at(-1)) ?? null }
}
