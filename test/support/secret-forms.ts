/** Every form of an upstream that takes a secret, and how one gets there, leaves it and sends it. */
import type { Locator, Page } from 'playwright-core'
import type { Route } from '../../src/shared/contract.ts'
import type { PageRig } from './page-rig.ts'

export interface Place {
  readonly rig: PageRig
  /** Where the API answers, with `/v1`. */
  readonly baseUrl: string
  readonly proxyUrl: string
  /** Of the upstream; no other has it. */
  readonly name: string
}

export interface Secrets {
  readonly apiKey: string
  readonly proxyPassword: string
  readonly headerValue: string
}

export interface SecretForm {
  readonly name: string
  /** The ways by which the page renders its secret fields: see `secret-places.ts`. */
  readonly at: readonly string[]
  /** What tries the secrets, and what keeps them. */
  readonly tries: Route
  readonly keeps: Route
  /** Opens it anew, with the fields there. */
  open(place: Place): Promise<void>
  /** @returns those that it has a field for */
  fill(place: Place, secrets: Secrets): Promise<readonly (keyof Secrets)[]>
  submit(place: Place): Promise<void>
  /** After a refusal: keeps them all the same. */
  insist(place: Place): Promise<void>
  /** Resolves when the form is closed, its secrets kept. */
  done(place: Place): Promise<void>
  /** Closes it without sending anything more. */
  leave(place: Place): Promise<void>
}

const FIELDS = [
  'ApiKeyField > SecretField',
  'ProxyCredentialsField > SecretField',
  'HeaderFields > HeaderInputs > SecretField',
]
const below = (form: string) => FIELDS.map((field) => `${form} > ${field}`)

const button = (within: Page | Locator, name: string) => within.getByRole('button', { name, exact: true })
const field = (within: Page | Locator, name: string) => within.getByRole('textbox', { name, exact: true })

async function fillThree(within: Page | Locator, secrets: Secrets): Promise<readonly (keyof Secrets)[]> {
  await field(within, 'API key').fill(secrets.apiKey)
  await field(within, 'Proxy credentials').fill(`me:${secrets.proxyPassword}`)
  await field(within, 'Value of header 1').fill(secrets.headerValue)
  return ['apiKey', 'proxyPassword', 'headerValue']
}

/** With a secret of each kind stored, and a header whose value is to be given anew. */
async function addBehindProxy({ rig, baseUrl, proxyUrl, name }: Place): Promise<string> {
  const { id } = await rig.call('upstream.create', {
    kind: 'openai-compatible',
    name,
    baseUrl,
    proxyUrl,
    secret: { apiKey: 'sk-old', headers: { 'X-Team': 'old' }, proxyCredentials: 'me:old' },
  })
  return id
}

async function discard({ page }: PageRig, path: RegExp): Promise<void> {
  await button(page, 'Cancel').click()
  await button(page, 'Discard changes').click()
  await page.waitForURL(path)
  await page.locator('#page-title').waitFor()
}

function addForm(kind: 'openai' | 'openai-compatible'): SecretForm {
  return {
    name: `a new upstream, ${kind}`,
    at: below('UpstreamEditPage > NewUpstream > UpstreamEditor > ConnectionFields'),
    tries: 'upstream.probe',
    keeps: 'upstream.create',
    async open({ rig, baseUrl, proxyUrl, name }) {
      await rig.go(`/upstreams/new?kind=${kind}`)
      await field(rig.page, 'Name').fill(name)
      await field(rig.page, 'Base URL').fill(baseUrl)
      await button(rig.page, 'Proxy and headers').click()
      await field(rig.page, 'HTTP proxy').fill(proxyUrl)
      await button(rig.page, 'Add a header').click()
      await field(rig.page, 'Name of header 1').fill('X-Team')
    },
    fill: ({ rig }, secrets) => fillThree(rig.page, secrets),
    submit: ({ rig }) => button(rig.page, 'Check and add').click(),
    insist: ({ rig }) => button(rig.page, 'Add anyway').click(),
    done: ({ rig }) => rig.page.waitForURL(/\/upstreams\/ups_/),
    leave: ({ rig }) => discard(rig, /\/upstreams$/),
  }
}

