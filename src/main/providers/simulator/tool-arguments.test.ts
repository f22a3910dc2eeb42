import { describe, expect, it } from 'vitest'
import { argumentsFor } from './tool-arguments.ts'

const object = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
})

describe('tool-arguments', () => {
  it('fills required properties only', () => {
    const schema = object({ city: { type: 'string' }, days: { type: 'integer' } }, ['city'])
    expect(argumentsFor(schema)).toEqual({ city: 'simulated' })
  })

  it('gives a shell a harmless command, as text or as a list', () => {
    expect(argumentsFor(object({ cmd: { type: 'string' } }))).toEqual({ cmd: 'echo weir-simulator' })
    expect(argumentsFor(object({ command: { type: 'array', items: { type: 'string' } } }))).toEqual({
      command: ['echo', 'weir-simulator'],
    })
  })

  it.each([
    [{ enum: ['b', 'a'] }, 'b'],
    [{ const: 7 }, 7],
    [{ type: 'integer' }, 1],
    [{ type: 'integer', minimum: 5 }, 5],
    [{ type: 'number', exclusiveMinimum: 2 }, 3],
    [{ type: 'number', maximum: 0 }, 0],
    [{ type: 'boolean' }, false],
    [{ type: ['null', 'string'] }, 'simulated'],
    [{ type: 'string', maxLength: 3 }, 'sim'],
    [{ type: 'string', minLength: 12 }, 'simulatedxxx'],
    [{ type: 'string', format: 'date' }, '2025-01-01'],
    [{ anyOf: [{ type: 'null' }, { type: 'boolean' }] }, false],
    [{ oneOf: [{ type: 'null' }] }, null],
    [{ allOf: [object({ a: { type: 'boolean' } }), object({ b: { type: 'null' } })] }, { a: false, b: null }],
    [{ type: 'array', items: { type: 'integer' }, minItems: 2 }, [1, 1]],
    [{ type: 'array', items: object({ a: { type: 'boolean' } }) }, [{ a: false }]],
    [object({ inner: object({ cmd: { type: 'string' } }) }), { inner: { cmd: 'echo weir-simulator' } }],
  ])('satisfies %j', (schema, wanted) => {
    expect(argumentsFor(object({ value: schema }))).toEqual({ value: wanted })
  })

  it('follows local references', () => {
    const schema = { ...object({ a: { $ref: '#/$defs/size' } }), $defs: { size: { type: 'integer', minimum: 4 } } }
    expect(argumentsFor(schema)).toEqual({ a: 4 })
  })

  it('stops at a schema that contains itself', () => {
    const schema = { ...object({ next: { $ref: '#' } }) }
    expect(JSON.stringify(argumentsFor(schema)).length).toBeLessThan(200)
  })

  it.each([undefined, null, 'text', {}, { type: 'object' }])('makes an empty object of %j', (schema) => {
    expect(argumentsFor(schema)).toEqual({})
  })
})
