/** The specs that plant secrets know every field of the page and every input of the contract that takes one. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { accountFields, accountForms } from '../support/secret-account-forms.ts'
import { secretForms } from '../support/secret-forms.ts'
import { filesWithPasswordFields, secretInputs, waysTo } from '../support/secret-places.ts'
import { whatHeld } from '../support/secret-traces.ts'

const waysOfAccounts = accountForms.flatMap((form) => accountFields.map((field) => `${form.at} > ${field.at}`))
const driven = [...new Set([...secretForms.flatMap(({ at }) => at), ...waysOfAccounts])]

/** Rendered by the sources and never shown: an upstream that exists is not added by signing in. */
const neverThere = accountFields.map(
  ({ at }) => `UpstreamEditPage > EditUpstream > UpstreamEditor > AddAccount > SignInWays > ${at}`,
)

/** Places that show a secret once, and the spec that sees to it that it is nowhere afterwards. */
const shown: Readonly<Record<string, string | null>> = {
  'KeyEditPage > NewKey > NewBody > KeyWizard': 'page-keys-life',
  // An edit makes no secret.
  'KeyEditPage > EditKey > EditBody > KeyWizard': null,
  'KeysPage > TokenDrawer > Body > NewToken': 'page-keys-tokens',
  'KeysPage > KeyActsProvider': 'page-secrets-shown',
  'PoolEditPage > NewPool > PoolWizard': 'page-secrets-shown',
  'PoolEditPage > EditPool > PoolWizard': 'page-secrets-shown',
  'WelcomePage > Steps > FreshKey': 'page-secrets-shown',
}

/** Secret by name, and by no field of the page. */
const noField: Readonly<Record<string, string>> = {
  'key.test secret': 'the page gives back the secret that it shows',
  'key.doctor secret': 'of the command; the page names the key by its id',
  'price.preview text': 'a list of prices',
  'request.list text': 'a search',
  'request.count text': 'a search',
  'audit.list text': 'a search',
  'export.start filter.text': 'a search',
}

const partsOf = {
  secret: ['secret.apiKey', 'secret.headers', 'secret.proxyCredentials'],
  'account.import': ['text', 'token'],
  'account.complete': ['callbackUrl'],
} as const

describe('the forms that take a secret', () => {
  it('are all driven by a spec that looks for it afterwards', () => {
    const ways = [
      ...waysTo('components/secret-field.tsx#SecretField'),
      ...waysTo('features/upstreams/sign-in-browser.tsx#PasteBack'),
      ...waysTo('@mantine/core#FileInput').filter((way) => !way.startsWith('PricesPage > ')),
    ]
    expect(ways.sort()).toEqual([...driven, ...neverThere].sort())
  })

  it('have the one field that all of them share', () => {
    expect(filesWithPasswordFields()).toEqual(['components/secret-field.tsx'])
  })

  it('fill every input of the contract that may carry one', () => {
    const routes = new Set(secretForms.flatMap(({ tries, keeps }) => [tries, keeps]))
    const sent = [
      ...[...routes].flatMap((route) => partsOf.secret.map((part) => `${route} ${part}`)),
      ...new Set(accountFields.flatMap(({ carrier }) => inputsOf(carrier))),
    ]
    expect(secretInputs().sort()).toEqual([...sent, ...Object.keys(noField)].sort())
  })
})

function inputsOf(carrier: string): string[] {
  if (carrier !== 'account.import' && carrier !== 'account.complete') throw new Error(`nobody drives ${carrier}`)
  return partsOf[carrier].map((part) => `${carrier} ${part}`)
}

describe('the places that show a secret', () => {
  it('are all driven by a spec that looks for it afterwards', () => {
    const ways = waysTo('components/secret/secret-text.tsx#SecretText')
    expect(ways.map((way) => way.replace(/( > SecretDialog > SecretBody)? > SecretText$/, '')).sort()).toEqual(
      Object.keys(shown).sort(),
    )
    for (const spec of new Set(Object.values(shown))) {
      if (spec === null) continue
      const text = readFileSync(join(import.meta.dirname, `../integration/${spec}.test.ts`), 'utf8')
      expect(text).toMatch(/tracesOf\(|expectGone\(/)
    }
  })
})

describe('the trace of calls', () => {
  it('names what held a text in any form, and nothing else', () => {
    const wanted = 'a-secret-of-some-length'
    const lines = [
      `→ http://127.0.0.1:1/rpc {"route":"upstream.probe","input":{"apiKey":"${wanted}"}}`,
      '→ http://127.0.0.1:1/rpc {"route":"upstream.list","input":{}}',
      `← upstream.probe {"ok":true,"value":"${Buffer.from(wanted).toString('base64')}"}`,
      `event {"type":"upstream.changed","id":"${wanted}"}`,
      `→ http://127.0.0.1:1/upstreams?q=${wanted} `,
    ]
    expect(whatHeld({ lines }, wanted)).toEqual(['→ upstream.probe', '← upstream.probe', ...lines.slice(3)])
    expect(whatHeld({ lines }, 'another-of-some-length')).toEqual([])
  })
})
