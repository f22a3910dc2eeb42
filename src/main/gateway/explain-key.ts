/** The steps before a request is read: whether the gateway takes it, whose key it is, and whether that may be used. */
import type { DoctorFact } from '../../shared/models/doctor.ts'
import { isLoopback } from '../../shared/loopback.ts'
import { findKey, type Opened } from './admit.ts'
import { accountingRefusal, busyRefusal } from './door.ts'
import type { ExplainWorld, Finding, Hypothesis } from './explain-world.ts'
import { attempted, count, fact, passed, refused, skipped, type Fix } from './explain-step.ts'
import { explainToken } from './explain-token.ts'
import { KEY_CHECKS, type KeyCheckId, type KeyQuestion } from './key-checks.ts'
import { isToken } from './pool-key.ts'
import type { KeyRecord, PoolRecord, TokenRecord } from './ports.ts'

export interface OpenedKey {
  readonly findings: readonly Finding[]
  readonly key: KeyRecord | null
  readonly token: TokenRecord | null
  readonly pool: PoolRecord | undefined
}

export function explainKey(world: ExplainWorld, asked: Hypothesis, at: number): OpenedKey {
  const door = explainDoor(world)
  const { finding, opened } = explainCredential(world, asked, at)
  const key = opened?.key ?? asked.key
  const token = opened === null ? asked.token : opened.token
  const ofToken = token === null ? [] : explainToken(token, asked.address, at)
  if (key === null) {
    const rest = KEY_CHECKS.map(({ id }) => skipped(id, 'Not looked at: no key is known.'))
    return { findings: [door, finding, ...rest], key, token, pool: undefined }
  }
  const pool = world.directory.pool(key.poolId)
  const question = { key, pool, address: asked.address, at }
  const checks = KEY_CHECKS.map(({ id, refusal }) => {
    const found = refusal(question)
    return found === null ? passedCheck(id, question, world) : refused(id, found, fixFor(id, question))
  })
  return { findings: [door, finding, ...ofToken, ...checks], key, token, pool }
}

function explainDoor({ door, directory: { settings } }: ExplainWorld): Finding {
  const facts = [
    fact('Running requests', `${count(door.inFlight)} of ${count(settings['gateway.maxConcurrentRequests'])} at most`),
  ]
  const busy = busyRefusal(door.inFlight, settings)
  if (busy !== null) {
    const text = 'Wait until requests end, or raise the setting gateway.maxConcurrentRequests.'
    return refused('gateway', busy, { text, path: '/settings?q=gateway.maxConcurrentRequests' }, facts)
  }
  const closed = accountingRefusal(door.failure)
  if (closed !== null) {
    const text = 'Free space on the disk of the data directory; the gateway goes on by itself.'
    return refused('gateway', closed, { text, path: '/settings?tab=data' }, facts)
  }
  if (door.isListening) return passed('gateway', { summary: 'It takes requests.', facts })
  const fix = { text: 'Start Weir.', path: null }
  return passed('gateway', { summary: 'It is not listening now: no request can come.', facts, fix }, 'warning')
}

interface Credential {
  readonly finding: Finding
  readonly opened: Opened | null
}

function explainCredential({ directory }: ExplainWorld, asked: Hypothesis, at: number): Credential {
  const { secret, key } = asked
  if (secret === null) {
    const summary = key === null ? 'Neither a key nor a secret is given.' : 'No secret is given: it is taken as right.'
    return { finding: skipped('credential', summary), opened: null }
  }
  const { value, refusal } = attempted(() => findKey(directory, secret, at))
  if (refusal !== null) {
    const text = isToken(secret)
      ? 'Copy the token again, whole; if it is lost, make a new one.'
      : 'Copy the key again, whole; if it is lost, rotate it.'
    const fix = { text, path: key && `/keys/${key.id}` }
    return { finding: refused('credential', refusal, fix), opened: null }
  }
  const opened = fact('Opens the key', value.key.prefix)
  if (value.token !== null) return ofToken(value, value.token, asked)
  if (key !== null && key.id !== value.key.id) {
    const told = { summary: `This is the secret of another key: all that follows is of ${value.key.prefix}.` }
    return { finding: passed('credential', { ...told, facts: [opened] }, 'warning'), opened: value }
  }
  if (value.graceUntil === null) {
    return { finding: passed('credential', { summary: 'The secret is right.', facts: [opened] }), opened: value }
  }
  const told = {
    summary: 'This is the secret before the last rotation, in its grace.',
    facts: [opened, fact('Opens', 'until', { at: value.graceUntil })],
    fix: { text: 'Give the client the new secret before the grace ends.', path: `/keys/${value.key.id}` },
  }
  return { finding: passed('credential', told, 'warning'), opened: value }
}

function ofToken(value: Opened, token: TokenRecord, asked: Hypothesis): Credential {
  const facts = [fact('Token', token.prefix), fact('Lent by the key', value.key.prefix)]
  const isOther =
    asked.token === null ? asked.key !== null && asked.key.id !== value.key.id : asked.token.id !== token.id
  if (!isOther) return { finding: passed('credential', { summary: 'The token is right.', facts }), opened: value }
  const told = { summary: `This is another token: all that follows is of ${token.prefix}.`, facts }
  return { finding: passed('credential', told, 'warning'), opened: value }
}

function passedCheck(id: KeyCheckId, { key, address, pool }: KeyQuestion, { door }: ExplainWorld): Finding {
  switch (id) {
    case 'revoked':
      return passed(id, { summary: 'It was not revoked.' })
    case 'paused':
      return passed(id, { summary: 'It is not paused.' })
    case 'expiry':
      return key.expiresAt === null
        ? passed(id, { summary: 'It never expires.' })
        : passed(id, { summary: 'It has not expired.', facts: [fact('Expires', '', { at: key.expiresAt })] })
    case 'pool':
      return passed(id, { summary: 'Its Pool is active.', facts: [fact('Pool', pool?.name ?? '')] })
    case 'address':
      return passedAddress(key, address, door)
  }
}

function passedAddress(key: KeyRecord, address: string, door: ExplainWorld['door']): Finding {
  const facts: DoctorFact[] = [fact('Address', address)]
  if (door.isListening && !door.isExposed && !isLoopback(address)) {
    const summary = 'The key may be used from there, but the gateway is open to this machine only.'
    const fix = { text: 'Share the gateway on the network.', path: '/settings?tab=sharing' }
    return passed('address', { summary, facts, fix }, 'warning')
  }
  const summary = key.isIpAllowed === null ? 'The key may be used from everywhere.' : 'Its allowlist has the address.'
  return passed('address', { summary, facts })
}

function fixFor(id: KeyCheckId, { key, address }: KeyQuestion): Fix {
  const { poolId } = key
  switch (id) {
    case 'revoked':
      return { text: 'Create a new key: a revoked one stays refused.', path: `/keys/new?pool=${poolId}` }
    case 'paused':
      return { text: 'Resume the key.', path: `/keys/${key.id}` }
    case 'expiry':
      return { text: 'Give the key a later expiry.', path: `/keys/${key.id}/edit` }
    case 'pool':
      return { text: 'Enable the Pool, or use a key of another one.', path: `/pools/${poolId}` }
    case 'address':
      return { text: `Add ${address} to the addresses of the key.`, path: `/keys/${key.id}/edit` }
  }
}
