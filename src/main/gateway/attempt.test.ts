import { describe, expect, it } from 'vitest'
import { Attempt } from './attempt.ts'
import type { AttemptResult } from './attempt-result.ts'
import { retryAfterMs } from './retry-after.ts'
import { HttpStream } from './http-stream.ts'
import { defaultSettings } from '../../shared/settings.ts'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Dispatcher } from 'undici'

const NOW = Date.UTC(2026, 0, 1)

describe('attempt', () => {
  it('calls the request off when the connection comes after the client has gone', () => {
    const response = new ServerResponse(new IncomingMessage(new Socket()))
    const results: AttemptResult[] = []
    const job = {
      dialect: 'chat',
      isCodex: false,
      hideUsage: false,
      isModelChanged: false,
      requestId: 'req_1',
      settings: defaultSettings,
      client: new HttpStream(response, () => 0, 1_000),
      now: () => 0,
      quota: { note: () => {}, event: () => {} },
    } as const
    const attempt = new Attempt(job, (result) => results.push(result))
    attempt.abort()
    const reasons: Error[] = []
    const controller: Pick<Dispatcher.DispatchController, 'abort'> = { abort: (reason) => void reasons.push(reason) }
    attempt.onRequestStart(controller as Dispatcher.DispatchController)
    expect(reasons).toHaveLength(1)
    expect(results).toEqual([{ kind: 'aborted', usage: null, seenOutput: 0 }])
    attempt.onResponseError(controller as Dispatcher.DispatchController, new Error('aborted'))
    attempt.abort()
    expect(results).toHaveLength(1)
  })

  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after-ms': 'x', 'retry-after': '9' }, 9_000],
    [{ 'retry-after': new Date(NOW + 61_000).toUTCString() }, 61_000],
    [{ 'retry-after': new Date(NOW - 61_000).toUTCString() }, 0],
    [{ 'retry-after': '-3' }, null],
    [{ 'retry-after': 'later' }, null],
    [{ 'retry-after': '' }, null],
    [{}, null],
  ])('reads how long an upstream asks to be left alone: %o', (headers, expected) => {
    expect(retryAfterMs(headers, NOW)).toBe(expected)
  })
})
