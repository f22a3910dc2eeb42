/**
 * Follows secrets that a page is given: which calls carried each, and whether anything of the page, the core's answers and
 * events, its log or its files has it afterwards, as it is or in another form.
 */
import { expect } from 'vitest'
import { findCanaries, findCanariesIn, plantCanaries } from './canaries.ts'
import type { PageRig } from './page-rig.ts'
import { traceCalls, tracesOf, whatHeld } from './secret-traces.ts'

export interface Hunt {
  /** A new one to type, of printable ASCII without blanks. */
  plant(name: string): string
  /** What a page was given by somebody else. */
  follow(secret: string): void
  /** It is in a field now, so that finding nothing later means something. */
  expectTyped(secret: string): Promise<void>
  /**
   * The page has let go of it, and nothing else between page and core had it so far.
   * @param held `→ upstream.create` for the call that carried it, `← key.create` for the answer
   */
  expectGone(secret: string, held: readonly string[]): Promise<void>
  /**
   * To be called at the end of a file: since then no late answer or event has told any of them, and none is in the log or
   * below the data directory, with a backup just made.
   * @param known something that is not secret and must be found there
   */
  expectNowhere(known: string): Promise<void>
}

export async function startHunt(rig: PageRig): Promise<Hunt> {
  const { page, call, dataDir } = rig
  const trace = await traceCalls(page)
  const carried = new Map<string, readonly string[]>()
  const follow = (secret: string) => void carried.set(secret, carried.get(secret) ?? [])

  return {
    plant(name) {
      const secret = Object.values(plantCanaries(name)).join('')
      follow(secret)
      return secret
    },
    follow,
    async expectTyped(secret) {
      await expect.poll(() => tracesOf(page, secret)).toContain('a field')
    },
    async expectGone(secret, held) {
      carried.set(secret, held)
      // React may keep the last state of a part for a moment.
      await expect.poll(() => tracesOf(page, secret), { timeout: 20_000 }).toEqual([])
      expect(whatHeld(trace, secret)).toEqual(held)
    },
    async expectNowhere(known) {
      let job = await call('backup.create', {})
      while (job.state === 'running') job = await call('job.wait', { id: job.id, timeoutMs: 60_000 })
      expect(job.state).toBe('done')
      expect(carried.size).toBeGreaterThan(0)
      expect(trace.lines.some((line) => line.startsWith('← '))).toBe(true)
      expect(trace.lines.some((line) => line.startsWith('event '))).toBe(true)
      const secrets = Object.fromEntries([...carried.keys()].map((secret) => [secret, secret]))
      const told = new Set(findCanariesIn(trace.lines.join('\n'), secrets).map(({ name }) => name))
      for (const [secret, expected] of carried) {
        expect(told.has(secret) ? whatHeld(trace, secret) : []).toEqual(expected)
      }
      expect(rig.log.length).toBeGreaterThan(0)
      expect(findCanariesIn(rig.log.join('\n'), secrets, 'log')).toEqual([])
      expect(findCanariesIn(rig.consoleErrors.join('\n'), secrets, 'console')).toEqual([])
      const places = new Set(findCanaries([dataDir], { known }).map(({ path }) => path.includes('/backups/')))
      expect(places).toEqual(new Set([true, false]))
      expect(findCanaries([dataDir], secrets)).toEqual([])
    },
  }
}
