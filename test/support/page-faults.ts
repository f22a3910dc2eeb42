/** Answers of the core that a spec of a page cannot bring about otherwise: one that fails, one that takes its time. */
import type { Page, Request } from 'playwright-core'

function routeOf(request: Request): string {
  const { route } = (request.postDataJSON() ?? {}) as { route?: string }
  return route ?? ''
}

/** Every call of this route is refused until the returned function is called. */
export async function refuseCalls(
  page: Page,
  route: string,
  error: { readonly code: string; readonly message: string; readonly details?: object },
): Promise<() => Promise<void>> {
  await page.route('**/rpc', async (call) => {
    if (routeOf(call.request()) !== route) return call.fallback()
    await call.fulfill({ json: { ok: false, error } })
  })
  return () => page.unroute('**/rpc')
}

/** Every call of this route waits until the returned function is called. */
export async function holdCalls(page: Page, route: string): Promise<() => Promise<void>> {
  const held = Promise.withResolvers<void>()
  await page.route('**/rpc', async (call) => {
    if (routeOf(call.request()) === route) await held.promise
    await call.fallback()
  })
  return async () => {
    held.resolve()
    await page.unroute('**/rpc')
  }
}

/** The real answers of this route, changed, until the returned function is called. For states that a test cannot bring about. */
export async function changeAnswers(
  page: Page,
  route: string,
  change: (value: Record<string, unknown>) => Record<string, unknown>,
): Promise<() => Promise<void>> {
  await page.route('**/rpc', async (call) => {
    if (routeOf(call.request()) !== route) return call.fallback()
    const response = await call.fetch()
    const { value } = (await response.json()) as { value: Record<string, unknown> }
    await call.fulfill({ response, json: { ok: true, value: change(value) } })
  })
  // A call that is under way is answered first: it would meet no handler any more.
  return () => page.unrouteAll({ behavior: 'wait' })
}
