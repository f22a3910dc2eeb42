/** Explains a request that nobody sent: finds the key by what an operator calls it, and asks the gateway's own code. */
import { AppError } from '../../shared/errors.ts'
import { DEFAULT_INPUT_TOKENS, type DoctorQuestion, type DoctorReport } from '../../shared/models/doctor.ts'
import { findKey } from '../db/api-key-store.ts'
import { findToken } from '../db/ephemeral-token-store.ts'
import type { Db } from '../db/database.ts'
import type { Directory } from '../gateway/directory.ts'
import { diagnose } from '../gateway/explain.ts'
import type { Door, ExplainWorld } from '../gateway/explain-world.ts'
import type { Limiter } from '../gateway/limiter.ts'
import { BYTES_PER_TOKEN } from '../gateway/permit.ts'
import { isToken, poolKeyPrefix, publicIdOf, tokenPrefix } from '../gateway/pool-key.ts'
import type { KeyRecord, TokenRecord } from '../gateway/ports.ts'
import type { SystemPort } from './operations.ts'
import { found } from './record-id.ts'

export interface DoctorService {
  /** @throws AppError `not_found` for an unknown key, `invalid_input` where neither a key nor a secret is given. */
  doctor(question: DoctorQuestion): Promise<DoctorReport>
}

type GatewayState = Omit<ReturnType<SystemPort['status']>['gateway'], 'url'>

export interface DoctorDeps extends Pick<
  ExplainWorld,
  'health' | 'ledger' | 'prices' | 'traffic' | 'quota' | 'affinity'
> {
  readonly db: Db
  readonly directory: Directory
  readonly limiter: Pick<Limiter, 'quote' | 'assume' | 'refine'>
  readonly system: { status(): { readonly gateway: GatewayState } }
  readonly now: () => number
}

/** Equals are told in the order that is the most likely one: by weight. */
const MIDDLE_DRAW = 0.5

export function createDoctorService(deps: DoctorDeps): DoctorService {
  const { db, directory } = deps

  function recordOf(text: string): KeyRecord {
    const publicId = publicIdOf(text)
    const isPrefix = poolKeyPrefix(publicId) === text
    const known = isPrefix ? publicId : (findKey(db, text)?.publicId ?? '')
    return found(directory.keyByPublicId(known), 'key')
  }

  /** Null where the text names a key. */
  function tokenOf(text: string): TokenRecord | null {
    const publicId = publicIdOf(text)
    const isPrefix = isToken(text) && tokenPrefix(publicId) === text
    if (!isPrefix && !text.startsWith('tok_')) return null
    return found(directory.tokenByPublicId(isPrefix ? publicId : (findToken(db, text)?.publicId ?? '')), 'tok')
  }

  function keyOf({ keyPublicId }: TokenRecord): KeyRecord {
    return found(directory.keyByPublicId(keyPublicId), 'key')
  }

  function doorNow(): Door {
    const { gateway } = deps.system.status()
    return {
      isListening: gateway.listening,
      isExposed: gateway.exposed,
      inFlight: gateway.requestsInFlight,
      failure: gateway.accountingError,
    }
  }

  return {
    async doctor(question) {
      const {
        key,
        secret = null,
        inputTokens,
        inputBytes,
        route,
        outputTokens,
        serviceTier,
        session,
        ...asked
      } = question
      if (key === undefined && secret === null) {
        throw new AppError('invalid_input', 'Name a key by its id or prefix, or give its secret.')
      }
      const guess = inputBytes === undefined ? DEFAULT_INPUT_TOKENS : Math.ceil(inputBytes / BYTES_PER_TOKEN)
      const world = { ...deps, clock: deps.now, random: () => MIDDLE_DRAW, door: doorNow() }
      const token = key === undefined ? null : tokenOf(key)
      const told = await diagnose(world, {
        ...asked,
        key: token !== null ? keyOf(token) : key === undefined ? null : recordOf(key),
        token,
        secret,
        dialect: route,
        inputTokens: inputTokens ?? guess,
        inputBytes: inputBytes ?? null,
        outputTokens: outputTokens ?? null,
        serviceTier: serviceTier ?? null,
        session: session ?? null,
      })
      const { steps, passes, answer, sent } = told
      const named = told.key && nameOf(told.key, findKey(db, told.key.id))
      const lent = told.token && nameOf(told.token, findToken(db, told.token.id))
      return { at: deps.now(), key: named, token: lent, steps, passes, answer, sent }
    },
  }
}

function nameOf({ id, prefix }: KeyRecord | TokenRecord, stored: { readonly name: string } | undefined) {
  return { id, prefix, name: stored?.name ?? null }
}
