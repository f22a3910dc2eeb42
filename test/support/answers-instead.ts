/** For states that a core in good health does not show: one route's answer is put in the way of the page, until released. */
import type { Page } from 'playwright-core'
import type { Route } from '../../src/shared/contract.ts'

export interface InTheWay {
  release(): Promise<void>
}

/** The page gets this error in place of the route's answer. */
export function answerWithError(page: Page, route: Route, code = 'internal', message = 'It broke.'): Promise<InTheWay> {
  return inTheWay(page, route, () => Promise.resolve({ ok: false, error: { code, message } }))
}

/** The page waits for the route's answer until it is released. */
export async function holdBack(page: Page, route: Route): Promise<InTheWay> {
  const gate = Promise.withResolvers<null>()
  const held = await inTheWay(page, route, () => gate.promise)
  return {
    async release() {
      gate.resolve(null)
      await held.release()
    },
  }
}

/** Null lets the call through to the core. */
async function inTheWay(page: Page, route: Route, answer: () => Promise<object | null>): Promise<InTheWay> {
  const handler = async (call: Parameters<Parameters<Page['route']>[1]>[0]) => {
    const asked = call.request().postDataJSON() as { route?: string } | null
    const instead = asked?.route === route ? await answer() : null
    if (instead === null) await call.fallback()
    else await call.fulfill({ json: instead })
  }
  await page.route('**/rpc', handler)
  return { release: () => page.unroute('**/rpc', handler) }
}
