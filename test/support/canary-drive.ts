/**
 * Uses everything of a running Weir that could carry something secret away: each kind of answer and failure of an
 * upstream, refusals, aborts, every route of the operator's contract, the `weir` command, the event stream. What comes back
 * is kept for a search.
 */
import { request } from 'node:http'
import { contract, type Route } from '../../src/shared/contract.ts'
import type { Call } from '../../src/main/host/headless/call.ts'
import type { Canaries } from './canaries.ts'
import { useAccounts } from './canary-accounts.ts'
import { useOperations } from './canary-operations.ts'
import { useLimitRoutes } from './limit-routes.ts'
import { usePlain } from './canary-plain.ts'
import { useTokens } from './canary-tokens.ts'
import { useViews } from './canary-views.ts'
import { ACT_HEADER, actNames, type LeakyUpstream } from './leaky-upstream.ts'
import { signIn } from './rpc-client.ts'
import { weir } from './weir-process.ts'

export interface Planted extends Canaries {
  readonly prompt: string
  readonly apiKey: string
  readonly headerValue: string
  readonly proxyPassword: string
  readonly turnMetadata: string
  readonly cookie: string
  readonly userAgent: string
  readonly query: string
  readonly foreignKey: string
  readonly fieldName: string
  readonly wrongSecret: string
}

export interface Driven {
  /** What operators were answered: rpc, events, the command's output. */
  readonly told: readonly string[]
  /** What clients were answered by the gateway. */
  readonly answered: readonly string[]
  /** Credentials that this run made: they may be found nowhere either. */
  readonly made: Canaries
  readonly routes: ReadonlySet<Route>
}

interface Place {
  readonly dataDir: string
  readonly baseUrl: string
  readonly adminUrl: string
  /** A forward proxy that wants `user:<proxyPassword>`. */
  readonly proxyUrl: string
  readonly upstream: LeakyUpstream
  readonly planted: Planted
}

const MODEL = 'leaky'
const showsKey = new Set<Route>(['key.create', 'key.rotate', 'key.duplicate', 'token.create'])

export async function drive(place: Place): Promise<Driven> {
  const told: string[] = []
  const answered: string[] = []
  const routes = new Set<Route>()
  const operator = await signIn(place.adminUrl, (text) => told.push(text))
  // Making a key shows it once: these answers are the only ones that may hold it.
  const quiet = await signIn((await operator.call('system.signInLink', {})).url ?? '')
  const events = await operator.listen()
  const made: Record<string, string> = {
    signInToken: new URL(place.adminUrl).searchParams.get('token') ?? '',
    session: operator.cookie.slice(operator.cookie.indexOf('=') + 1),
  }
  const call: Call = (route, input) => {
    routes.add(route)
    return (showsKey.has(route) ? quiet : operator).call(route, input)
  }

  const ids = await setUp(call, place)
  const { key, secret: first } = await call('key.create', { poolId: ids.poolId, name: 'canary' })
  made['rotatedKey'] = first
  await useGateway(place, first, answered)
  const { secret } = await call('key.rotate', { id: key.id, graceMs: 3_600_000 })
  made['poolKey'] = secret
  await useGateway(place, secret, answered)
  await useInGrace(place, first, answered)
  await call('key.endGrace', { id: key.id })
  await call('key.doctor', { secret, model: 'sim-chat' })
  await refuseClients(place, made, answered)
  const { baseUrl, planted } = place
  const tokensOf = { call, keyId: key.id, poolKey: secret, baseUrl, query: planted.query }
  await usePlain({ ...planted, baseUrl, key: secret, model: MODEL }, answered)
  Object.assign(made, await useTokens({ ...tokensOf, ask: (sending) => send(place, sending) }, answered))
  await makeChanges(call, place, ids, key.id)
  await makeMistakes(operator.send, place, ids, secret)
  await useCommand(place, told)
  await readEverything(call, ids, key.id)
  const download = async (path: string) => {
    const file = await fetch(`${operator.origin}${path}`, { headers: { cookie: operator.cookie } })
    told.push(await file.text())
    if (!file.ok) throw new Error(`the export could not be fetched (status ${file.status})`)
  }
  const { apiKey } = place.planted
  Object.assign(made, await useViews({ call, ...ids, keyId: key.id, secret: { apiKey }, download }))
  Object.assign(made, await useAccounts(call))
  await tearDown(call, ids)
  await useOperations(call)
  await events.until((text) => text.includes('request.settled') && text.includes('key.changed'))
  told.push(events.text)
  events.close()
  return { told, answered, made, routes }
}

interface Ids {
  readonly poolId: string
  readonly upstreamId: string
  readonly proxiedId: string
}

function secretOf({ apiKey, headerValue, proxyPassword }: Planted) {
  return { apiKey, headers: { 'X-Account': headerValue }, proxyCredentials: `user:${proxyPassword}` }
}

