/**
 * Sign-ins on their way, in memory: a bounded number, each for ten minutes and for one end. What proves the operator
 * (state, verifier, device code) never leaves this file but to the issuer.
 */
import { createHash, randomBytes } from 'node:crypto'
import { AppError } from '../../../shared/errors.ts'
import type { Actor } from '../../../shared/models/audit.ts'
import type { AccountBegin, AccountFlow } from '../../../shared/models/account.ts'
import type { Upstream } from '../../../shared/models/upstream.ts'
import { randomBase62 } from '../../gateway/pool-key.ts'
import {
  authorizeUrl,
  devicePage,
  exchangeCode,
  requestDeviceCode,
  type Issuer,
  type Proof,
} from '../../providers/chatgpt-oauth.ts'
import type { EventHub } from '../events.ts'
import type { AccountTarget } from './account-links.ts'
import { createCallbackListener } from './callback-listener.ts'
import { CALLBACK_PATH, readCallback, readPastedCallback, type Callback } from './callback-url.ts'
import { pollUntilProved } from './device-poll.ts'
import { isEqual, isOpen, viewOf, type Flow } from './sign-in-flow.ts'
import { signedIn, type SignedIn } from './signed-in.ts'

export interface SignInFlows {
  begin(actor: Actor, input: AccountBegin): Promise<AccountFlow>
  flow(id: string): AccountFlow
  /** @throws AppError `callback_…`, `account_…` */
  complete(id: string, callbackUrl: string): Promise<AccountFlow>
  cancel(id: string): AccountFlow
  close(): Promise<void>
}

export interface SignInFlowDeps {
  /** The issuer for this target, with the way to it. @throws AppError where the target cannot be signed in. */
  readonly serverFor: (input: AccountBegin) => Issuer
  readonly link: (actor: Actor, target: AccountTarget, signIn: () => Promise<SignedIn>) => Promise<Upstream>
  readonly callbackPort: () => number
  readonly events: Pick<EventHub, 'emit'>
  readonly now: () => number
  /** How long a sign-in may take. */
  readonly flowMs?: number
}

const FLOW_MS = 600_000
const MAX_WAITING = 20
/** One that is over can still be looked at, among this many. */
const MAX_KEPT = 100
/** The registered one, for the address that is pasted where the system should have chosen. */
const USUAL_PORT = 1_455

/** What came over the network is told as one thing; its cause stays. */
function unreachable(thrown: unknown): AppError {
  const error = AppError.from(thrown)
  if (!error.code.startsWith('upstream_')) return error
  const cause = error.details?.['cause'] ?? error.code
  const message = `The sign-in server could not be reached (${String(cause)}).`
  return new AppError('account_unreachable', message, { details: { cause: String(cause) } })
}

