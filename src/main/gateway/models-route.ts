/** `GET /v1/models`: what this key may use, in one body that both OpenAI's clients and Codex understand. */
import { createHash } from 'node:crypto'
import { AppError } from '../../shared/errors.ts'
import { codexEntry, KNOWN_TO_CODEX, madeEntry } from './codex-entry.ts'
import type { Directory } from './directory.ts'
import { isHidden, offersOf, type Asker, type Offer } from './model-offers.ts'
import type { ServerResponse } from 'node:http'

/** Codex takes no list that is longer. Whatever has no room is left out of Codex's part, which then goes by its name. */
const MAX_BYTES = 1024 * 1024

function openaiModel({ name, facts }: Offer) {
  const base = { id: name, object: 'model', created: 0, owned_by: 'weir' }
  if (facts === null) return base
  const { name: title, contextWindow, maxOutput, inputs, efforts, hasTools } = facts
  return {
    ...base,
    ...(title === null ? {} : { display_name: title }),
    ...(contextWindow === null ? {} : { context_length: contextWindow }),
    ...(maxOutput === null ? {} : { max_output_tokens: maxOutput }),
    ...(inputs.length === 0 ? {} : { input_modalities: inputs }),
    ...(hasTools === null ? {} : { supports_tools: hasTools }),
    ...(efforts.length === 0 ? {} : { supports_reasoning: true, reasoning_efforts: efforts }),
  }
}

/** The provider's own entries first, so that they have room. */
function codexModels(caller: Asker, offers: readonly Offer[], room: number): string[] {
  const own = offers.filter(({ entry }) => entry !== null)
  let left = room
  const fitting: string[] = []
  const add = (text: string): boolean => {
    const size = Buffer.byteLength(text) + 1
    if (size > left) return false
    left -= size
    fitting.push(text)
    return true
  }
  const unfit = own.filter(({ name, entry }) => {
    const mode = entry === null ? undefined : caller.pool.models?.modes?.get(entry.model)
    return entry !== null && !add(codexEntry(name, entry, mode ?? 'auto'))
  })
  const made = [...unfit, ...offers.filter(({ entry }) => entry === null)]
    .filter(({ name }) => !KNOWN_TO_CODEX.test(name))
    .filter((offer) => !isHidden(caller, offer))
  // Behind the provider's: the first of all is what Codex takes by default.
  const behind = own.length === 0 ? 0 : 1_000
  made.forEach((offer, index) => add(madeEntry(offer, behind + index + 1)))
  return fitting
}

/** The whole answer, at most 1 MiB but for lists of more models than any client could show. */
export function modelList(caller: Asker, directory: Directory): Buffer {
  const hidden = caller.pool.models?.hidden
  const offers = offersOf(caller, directory).filter(({ name }) => hidden?.has(name) !== true)
  const listed = offers.filter((offer) => !isHidden(caller, offer))
  const head = `{"object":"list","data":${JSON.stringify(listed.map(openaiModel))},"models":[`
  // Codex hides by itself what its provider hides, and must know it all the same.
  const models = codexModels(caller, offers, MAX_BYTES - Buffer.byteLength(head) - 2)
  return Buffer.from(`${head}${models.join(',')}]}`)
}

/** Weak: two lists that say the same may differ in their bytes from one version of Weir to the next. */
function etagOf(body: Buffer): string {
  return `W/"weir-${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
}

function hasIt(ifNoneMatch: string | undefined, etag: string): boolean {
  const strong = etag.replace('W/', '')
  return (ifNoneMatch ?? '').split(',').some((each) => {
    const tag = each.trim()
    return tag === '*' || tag.replace(/^W\//, '') === strong
  })
}

export function sendModels(response: ServerResponse, caller: Asker, directory: Directory): void {
  const body = modelList(caller, directory)
  const etag = etagOf(body)
  if (hasIt(response.req.headers['if-none-match'], etag)) {
    response.writeHead(304, { etag }).end()
    return
  }
  response.writeHead(200, { etag, 'content-type': 'application/json', 'content-length': body.length })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

/** Also of one that lists leave out: it is asked for by name. @throws AppError `model_not_found` */
export function oneModel(caller: Asker, directory: Directory, id: string) {
  const offer = offersOf(caller, directory).find(({ name }) => name === id)
  if (offer === undefined) {
    throw new AppError('model_not_found', `This key has no model "${id.slice(0, 200)}".`, {
      details: { field: 'model' },
    })
  }
  return openaiModel(offer)
}