async function setUp(call: Call, place: Place): Promise<Ids> {
  const { upstream, planted } = place
  const secret = secretOf(planted)
  const common = { baseUrl: upstream.url, manualModels: [MODEL], secret }
  const kind = 'openai-compatible'
  const direct = await call('upstream.create', { ...common, kind, name: 'Direct' })
  const proxied = await call('upstream.create', { ...common, kind, name: 'Proxied', proxyUrl: place.proxyUrl })
  // A failure with nothing to wait for: the next act must reach the upstream again.
  await call('settings.update', { patch: { 'routing.cooldownMs': 0 } })
  const pool = await call('pool.create', { name: 'Canaries', assignments: [{ upstreamId: direct.id }] })
  return { poolId: pool.id, upstreamId: direct.id, proxiedId: proxied.id }
}

interface Sending {
  readonly key: string
  /** Below the base URL; a request without a path asks for a completion. */
  readonly get?: string
  readonly act?: string
  readonly body?: string
}

/** One request with something to hide in every place. Resolves with what came, however it ended. */
function send(place: Place, { key, get, act = 'answer', body }: Sending): Promise<string> {
  const { planted, baseUrl } = place
  const { prompt } = planted
  const named = { user: prompt, prompt_cache_key: prompt }
  const question = { model: MODEL, stream: act === 'stream', ...named, messages: [] as unknown[] }
  question.messages.push({ role: 'user', content: prompt })
  return new Promise((resolve) => {
    const parts: string[] = []
    const done = (): void => resolve(parts.join(''))
    const outgoing = request(`${baseUrl}${get ?? '/chat/completions'}?trace=${planted.query}&key=${key}`, {
      method: get === undefined ? 'POST' : 'GET',
      agent: false,
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        cookie: `session=${planted.cookie}`,
        'user-agent': `agent/1 ${planted.userAgent}`,
        'x-codex-turn-metadata': JSON.stringify({ cwd: planted.turnMetadata }),
        'x-unknown': planted.userAgent,
        [ACT_HEADER]: act,
      },
    })
    outgoing.once('error', done)
    outgoing.once('close', done)
    outgoing.once('response', (response) => {
      parts.push(`${response.statusCode} ${response.rawHeaders.join(' ')}\n`)
      response.on('error', done)
      response.on('data', (chunk: Buffer) => {
        parts.push(chunk.toString('utf8'))
        if (act === 'hangs') outgoing.destroy()
      })
    })
    if (get === undefined) outgoing.end(body ?? JSON.stringify(question))
    else outgoing.end()
  })
}

async function useGateway(place: Place, key: string, answered: string[]): Promise<void> {
  for (const act of actNames) {
    answered.push(await send(place, { key, act }))
    if (act === 'refuses_account') await resume(place)
  }
}

/** The old secret opens still: every form of it that Weir keeps is looked for later. */
async function useInGrace(place: Place, key: string, answered: string[]): Promise<void> {
  for (const sending of [{ key }, { key, act: 'stream' }, { key, get: '/models' }, { key, body: '{"model":"none"' }]) {
    const answer = await send(place, sending)
    if (!answer.includes('x-weir-key-rotated')) throw new Error(`an answer does not tell of the rotation: ${answer}`)
    answered.push(answer)
  }
}

/** A refused credential takes the upstream out of service; the operator puts it back. */
async function resume({ dataDir }: Place): Promise<void> {
  const done = await weir(dataDir, ['upstream', 'resume', 'Direct'])
  if (done.code !== 0) throw new Error(`the upstream could not be resumed: ${done.stderr}`)
}

async function refuseClients(place: Place, made: Record<string, string>, answered: string[]): Promise<void> {
  const { planted } = place
  const { poolKey = '', rotatedKey = '' } = made
  const mistyped = `${poolKey.slice(0, -1)}${poolKey.endsWith('a') ? 'b' : 'a'}`
  made['mistypedKey'] = mistyped
  for (const key of [planted.foreignKey, rotatedKey, mistyped, '']) answered.push(await send(place, { key }))
  const bodies = [
    `{"model":"${MODEL}","${planted.fieldName}":1,"${planted.fieldName}":2}`,
    `{"model":"${MODEL}","messages":"${planted.prompt}`,
    planted.prompt,
    JSON.stringify({ messages: planted.prompt }),
    JSON.stringify({ model: [planted.prompt] }),
  ]
  for (const body of bodies) await send(place, { key: poolKey, body })
  const paths = ['/models', '/models/leaky', '/usage', '/responses', `/${planted.query}`]
  for (const key of [poolKey, planted.foreignKey]) {
    for (const get of paths) answered.push(await send(place, { key, get }))
  }
}

