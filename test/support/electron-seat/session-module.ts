/** `protocol` and `session`: schemes, the request filter, permissions, downloads. */
import { EventEmitter } from 'node:events'
import type { BrowserContext, CDPSession } from 'playwright-core'
import { schemeOf, toChromium } from './app-urls.ts'
import type { Network } from './page-router.ts'
import { seat } from './seat.ts'
import { strict } from './strict.ts'

type Handler = (request: Request) => Response | Promise<Response>
type BeforeRequest = (details: { url: string }, answer: (verdict: { cancel?: boolean }) => void) => void
type Contents = { getURL(): string }
type PermissionRequest = (contents: Contents, permission: string, answer: (granted: boolean) => void) => void
type PermissionCheck = (contents: Contents | null, permission: string, origin: string, details: object) => boolean

const handlers = new Map<string, Handler>()
const declared = new Set<string>()
const rules: { before?: BeforeRequest; request?: PermissionRequest; check?: PermissionCheck } = {}

export const protocol = strict('protocol', {
  registerSchemesAsPrivileged(schemes: readonly { scheme: string }[]) {
    if (seat.isReady) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready')
    for (const { scheme } of schemes) declared.add(scheme)
  },
  handle(scheme: string, handler: Handler) {
    if (!seat.isReady) throw new Error('protocol.handle can only be used after app is ready')
    if (!declared.has(scheme)) throw new Error(`electron seat: ${scheme} was not declared as a standard scheme`)
    if (handlers.has(scheme)) throw new Error('Failed to register protocol: already handled')
    handlers.set(scheme, handler)
  },
})

const defaultSession = strict(
  'session',
  Object.assign(new EventEmitter(), {
    protocol,
    setPermissionRequestHandler: (handler: PermissionRequest) => {
      rules.request = handler
    },
    setPermissionCheckHandler: (handler: PermissionCheck) => {
      rules.check = handler
    },
    setDevicePermissionHandler: (_handler: () => boolean) => {},
    setSpellCheckerEnabled: (_enabled: boolean) => {},
    webRequest: strict('webRequest', {
      onBeforeRequest: (handler: BeforeRequest) => {
        rules.before = handler
      },
    }),
  }),
)

export const session = strict('session', {
  get defaultSession() {
    if (!seat.isReady) throw new Error('Session can only be received when app is ready')
    return defaultSession
  },
})
export const contentsSession = defaultSession

export const network: Network = {
  handlers,
  isCancelled: async (url) => {
    const { before } = rules
    if (before === undefined) return false
    const verdict = Promise.withResolvers<boolean>()
    before({ url }, ({ cancel }) => verdict.resolve(cancel === true))
    return verdict.promise
  },
}

/** By Electron's name, Chromium's. */
const permissions = {
  'clipboard-read': 'clipboard-read',
  'clipboard-sanitized-write': 'clipboard-write',
  geolocation: 'geolocation',
  notifications: 'notifications',
  midi: 'midi',
  'persistent-storage': 'persistent-storage',
  'idle-detection': 'idle-detection',
  'window-management': 'window-management',
  'local-fonts': 'local-fonts',
} as const

let permissionSession: CDPSession | null = null

/** What a page is told when it asks whether it may: Chromium's name of the permission, and the answer. */
export type PermissionStates = Readonly<Record<string, 'granted' | 'denied'>>

/**
 * The debugger can't ask the app in the moment Chromium asks. So the app's handlers are asked about every permission
 * when a page of an origin is loaded. What a page does is up to the request handler, and that is what Chromium is told;
 * the answers of the check handler are returned, for the page's questions.
 */
export async function applyPermissions(
  context: BrowserContext,
  contents: Contents,
  url: string,
): Promise<PermissionStates> {
  const browser = context.browser()
  const checked: Record<string, 'granted' | 'denied'> = {}
  if (browser === null || schemeOf(url) === 'data') return checked
  // What was set lasts as long as the session that set it.
  permissionSession ??= await browser.newBrowserCDPSession()
  const { host } = new URL(url)
  const origin = `${schemeOf(url)}://${host}`
  for (const [electronName, name] of Object.entries(permissions)) {
    checked[name] = (rules.check?.(contents, electronName, `${origin}/`, {}) ?? true) ? 'granted' : 'denied'
    const setting = (await isGranted(contents, electronName)) ? 'granted' : 'denied'
    await permissionSession.send('Browser.setPermission', { permission: { name }, setting, origin: toChromium(origin) })
  }
  return checked
}

function isGranted(contents: Contents, permission: string): Promise<boolean> {
  const verdict = Promise.withResolvers<boolean>()
  if (rules.request === undefined) return Promise.resolve(true)
  rules.request(contents, permission, verdict.resolve)
  return verdict.promise
}
