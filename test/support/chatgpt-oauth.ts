/** The sign-in half of the ChatGPT stand-in: codes, device codes, tokens that rotate, and who reuses one is put out. */
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { accessToken, idToken, someAccount, type StandInAccount } from './chatgpt-tokens.ts'

export interface OauthCounts {
  authorize: number
  exchange: number
  refresh: number
  usercode: number
  poll: number
  whoami: number
}

/** What the next calls are to do; changed by tests as they go. */
export interface OauthBehaviour {
  /** Who signs in. */
  account: StandInAccount
  /** How long an access token lasts, ms. */
  lifeMs: number
  /** Before each answer to a renewal, ms. */
  refreshDelayMs: number
  /** Instead of new tokens: status, and the body's error. */
  refreshFails: { readonly status: number; readonly error: string | null } | null
  /** The operator looks at the provider's page, and does nothing there yet. */
  dawdles: boolean
  /** The operator refuses at the provider. */
  denies: boolean
  /** Polls that are told to wait before one is answered; with `slow_down` for the first of them. */
  devicePolls: number
  deviceSlowDown: boolean
  deviceDisabled: boolean
}

export interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly location?: string
  readonly headers?: Readonly<Record<string, string>>
}

interface Grant {
  readonly account: StandInAccount
  readonly challenge: string
  readonly redirectUri: string
}

function random(): string {
  return randomBytes(24).toString('base64url')
}

