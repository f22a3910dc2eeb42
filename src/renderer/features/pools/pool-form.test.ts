import { describe, expect, it } from 'vitest'
import { poolRouting } from '../../../shared/models/pool.ts'
import {
  draftOf,
  emptyForm,
  fieldIds,
  isChanged,
  patchOf,
  problemsOf,
  type Member,
  type PoolForm,
  type PoolStep,
} from './pool-form.ts'
import { routingFormOf, routingIds, routingOf, usualRouting } from './routing-form.ts'
import { routingOrder, sharesOf } from './routing-order.ts'

const good: PoolForm = { ...emptyForm, name: 'Team', wantsKey: false }
const context = { nameOf: (id: string) => `name of ${id}`, takenNames: new Set(['laptop']), refusals: [] }
const member = (
  upstreamId: string,
  priority: Member['priority'],
  weight: Member['weight'],
  enabled = true,
): Member => ({
  upstreamId,
  priority,
  weight,
  enabled,
})

function routing(patch: Partial<PoolForm['routing']>): Partial<PoolForm> {
  return { routing: { ...emptyForm.routing, ...patch } }
}

function messages(patch: Partial<PoolForm>, step: PoolStep): readonly string[] {
  return problemsOf({ ...good, ...patch }, context)[step].map(({ message }) => message)
}

describe('problemsOf', () => {
  it('has none for the least that a Pool needs', () => {
    expect(Object.values(problemsOf(good, context)).flat()).toEqual([])
  })

  it.each<[PoolStep, Partial<PoolForm>, RegExp]>([
    ['details', { name: '  ' }, /^Give the Pool a name/],
    ['details', { name: 'x'.repeat(81) }, /at most 80/],
    ['details', { notes: 'x'.repeat(2_001) }, /at most 2,000/],
    ['upstreams', { members: [member('u', '', 1)] }, /^name of u: the priority must be a whole number from 1 to 1,000/],
    ['upstreams', { members: [member('u', 0, 1)] }, /priority/],
    ['upstreams', { members: [member('u', 1.5, 1)] }, /priority/],
    ['upstreams', { members: [member('u', 1, 1_001)] }, /^name of u: the weight must be a whole number from 0/],
    ['routing', routing({ maxAttempts: 21 }), /^Upstreams per request: A whole number from 1 to 20/],
    ['routing', routing({ maxConcurrent: 0 }), /^Requests at the same time: A whole number from 1 to 10,000/],
    ['routing', routing({ maxConcurrent: 2.5 }), /same time/],
    ['routing', routing({ maxConcurrent: '-' }), /Give a number, or nothing/],
    ['routing', routing({ maxConcurrent: 2, queueLength: 10_001 }), /^Requests that may wait: .* 0 to 10,000/],
    ['routing', routing({ maxConcurrent: 2, queueLength: 1, queueWaitSeconds: 0 }), /^Longest wait: .*above 0/],
    ['routing', routing({ maxConcurrent: 2, queueLength: 1, queueWaitSeconds: 601 }), /at most 600/],
    ['keys', { wantsKey: true, keyName: '' }, /^Give the key a name/],
    ['keys', { wantsKey: true, keyName: ' LAPTOP ' }, /already called/],
    ['models', { models: 'selected' }, /^Choose at least one model/],
    ['models', { models: 'selected', allowed: ['gpt 5'] }, /no blanks/],
    ['models', { aliases: [{ row: 0, alias: '', model: 'm' }] }, /Give a model id/],
    ['models', { aliases: [{ row: 0, alias: 'a', model: '' }] }, /what is sent: Give a model id/],
    ['models', { aliases: [{ row: 0, alias: 'a', model: 'a' }] }, /leads to itself/],
    ['models', { aliases: [{ row: 0, alias: 'ä', model: 'm' }] }, /ASCII/],
  ])('finds at %s what is wrong in %j', (step, patch, pattern) => {
    expect(messages(patch, step).join('\n')).toMatch(pattern)
  })

  it('has nothing against routing fields that are blank or not shown', () => {
    expect(messages(routing({ maxConcurrent: 2, queueLength: '', queueWaitSeconds: '' }), 'routing')).toEqual([])
    expect(messages(routing({ queueLength: '', queueWaitSeconds: 0 }), 'routing')).toEqual([])
    expect(messages(routing({ maxConcurrent: 2, queueLength: 0, queueWaitSeconds: 9_999 }), 'routing')).toEqual([])
  })

  it('leads to the field of routing that is wrong', () => {
    const { routing: found } = problemsOf({ ...good, ...routing({ maxAttempts: 0 }) }, context)
    expect(found.map(({ fieldId }) => fieldId)).toEqual([routingIds.maxAttempts])
  })

  it('names both rows of an alias that is given twice', () => {
    const aliases = [0, 1].map((row) => ({ row, alias: 'a', model: `m${row}` }))
    expect(problemsOf({ ...good, aliases }, context).models.map(({ fieldId }) => fieldId)).toEqual([
      fieldIds.alias(0),
      fieldIds.alias(1),
    ])
  })

  it('repeats what the core refused at its step', () => {
    const refusals = [{ step: 'details' as const, fieldId: fieldIds.name, message: 'taken' }]
    expect(problemsOf(good, { ...context, refusals }).details).toEqual(refusals)
  })
})

