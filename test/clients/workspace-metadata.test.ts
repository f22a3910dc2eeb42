/** What a third party learns of the operator's project when Codex works in a git repository. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCodex, type Codex, type CodexTurn } from './support/codex.ts'
import { keyOfUpstream } from './support/keys.ts'
import { startOutside, type Outside } from './support/outside.ts'
import { runClient, succeeded } from './support/process.ts'
import {
  startRecordingUpstream,
  turnState,
  type RecordingUpstream,
  type UpstreamRequest,
} from './support/recording-upstream.ts'
import { bodyOf } from './support/relay.ts'
import { startWeir, type Weir } from './support/weir.ts'

const remote = 'https://github.com/acme/unannounced-product.git'

let weir: Weir
let outside: Outside
let upstream: RecordingUpstream
let codex: Codex
let apiKey: string

async function git(...args: string[]): Promise<string> {
  const who = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.com']
  const done = await runClient('git', [...who, ...args], { cwd: codex.workDir, env: { HOME: codex.workDir } })
  if (done.code !== 0) throw new Error(`git ${args.join(' ')}: ${done.stderr}`)
  return done.stdout.trim()
}

beforeAll(async () => {
  weir = await startWeir()
  outside = await startOutside()
  upstream = await startRecordingUpstream('rec-model')
  const { baseUrl } = upstream
  apiKey = await keyOfUpstream(weir, {
    kind: 'openai-compatible',
    name: 'third party',
    baseUrl,
    manualModels: ['rec-model'],
  })
  codex = await createCodex({ setup: 'custom', baseUrl: weir.baseUrl, apiKey, env: outside.env })
  await writeFile(join(codex.workDir, 'plan.md'), 'a plan\n')
  await git('init', '--quiet')
  await git('remote', 'add', 'origin', remote)
  await git('add', '.')
  await git('commit', '--quiet', '-m', 'start')
})
beforeEach(() => {
  weir.relay.requests.length = 0
  upstream.requests.length = 0
})
afterAll(async () => {
  await codex?.close()
  await upstream?.close()
  await outside?.close()
  await weir?.close()
})

function reached(): UpstreamRequest[] {
  return upstream.requests.filter((request) => request.path === '/v1/responses')
}

/** A turn with a command in it, so two requests. */
async function turn(): Promise<CodexTurn> {
  const done = succeeded(await codex.turn('rec-model', 'look around'))
  expect(done).toMatchObject({ answer: 'recorded answer', commands: [{ output: 'weir-recorded\n' }] })
  expect(reached()).toHaveLength(2)
  return done
}

describe('workspace metadata of codex', () => {
  it('does not reach a third party', async () => {
    const commit = await git('rev-parse', 'HEAD')
    await turn()
    for (const sent of weir.relay.requests) {
      // What the client sent must hold the secret, or this test would prove nothing.
      expect(sent.headers['x-codex-turn-metadata']).toContain(remote)
      expect(JSON.stringify(bodyOf(sent)['client_metadata'])).toContain(remote)
    }
    for (const { headers, body } of reached()) {
      const { client_metadata: metadata, ...rest } = JSON.parse(body) as Record<string, unknown>
      const seen = JSON.stringify([headers, metadata])
      for (const secret of [remote, commit, codex.workDir]) expect(seen).not.toContain(secret)
      expect(headers['x-codex-turn-metadata']).toBeUndefined()
      expect(JSON.stringify(rest)).not.toContain(remote)
      expect(rest['model']).toBe('rec-model')
    }
  })

  it('reaches it when the operator has switched the protection off', async () => {
    await weir.rpc('settings.update', { patch: { 'privacy.dropWorkspaceMetadata': false } })
    await turn().finally(() => weir.rpc('settings.update', { patch: { 'privacy.dropWorkspaceMetadata': null } }))
    for (const { headers, body } of reached()) {
      expect(headers['x-codex-turn-metadata']).toContain(remote)
      expect(JSON.stringify((JSON.parse(body) as Record<string, unknown>)['client_metadata'])).toContain(remote)
    }
  })

  it('leaves the turn state alone in both directions, and the rest of the body as it was', async () => {
    await turn()
    expect(weir.relay.requests.map((request) => request.answerHeaders['x-codex-turn-state'])).toEqual([
      turnState,
      turnState,
    ])
    expect(reached().map((request) => request.headers['x-codex-turn-state'])).toEqual([undefined, turnState])
    const asSent = weir.relay.requests.map((request) => ({ ...bodyOf(request), client_metadata: undefined }))
    const asReceived = reached().map(({ body }) => ({ ...(JSON.parse(body) as object), client_metadata: undefined }))
    expect(asReceived).toEqual(asSent)
  })

  it('keeps the Pool key from the upstream', async () => {
    await turn()
    expect(JSON.stringify(reached())).not.toContain(apiKey)
    expect(reached().map((request) => request.headers.authorization)).toEqual([undefined, undefined])
  })
})