export function createOauth() {
  const counts: OauthCounts = { authorize: 0, exchange: 0, refresh: 0, usercode: 0, poll: 0, whoami: 0 }
  const behaviour: OauthBehaviour = {
    account: someAccount,
    lifeMs: 3_600_000,
    refreshDelayMs: 0,
    refreshFails: null,
    dawdles: false,
    denies: false,
    devicePolls: 0,
    deviceSlowDown: false,
    deviceDisabled: false,
  }
  const codes = new Map<string, Grant>()
  const devices = new Map<string, { userCode: string; polls: number; verifier: string }>()
  /** Every token ever made, for tests that look for them. */
  const issued = new Set<string>()
  const access = new Map<string, StandInAccount>()
  const refresh = new Map<string, { account: StandInAccount; family: string; isUsed: boolean }>()
  const deadFamilies = new Set<string>()
  const business = new Map<string, StandInAccount>()

  function tokensOf(account: StandInAccount, family: string) {
    const tokens = {
      access_token: accessToken(account, Date.now() + behaviour.lifeMs, random()),
      refresh_token: `rt_${random()}${random()}`,
      id_token: idToken(account, random()),
      token_type: 'Bearer',
      expires_in: Math.floor(behaviour.lifeMs / 1_000),
    }
    access.set(tokens.access_token, account)
    refresh.set(tokens.refresh_token, { account, family, isUsed: false })
    for (const token of [tokens.access_token, tokens.refresh_token, tokens.id_token]) issued.add(token)
    return tokens
  }

  function authorize(query: URLSearchParams): Reply {
    counts.authorize++
    if (behaviour.dawdles) return { status: 200, body: { page: 'sign in here' } }
    const redirectUri = query.get('redirect_uri') ?? ''
    const back = new URL(redirectUri)
    back.searchParams.set('state', query.get('state') ?? '')
    if (behaviour.denies) {
      back.searchParams.set('error', 'access_denied')
      return { status: 302, location: back.href }
    }
    const isAsWanted =
      query.get('response_type') === 'code' &&
      query.get('code_challenge_method') === 'S256' &&
      query.get('scope')?.includes('offline_access') === true
    if (!isAsWanted) return { status: 400, body: { error: 'invalid_request' } }
    const code = `ac_${random()}`
    issued.add(code)
    codes.set(code, { account: behaviour.account, challenge: query.get('code_challenge') ?? '', redirectUri })
    back.searchParams.set('code', code)
    return { status: 302, location: back.href }
  }

  function exchange(form: URLSearchParams): Reply {
    counts.exchange++
    const code = form.get('code') ?? ''
    const grant = codes.get(code)
    codes.delete(code)
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (grant?.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri')) {
      return { status: 400, body: { error: 'invalid_grant', error_description: 'the code is not good' } }
    }
    return { status: 200, body: tokensOf(grant.account, random()) }
  }

  async function renew(form: URLSearchParams): Promise<Reply> {
    counts.refresh++
    if (behaviour.refreshDelayMs > 0) await wait(behaviour.refreshDelayMs)
    const { refreshFails } = behaviour
    if (refreshFails !== null) {
      const { status, error } = refreshFails
      return error === null ? { status } : { status, body: { error: { code: error, message: 'of the stand-in' } } }
    }
    const token = refresh.get(form.get('refresh_token') ?? '')
    if (token === undefined) return { status: 401, body: { error: { code: 'invalid_refresh_token' } } }
    if (token.isUsed || deadFamilies.has(token.family)) {
      // Two have it: neither is believed any more.
      deadFamilies.add(token.family)
      for (const [known, { family }] of refresh) if (family === token.family) refresh.delete(known)
      return { status: 401, body: { error: { code: 'refresh_token_reused', message: 'of the stand-in' } } }
    }
    token.isUsed = true
    return { status: 200, body: tokensOf(token.account, token.family) }
  }

  function usercode(): Reply {
    counts.usercode++
    if (behaviour.deviceDisabled) return { status: 404 }
    const id = `deviceauth_${random()}`
    const userCode = `${random().slice(0, 4)}-${random().slice(0, 5)}`.toUpperCase()
    const verifier = random() + random()
    for (const secret of [id, verifier]) issued.add(secret)
    devices.set(id, { userCode, polls: 0, verifier })
    return { status: 200, body: { device_auth_id: id, user_code: userCode, interval: '1' } }
  }

  function poll(body: Record<string, unknown>, issuer: string): Reply {
    counts.poll++
    const device = devices.get(String(body['device_auth_id']))
    if (device === undefined || device.userCode !== body['user_code'])
      return { status: 400, body: { error: 'invalid_request' } }
    if (behaviour.denies) return { status: 400, body: { error: 'access_denied' } }
    device.polls++
    if (behaviour.deviceSlowDown && device.polls === 1) return { status: 400, body: { error: 'slow_down' } }
    if (device.polls <= behaviour.devicePolls) return { status: 403, body: {} }
    const code = `ac_${random()}`
    issued.add(code)
    const challenge = createHash('sha256').update(device.verifier).digest('base64url')
    codes.set(code, { account: behaviour.account, challenge, redirectUri: `${issuer}/deviceauth/callback` })
    return {
      status: 200,
      body: { authorization_code: code, code_challenge: challenge, code_verifier: device.verifier },
    }
  }

  function whoami(bearer: string): Reply {
    counts.whoami++
    const owner = business.get(bearer)
    if (owner === undefined) return { status: 401, body: { error: 'invalid_token' } }
    const { accountId, userId, email, plan } = owner
    const body = { email, chatgpt_user_id: userId, chatgpt_account_id: accountId, chatgpt_plan_type: plan }
    return { status: 200, body: { ...body, chatgpt_account_is_fedramp: false } }
  }

  return {
    counts,
    behaviour,
    issued,
    access,
    authorize,
    token: (form: URLSearchParams): Reply | Promise<Reply> =>
      form.get('grant_type') === 'refresh_token' ? renew(form) : exchange(form),
    usercode,
    poll,
    whoami,
    /** Tokens as a sign-in elsewhere got them. */
    signedInElsewhere: (account = behaviour.account) => tokensOf(account, random()),
    /** A token that nothing renews. */
    businessToken(account = behaviour.account): string {
      const token = `at-${random()}`
      issued.add(token)
      business.set(token, account)
      access.set(token, account)
      return token
    },
    /** The access tokens of now are refused from here on. */
    expireAll: () => access.clear(),
  }
}
