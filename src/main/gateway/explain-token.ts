/** The steps that say whether an ephemeral token may still be used, before its key is asked. */
import type { Finding } from './explain-world.ts'
import { fact, passed, refused, type Fix } from './explain-step.ts'
import { TOKEN_CHECKS, type TokenCheckId, type TokenQuestion } from './key-checks.ts'
import type { TokenRecord } from './ports.ts'

export function explainToken(token: TokenRecord, address: string, at: number): Finding[] {
  const question = { token, address, at }
  return TOKEN_CHECKS.map(({ id, refusal }) => {
    const found = refusal(question)
    return found === null ? passedCheck(id, question) : refused(id, found, fixFor(id, question))
  })
}

function passedCheck(id: TokenCheckId, { token, address }: TokenQuestion): Finding {
  switch (id) {
    case 'tokenRevoked':
      return passed(id, { summary: 'The token was not revoked.' })
    case 'tokenExpiry':
      return passed(id, {
        summary: 'The token has not expired.',
        facts: [fact('Expires', '', { at: token.expiresAt })],
      })
    case 'tokenAddress': {
      const isOpen = token.isIpAllowed === null
      const summary = isOpen ? 'The token leaves addresses to its key.' : "The token's allowlist has the address."
      return passed(id, { summary, facts: [fact('Address', address)] })
    }
  }
}

function fixFor(id: TokenCheckId, { token, address }: TokenQuestion): Fix {
  const path = `/keys/${token.keyId}`
  switch (id) {
    case 'tokenRevoked':
      return { text: 'Make a new token: a revoked one stays refused.', path }
    case 'tokenExpiry':
      return { text: 'Make a new token, for longer where it is needed: up to 7 days.', path }
    case 'tokenAddress':
      return { text: `Make a new token that allows ${address}: the scope of one cannot be changed.`, path }
  }
}