export function createSignInFlows(deps: SignInFlowDeps): SignInFlows {
  const { events, now, flowMs = FLOW_MS } = deps
  const flows = new Map<string, Flow>()
  const listener = createCallbackListener(heard)

  function get(id: string): Flow {
    const flow = flows.get(id)
    if (flow !== undefined) return flow
    throw new AppError('not_found', 'There is no sign-in with this id, or it ended long ago. Start another.')
  }

  function move(flow: Flow, status: Flow['status'], error: AppError | null = null): void {
    flow.status = status
    flow.error = error
    if (!isOpen(flow)) {
      clearTimeout(flow.timer)
      flow.stop.abort()
      const needsListener = [...flows.values()].some((each) => isOpen(each) && each.listens)
      if (flow.listens && !needsListener) void listener.close()
    }
    events.emit({ type: 'account.changed', id: flow.id })
  }

  function makeRoom(): void {
    if ([...flows.values()].filter(isOpen).length >= MAX_WAITING) {
      throw new AppError('account_flow_limit', `${MAX_WAITING} sign-ins are waiting already.`)
    }
    for (const flow of flows.values()) {
      if (flows.size < MAX_KEPT) return
      if (!isOpen(flow)) flows.delete(flow.id)
    }
  }

  function newFlow(actor: Actor, input: AccountBegin, port: number): Flow {
    const { method, upstreamId = null, name, baseUrl, proxyUrl } = input
    return {
      id: `flow_${randomBase62(16)}`,
      actor,
      method,
      server: deps.serverFor(input),
      target: { upstreamId, name, baseUrl, proxyUrl },
      expiresAt: now() + flowMs,
      stop: new AbortController(),
      state: randomBytes(32).toString('base64url'),
      verifier: randomBytes(64).toString('base64url'),
      redirectUri: `http://localhost:${port}${CALLBACK_PATH}`,
      url: null,
      userCode: null,
      listens: false,
      hint: null,
      status: 'waiting',
      upstreamId,
      error: null,
      timer: undefined,
    }
  }

  function keep(flow: Flow): Flow {
    flows.set(flow.id, flow)
    flow.timer = setTimeout(() => {
      if (flow.status !== 'waiting') return
      move(flow, 'expired', new AppError('account_flow_expired', 'The sign-in was not finished in time.'))
    }, flowMs).unref()
    events.emit({ type: 'account.changed', id: flow.id })
    return flow
  }

  async function beginBrowser(actor: Actor, input: AccountBegin): Promise<Flow> {
    const wanted = deps.callbackPort()
    const { port, problem } = await listener.open(wanted)
    const flow = newFlow(actor, input, port ?? (wanted === 0 ? USUAL_PORT : wanted))
    const challenge = createHash('sha256').update(flow.verifier).digest('base64url')
    const { state, redirectUri } = flow
    flow.url = authorizeUrl(flow.server, { state, challenge, redirectUri })
    flow.listens = port !== null
    flow.hint = problem
    return keep(flow)
  }

  async function beginDevice(actor: Actor, input: AccountBegin): Promise<Flow> {
    const flow = newFlow(actor, input, USUAL_PORT)
    const device = await requestDeviceCode(flow.server, flow.stop.signal).catch((error: unknown) => {
      throw unreachable(error)
    })
    flow.url = devicePage(flow.server)
    flow.userCode = device.userCode
    keep(flow)
    void pollUntilProved(flow.server, device, flow.stop.signal).then(
      // It tells of a failure by its state: nobody waits here.
      (proof) => (flow.status === 'waiting' ? finish(flow, proof).catch(() => undefined) : undefined),
      (error: unknown) => {
        if (flow.status === 'waiting') move(flow, 'failed', unreachable(error))
      },
    )
    return flow
  }

  async function finish(flow: Flow, proof: Proof): Promise<void> {
    const { actor, server, target, method } = flow
    move(flow, 'finishing')
    try {
      const upstream = await deps.link(actor, target, async () => {
        const grant = await exchangeCode(server, proof, flow.stop.signal).catch((error: unknown) => {
          throw unreachable(error)
        })
        return signedIn(grant, { server, origin: method, now: now() })
      })
      flow.upstreamId = upstream.id
      move(flow, 'done')
    } catch (thrown) {
      const error = AppError.from(thrown)
      if (isOpen(flow)) move(flow, 'failed', error)
      throw error
    }
  }

  /** Each flow has one end; who comes later learns which. */
  function refuseOver(flow: Flow): void {
    if (flow.status === 'waiting') return
    if (flow.status === 'expired') throw new AppError('account_flow_expired', 'The sign-in was not finished in time.')
    throw new AppError('account_flow_over', `The sign-in is not waiting any more: it is ${flow.status}.`)
  }

  async function answered(flow: Flow, callback: Callback): Promise<void> {
    refuseOver(flow)
    if ('denied' in callback) {
      const error = new AppError('account_denied', `The provider ended the sign-in (${callback.denied}).`)
      move(flow, 'failed', error)
      throw error
    }
    await finish(flow, { code: callback.code, verifier: flow.verifier, redirectUri: flow.redirectUri })
  }

  async function heard(query: URLSearchParams): Promise<void> {
    const callback = readCallback(query)
    const flow = [...flows.values()].find((each) => each.method === 'browser' && isEqual(each.state, callback.state))
    if (flow === undefined) throw new AppError('callback_state_wrong', 'No sign-in of Weir waits for this.')
    await answered(flow, callback)
  }

  return {
    async begin(actor, input) {
      makeRoom()
      // Before anything is opened: a target that cannot be signed in needs no port.
      deps.serverFor(input)
      return viewOf(await (input.method === 'browser' ? beginBrowser(actor, input) : beginDevice(actor, input)))
    },
    flow: (id) => viewOf(get(id)),
    async complete(id, callbackUrl) {
      const flow = get(id)
      refuseOver(flow)
      if (flow.method !== 'browser') {
        throw new AppError('callback_url_invalid', 'A sign-in by device code ends by itself; nothing is pasted.')
      }
      const callback = readPastedCallback(callbackUrl, flow.redirectUri)
      if (!isEqual(callback.state, flow.state)) {
        throw new AppError('callback_state_wrong', 'This address belongs to another sign-in.')
      }
      await answered(flow, callback)
      return viewOf(flow)
    },
    cancel(id) {
      const flow = get(id)
      // What is being exchanged is as good as done; it is not torn in two.
      if (flow.status === 'waiting') move(flow, 'cancelled')
      return viewOf(flow)
    },
    async close() {
      for (const flow of flows.values()) {
        clearTimeout(flow.timer)
        flow.stop.abort()
      }
      flows.clear()
      await listener.close()
    },
  }
}