describe('draftOf and patchOf', () => {
  it('trims, and takes a list of models only where one was chosen', () => {
    const form = { ...good, name: ' Team ', allowed: ['a'], aliases: [{ row: 3, alias: ' b ', model: 'c ' }] }
    expect(draftOf(form)).toMatchObject({ name: 'Team', allowedModels: null, aliases: [{ alias: 'b', model: 'c' }] })
    expect(draftOf({ ...form, models: 'selected' }).allowedModels).toEqual(['a'])
  })

  it('sends only what was changed', () => {
    const before = { ...good, members: [member('u', 1, 1)] }
    expect(patchOf({ ...before, notes: 'n' }, before)).toEqual({ notes: 'n' })
    expect(patchOf({ ...before, members: [member('u', 1, 2)] }, before)).toEqual({ assignments: [member('u', 1, 2)] })
  })

  it('sends all of the routing where one field of it differs, and the wait in ms', () => {
    const before = { ...good, ...routing({ maxAttempts: 2 }) }
    const after = { ...good, ...routing({ maxAttempts: 2, maxConcurrent: '4', queueLength: 5, queueWaitSeconds: 1.5 }) }
    const sent = {
      maxAttempts: 2,
      maxConcurrent: 4,
      queueLength: 5,
      queueWaitMs: 1_500,
      fallbackPoolId: null,
      sticky: true,
    }
    expect(patchOf(after, before)).toEqual({ routing: sent })
    expect(patchOf({ ...before, strategy: 'fastest' }, before)).toEqual({ strategy: 'fastest' })
  })

  it('forgets how long one may wait once nobody may', () => {
    const alone = draftOf({ ...good, ...routing({ maxConcurrent: 1, queueLength: '', queueWaitSeconds: 3 }) }).routing
    expect(alone).toEqual({ ...usualRouting, maxConcurrent: 1 })
    const queued = draftOf({ ...good, ...routing({ queueLength: 2, queueWaitSeconds: '' }) }).routing
    expect(queued).toEqual({ ...usualRouting, queueLength: 2 })
  })

  it('comes back as it was saved', () => {
    const saved = {
      maxAttempts: 4,
      maxConcurrent: 8,
      queueLength: 3,
      queueWaitMs: 250,
      fallbackPoolId: 'pool_b',
      sticky: false,
    }
    expect(routingOf(routingFormOf(saved))).toEqual(saved)
    expect(routingOf(routingFormOf(usualRouting))).toEqual(poolRouting.parse({}))
  })

  it('sees no change where an alias was removed and typed again', () => {
    const before = { ...good, aliases: [{ row: 0, alias: 'a', model: 'b' }] }
    expect(isChanged({ ...before, aliases: [{ row: 1, alias: 'a', model: 'b' }] }, before)).toBe(false)
    expect(isChanged({ ...before, wantsKey: true }, before)).toBe(true)
  })
})

describe('routingOrder', () => {
  it('puts equal priorities together with their shares, the lowest number first', () => {
    const order = routingOrder([member('c', 2, 0), member('a', 1, 3), member('b', 1, 1), member('off', 1, 9, false)])
    expect(order).toEqual([
      {
        priority: 1,
        members: [
          { upstreamId: 'a', weight: 3, share: 0.75 },
          { upstreamId: 'b', weight: 1, share: 0.25 },
        ],
      },
      { priority: 2, members: [{ upstreamId: 'c', weight: 0, share: 1 }] },
    ])
  })

  it('leaves out what is not finished', () => expect(routingOrder([member('a', '', 1)])).toEqual([]))
})

describe('sharesOf', () => {
  const members = [member('a', 1, 3), member('b', 2, 1), member('c', 2, 0), member('off', 1, 9, false)]

  it.each(['priority', 'spread', 'round_robin'] as const)('knows the shares of each priority for %s', (strategy) => {
    expect(sharesOf(strategy, members)).toEqual(new Map(Object.entries({ a: 1, b: 1, c: 0 })))
  })

  it.each(['least_in_flight', 'fastest', 'quota_first', 'drain_first', 'cheapest'] as const)(
    'claims none for %s',
    (each) => expect(sharesOf(each, members)).toBeNull(),
  )
})
