import { describe, expect, it } from 'vitest'
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
import { routingOrder } from './routing-order.ts'

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