const editForm: SecretForm = {
  name: 'an upstream that is edited',
  at: below('UpstreamEditPage > EditUpstream > UpstreamEditor > ConnectionFields'),
  tries: 'upstream.probeEdit',
  keeps: 'upstream.update',
  async open(place) {
    const { page, go } = place.rig
    await go(`/upstreams/${await addBehindProxy(place)}/edit`)
    await page.getByRole('radio', { name: 'Replace all of it' }).check()
  },
  fill: ({ rig }, secrets) => fillThree(rig.page, secrets),
  submit: ({ rig }) => button(rig.page, 'Check and save').click(),
  insist: ({ rig }) => button(rig.page, 'Save anyway').click(),
  done: ({ rig }) => rig.page.waitForURL(/\/upstreams\/ups_[^/]*$/),
  leave: ({ rig }) => discard(rig, /\/upstreams\/ups_[^/]*$/),
}

function replaceForm(from: 'UpstreamDetailPage' | 'UpstreamsPage'): SecretForm {
  const dialog = ({ page }: PageRig) => page.getByRole('dialog')
  const gone = (rig: PageRig) => dialog(rig).waitFor({ state: 'detached' })
  return {
    name: `replacing a secret, from ${from === 'UpstreamsPage' ? 'the list' : 'its page'}`,
    at: below(`${from} > UpstreamActsProvider > ReplaceSecretDialog > SecretBody`),
    tries: 'upstream.probeEdit',
    keeps: 'upstream.setSecret',
    async open(place) {
      const { page, go } = place.rig
      const id = await addBehindProxy(place)
      await go(from === 'UpstreamsPage' ? '/upstreams' : `/upstreams/${id}`)
      await button(page, `Actions for ${place.name}`).click()
      await page.getByRole('menuitem', { name: 'Replace secret…' }).click()
      await field(dialog(place.rig), 'API key').waitFor()
    },
    fill: ({ rig }, secrets) => fillThree(dialog(rig), secrets),
    submit: ({ rig }) => button(dialog(rig), 'Check and replace').click(),
    insist: ({ rig }) => button(dialog(rig), 'Replace anyway').click(),
    done: ({ rig }) => gone(rig),
    async leave({ rig }) {
      await button(dialog(rig), 'Cancel').click()
      await gone(rig)
    },
  }
}

const welcomeForm: SecretForm = {
  name: 'the first upstream',
  at: ['WelcomePage > Steps > UpstreamStep > Account > SecretField'],
  tries: 'upstream.probe',
  keeps: 'upstream.create',
  async open({ rig, baseUrl, name }) {
    await rig.go('/welcome?step=upstream')
    await rig.page.getByRole('radio', { name: 'OpenAI-compatible' }).check()
    await rig.page.getByRole('textbox', { name: /^Base URL/ }).fill(baseUrl)
    await rig.page.getByRole('textbox', { name: /^Name/ }).fill(name)
  },
  async fill({ rig }, { apiKey }) {
    await rig.page.getByLabel(/^API key/).fill(apiKey)
    return ['apiKey']
  },
  submit: ({ rig }) => button(rig.page, 'Check and add').click(),
  insist: ({ rig }) => button(rig.page, 'Add anyway').click(),
  done: ({ rig }) => rig.page.waitForURL(/step=pool/),
  async leave({ rig }) {
    await rig.page.getByRole('link', { name: 'Leave for now' }).click()
    await rig.page.waitForURL((url) => url.pathname === '/')
  },
}

export const secretForms: readonly SecretForm[] = [
  addForm('openai'),
  addForm('openai-compatible'),
  editForm,
  replaceForm('UpstreamDetailPage'),
  replaceForm('UpstreamsPage'),
  welcomeForm,
]
