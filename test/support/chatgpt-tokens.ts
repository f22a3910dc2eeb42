/** Tokens in the form of ChatGPT's: claims without a signature that anybody checks. */

export interface StandInAccount {
  readonly accountId: string
  readonly userId: string
  readonly email: string
  readonly plan: string
  readonly residency?: string
}

export const someAccount: StandInAccount = {
  accountId: 'acct-0001',
  userId: 'user-0001',
  email: 'operator@example.com',
  plan: 'plus',
}

function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'RS256', typ: 'JWT', kid: 'stand-in' })}.${part(claims)}.${'c2lnbmF0dXJl'.repeat(20)}`
}

function authClaims({ accountId, userId, plan, residency }: StandInAccount) {
  return {
    chatgpt_account_id: accountId,
    chatgpt_user_id: userId,
    user_id: userId,
    chatgpt_plan_type: plan,
    ...(residency === undefined ? {} : { chatgpt_compute_residency: residency }),
    organizations: [{ id: 'org-1', title: 'Personal', is_default: true }],
  }
}

/** `serial` makes each one another token, here and below. */
export function accessToken(account: StandInAccount, expiresAt: number, serial: string): string {
  return jwt({
    iss: 'stand-in',
    jti: serial,
    exp: Math.floor(expiresAt / 1_000),
    'https://api.openai.com/auth': authClaims(account),
    'https://api.openai.com/profile': { email: account.email },
  })
}

export function idToken(account: StandInAccount, serial: string): string {
  return jwt({ iss: 'stand-in', jti: serial, email: account.email, 'https://api.openai.com/auth': authClaims(account) })
}