async function makeChanges(call: Call, place: Place, ids: Ids, keyId: string): Promise<void> {
  const { upstream, planted } = place
  const secret = secretOf(planted)
  await call('upstream.test', { id: ids.upstreamId })
  await call('upstream.test', { id: ids.proxiedId })
  await call('upstream.setSecret', { id: ids.proxiedId, secret: { ...secret, proxyCredentials: planted.wrongSecret } })
  await call('upstream.test', { id: ids.proxiedId })
  upstream.modelListFails.value = true
  await call('upstream.refreshModels', { id: ids.upstreamId })
  const draft = { kind: 'openai-compatible', name: 'Draft', baseUrl: upstream.url, secret } as const
  await call('upstream.probe', draft)
  upstream.modelListFails.value = false
  await call('upstream.update', { id: ids.upstreamId, patch: { notes: 'changed' } })
  await call('upstream.setSecret', { id: ids.upstreamId, secret })
  await call('upstream.pause', { id: ids.upstreamId })
  await call('upstream.resume', { id: ids.upstreamId })
  await call('pool.update', { id: ids.poolId, patch: { notes: 'changed' } })
  await call('key.update', { id: keyId, patch: { metadata: { team: 'blue' } } })
  await call('key.pause', { id: keyId })
  await call('key.resume', { id: keyId })
}

/** What operators paste into the wrong place, and inputs that fit nothing. */
async function makeMistakes(
  sendCall: (route: string, input: unknown) => Promise<unknown>,
  { planted, upstream }: Place,
  ids: Ids,
  poolKey: string,
): Promise<void> {
  const secret = planted.wrongSecret
  await sendCall('key.get', { id: poolKey })
  await sendCall('key.delete', { id: poolKey, prefix: poolKey })
  await sendCall('key.list', { poolId: secret })
  await sendCall('request.get', { id: secret })
  await sendCall('request.list', { before: secret, state: secret })
  await sendCall('audit.list', { targetId: poolKey, before: secret })
  await sendCall('upstream.setSecret', { id: ids.upstreamId, secret: { apiKey: `${secret} ${secret}` } })
  await sendCall('upstream.setSecret', { id: ids.upstreamId, secret: { headers: { host: secret } } })
  await sendCall('upstream.setSecret', { id: secret, secret: { apiKey: secret } })
  const inUrl = upstream.url.replace('http://', `http://user:${secret}@`)
  await sendCall('upstream.create', { kind: 'openai-compatible', name: 'In the address', baseUrl: inUrl })
  await sendCall('upstream.create', { kind: 'openai', name: 'Short', apiKey: secret, secret: { apiKey: 7 } })
  await sendCall('upstream.create', { kind: 'openai', name: 'Direct', secret: { apiKey: secret } })
  await sendCall('settings.update', { patch: { 'gateway.port': secret } })
  await sendCall(secret, { secret })
}

async function useCommand({ dataDir, planted }: Place, told: string[]): Promise<void> {
  const env = { TEST_HEADER: planted.headerValue, TEST_PROXY: `user:${planted.proxyPassword}` }
  const fromEnv = ['--header-env', 'X-Account=TEST_HEADER', '--proxy-credentials-env', 'TEST_PROXY']
  const commands: { args: readonly string[]; stdin?: string }[] = [
    { args: ['upstream', 'set-secret', 'Direct', '--secret-stdin', ...fromEnv], stdin: `${planted.apiKey}\n` },
    { args: ['upstream', 'set-secret', 'Nobody', '--secret-stdin'], stdin: `${planted.apiKey}\n` },
    { args: ['upstream', 'set-secret', 'Direct', '--secret-stdin'], stdin: `${planted.apiKey} ${planted.apiKey}\n` },
    { args: ['upstream', 'test', 'Direct'] },
    { args: ['upstream', 'list', '--json'] },
    { args: ['pool', 'list', '--json'] },
    { args: ['key', 'list', '--json'] },
    { args: ['logs', '--json'] },
    { args: ['audit', '--json'] },
    { args: ['settings', 'list', '--json'] },
  ]
  for (const { args, stdin = '' } of commands) {
    const { stdout, stderr } = await weir(dataDir, args, { stdin, env })
    told.push(stdout, stderr)
  }
}

async function readEverything(call: Call, ids: Ids, keyId: string): Promise<void> {
  await call('system.status', {})
  await call('system.signInLink', {})
  await call('pool.list', {})
  await call('pool.get', { id: ids.poolId })
  await call('upstream.list', {})
  await call('upstream.get', { id: ids.upstreamId })
  await call('key.list', {})
  await call('key.get', { id: keyId })
  const { rows } = await call('request.list', { limit: 200 })
  for (const { id } of rows) await call('request.get', { id })
  await call('audit.list', { limit: 200 })
  await call('settings.list', {})
  const now = Date.now()
  await useLimitRoutes(call, keyId, now)
  await call('stats.query', { from: now - 3_600_000, to: now + 60_000, stepMinutes: 1, groupBy: 'model' })
}

async function tearDown(call: Call, ids: Ids): Promise<void> {
  const { key } = await call('key.create', { poolId: ids.poolId, name: 'short-lived' })
  await call('key.revoke', { id: key.id })
  await call('key.delete', { id: key.id, prefix: key.prefix })
  const pool = await call('pool.create', { name: 'Short-lived' })
  await call('pool.update', { id: pool.id, patch: { status: 'archived' } })
  await call('pool.delete', { id: pool.id })
  await call('upstream.delete', { id: ids.proxiedId })
}

export const allRoutes = Object.keys(contract) as Route[]
