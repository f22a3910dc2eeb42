import { describe, expect, it } from 'vitest'
import { connectionLost, errorLine, fieldErrors, nextStepOf, OperatorError } from './operator-error.ts'

describe('nextStepOf', () => {
  it('adds what the table says to a message that stops at what happened', () => {
    const error = new OperatorError({ code: 'disk_full', message: 'The disk is full.' })
    expect(nextStepOf(error)).toMatch(/^Free space/)
    expect(errorLine(error)).toMatch(/^The disk is full\. Free space .* \(disk_full\)$/)
  })

  it('adds nothing to a message that says it itself, nor for an unknown code', () => {
    expect(nextStepOf(connectionLost())).toBe('')
    expect(nextStepOf(new OperatorError({ code: 'from_the_future', message: 'Something.' }))).toBe('')
  })
})

describe('fieldErrors', () => {
  it('gives each named field its message, under the name that the form has', () => {
    const details = { fields: ['patch.name: too long', 'assignments.0.priority: must be: a number'] }
    const error = new OperatorError({ code: 'invalid_input', message: 'No.', details })
    expect(fieldErrors(error)).toEqual({ name: 'too long', 'assignments.0.priority': 'must be: a number' })
  })

  it('has none for other errors', () => {
    expect(fieldErrors(new OperatorError({ code: 'name_taken', message: 'Taken.' }))).toEqual({})
    expect(fieldErrors(new Error('x'))).toEqual({})
  })
})
