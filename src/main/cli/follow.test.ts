import { describe, expect, it } from 'vitest'
import type { RequestFilterInput, RequestSummary } from '../../shared/models/request.ts'
import type { Call } from '../host/headless/call.ts'
import { createFollower } from './follow.ts'

/** A log in memory with the paging of the real one. */
function createLog() {
  const rows: RequestSummary[] = []
  const add = (number: number, state: RequestSummary['state']) => {
    rows.unshift({ id: `req_${String(number).padStart(12, '0')}`, state, errorCode: null } as RequestSummary)
  }
  const end = (number: number, state: RequestSummary['state']) => {
    const at = rows.findIndex((row) => row.id.endsWith(String(number)))
    rows[at] = { ...(rows[at] as RequestSummary), state }
  }
  const call = ((route: string, input: RequestFilterInput & { id?: string }) => {
    if (route === 'request.get') return Promise.resolve(rows.find((row) => row.id === input.id))
    const older = rows.filter((row) => input.before === undefined || row.id < input.before)
    const page = older.slice(0, input.limit)
    return Promise.resolve({ rows: page, next: older.length > page.length ? (page.at(-1)?.id ?? null) : null })
  }) as Call
  return { add, end, call }
}

function setUp(filter: RequestFilterInput = {}) {
  const log = createLog()
  const seen: number[] = []
  const poll = createFollower(log.call, filter, (row) => seen.push(Number(row.id.slice(4))))
  return { ...log, seen, poll }
}

describe('followRequests', () => {
  it('prints what ends after it began, each once, oldest first', async () => {
    const { add, end, poll, seen } = setUp()
    add(1, 'completed')
    add(2, 'open')
    await poll()
    expect(seen).toEqual([])
    add(3, 'completed')
    add(4, 'open')
    add(5, 'failed')
    await poll()
    expect(seen).toEqual([3, 5])
    end(2, 'completed')
    end(4, 'aborted')
    await poll()
    await poll()
    expect(seen).toEqual([3, 5, 2, 4])
  })

  it('reads as many pages as came', async () => {
    const { add, poll, seen } = setUp()
    add(1, 'completed')
    await poll()
    for (let number = 2; number <= 500; number += 1) add(number, 'completed')
    await poll()
    expect(seen).toEqual(Array.from({ length: 499 }, (_, at) => at + 2))
  })

  it('begins with an empty log too', async () => {
    const { add, poll, seen } = setUp()
    await poll()
    add(1, 'completed')
    await poll()
    expect(seen).toEqual([1])
  })

  it('knows the state of a request only at its end', async () => {
    const { add, end, poll, seen } = setUp({ state: 'failed' })
    await poll()
    add(1, 'open')
    add(2, 'completed')
    await poll()
    end(1, 'failed')
    await poll()
    expect(seen).toEqual([1])
  })
})
