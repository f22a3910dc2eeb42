/** Every form of a ChatGPT account that takes a secret: three places, and four fields in each. */
import type { Route } from '../../src/shared/contract.ts'
import type { AccountPages, accountActs } from './account-pages.ts'
import { plantCanaries } from './canaries.ts'

type Acts = ReturnType<typeof accountActs>

export interface AccountScene {
  readonly house: AccountPages
  readonly acts: Acts
}

export interface AccountForm {
  readonly name: string
  /** The way by which the page renders its ways to sign in: see `secret-places.ts`. */
  readonly at: string
  /** Opens it anew. */
  open(scene: AccountScene): Promise<void>
  /** Resolves when it is closed, the account kept. */
  done(scene: AccountScene): Promise<void>
  /** Closes it, with the sign-in that waits, if one does. */
  leave(scene: AccountScene, isWaiting: boolean): Promise<void>
}

export interface SecretText {
  readonly typed: string
  /** What of it is secret. */
  readonly secrets: readonly string[]
}

export interface AccountField {
  readonly name: string
  /** Below the form. */
  readonly at: string
  readonly carrier: Route
  /** The code by which a wrong one is refused. */
  readonly refusal: string
  readonly isWaiting: boolean
  readonly isFile: boolean
  /** Shows the field. */
  open(scene: AccountScene): Promise<void>
  make(scene: AccountScene): Promise<SecretText>
  makeWrong(scene: AccountScene): Promise<SecretText>
  type(scene: AccountScene, typed: string): Promise<void>
  send(scene: AccountScene): Promise<void>
}

export const SIGNED_IN_AGAIN = 'Signed in by hand'

const addForm: AccountForm = {
  name: 'a new account',
  at: 'UpstreamEditPage > NewUpstream > UpstreamEditor > AddAccount > SignInWays',
  open: ({ acts }) => acts.openAdd(),
  async done({ house }) {
    await house.page.waitForURL(/\/upstreams\/ups_/)
    await house.page.getByRole('region', { name: 'Account' }).waitFor()
  },
  async leave({ house, acts }, isWaiting) {
    await acts.button('Cancel').click()
    if (isWaiting) await acts.button('Cancel the sign-in').click()
    await house.page.waitForURL((url) => url.pathname === '/upstreams')
  },
}

function againForm(from: 'UpstreamDetailPage' | 'UpstreamsPage'): AccountForm {
  const gone = ({ house }: AccountScene) => house.page.getByRole('dialog').waitFor({ state: 'detached' })
  return {
    name: `an account that is signed in again, from ${from === 'UpstreamsPage' ? 'the list' : 'its page'}`,
    at: `${from} > UpstreamActsProvider > SignInDialog > Body > SignInWays`,
    async open({ house, acts }) {
      const { id } = await acts.imported(SIGNED_IN_AGAIN)
      await house.rig.go(from === 'UpstreamsPage' ? '/upstreams' : `/upstreams/${id}`)
      await acts.button(`Actions for ${SIGNED_IN_AGAIN}`).click()
      await house.page.getByRole('menuitem', { name: 'Sign in again…' }).click()
    },
    done: gone,
    async leave(scene) {
      await scene.acts.button('Cancel').click()
      await gone(scene)
    },
  }
}

export const accountForms: readonly AccountForm[] = [
  addForm,
  againForm('UpstreamDetailPage'),
  againForm('UpstreamsPage'),
]

const some = (name: string) => Object.values(plantCanaries(name)).join('')

function authFile({ house }: AccountScene): Promise<SecretText> {
  const typed = house.server.authFile()
  const { tokens } = JSON.parse(typed) as { tokens: Readonly<Record<string, string>> }
  const { access_token: access = '', refresh_token: refresh = '', id_token: identity = '' } = tokens
  return Promise.resolve({ typed, secrets: [access, refresh, identity] })
}

function wrongAuthFile(): Promise<SecretText> {
  const [key, token] = [some('key'), some('token')]
  const typed = JSON.stringify({ OPENAI_API_KEY: key, tokens: { refresh_token: token } })
  return Promise.resolve({ typed, secrets: [key, token] })
}

async function openImport({ house, acts }: AccountScene, what: string): Promise<void> {
  await acts.tab('Import auth.json').click()
  await house.page.getByText(what, { exact: true }).click()
}

const importing = {
  carrier: 'account.import',
  isWaiting: false,
  isFile: false,
  send: ({ acts }: AccountScene) => acts.button('Import').click(),
} as const

const textField: AccountField = {
  ...importing,
  name: 'the text of an auth.json',
  at: 'ImportAccount > ImportFile > SecretField',
  refusal: 'auth_file_incomplete',
  open: (scene) => openImport(scene, 'auth.json'),
  make: authFile,
  makeWrong: wrongAuthFile,
  type: ({ acts }, typed) => acts.field('Or its text').fill(typed),
}

const fileField: AccountField = {
  ...textField,
  name: 'the file of an auth.json',
  at: 'ImportAccount > ImportFile > FileInput',
  isFile: true,
  async type({ house }, typed) {
    const file = { name: 'auth.json', mimeType: 'application/json', buffer: Buffer.from(typed) }
    await house.page.locator('input[type=file]').setInputFiles(file)
  },
}

const tokenField: AccountField = {
  ...importing,
  name: 'a business access token',
  at: 'ImportAccount > ImportToken > SecretField',
  refusal: 'account_token_invalid',
  open: (scene) => openImport(scene, 'Business access token'),
  make({ house }) {
    const typed = house.server.oauth.businessToken()
    return Promise.resolve({ typed, secrets: [typed] })
  },
  makeWrong() {
    const typed = `at-${some('wrong')}`
    return Promise.resolve({ typed, secrets: [typed] })
  },
  type: ({ acts }, typed) => acts.field('Business access token').fill(typed),
}

async function callback({ acts }: AccountScene, state?: string): Promise<SecretText> {
  const url = await acts.callback()
  if (state !== undefined) url.searchParams.set('state', state)
  return { typed: url.href, secrets: [url.searchParams.get('code') ?? ''] }
}

const pasteField: AccountField = {
  name: 'the address that the browser could not open',
  at: 'SignInBrowser > Waiting > PasteBack ×2',
  carrier: 'account.complete',
  refusal: 'callback_state_wrong',
  isWaiting: true,
  isFile: false,
  async open({ house, acts }) {
    house.server.oauth.behaviour.dawdles = true
    await acts.startBrowser()
    await acts.button('The browser shows a page that fails to open').click()
  },
  make: (scene) => callback(scene),
  makeWrong: (scene) => callback(scene, 'of-another'),
  type: ({ acts }, typed) => acts.field('Address of the page that fails to open').fill(typed),
  send: ({ acts }) => acts.button('Finish sign-in').click(),
}

export const accountFields: readonly AccountField[] = [textField, fileField, tokenField, pasteField]
