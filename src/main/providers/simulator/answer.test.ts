import { describe, expect, it } from 'vitest'
import { simulatorBehaviour } from '../../../shared/models/upstream.ts'
import { answerTo } from './answer.ts'
import { readChat } from './prompt.ts'
import { piecesOf } from './random.ts'

const behaviour = simulatorBehaviour.parse({ words: 5 })
const shell = { type: 'function', function: { name: 'bash', parameters: {} } }
const other = { type: 'function', function: { name: 'weather', parameters: {} } }

function ask(content: string, extra: Record<string, unknown> = {}) {
  const model = typeof extra['model'] === 'string' ? extra['model'] : 'sim-chat'
  return answerTo(readChat({ model, messages: [{ role: 'user', content }], ...extra }), model, behaviour)
}

function textOf(answer: ReturnType<typeof ask>): string {
  return answer.content.kind === 'text' ? answer.content.pieces.join('') : answer.content.kind
}

function toolOf(answer: ReturnType<typeof ask>): string {
  return answer.content.kind === 'tool' ? answer.content.tool.name : answer.content.kind
}

describe('answer', () => {
  it('says the same to the same request and something else to another', () => {
    expect(ask('a')).toEqual(ask('a'))
    expect(textOf(ask('a'))).not.toBe(textOf(ask('b')))
  })

  it('says as many words as asked for, one to a piece', () => {
    const { content, usage } = ask('a')
    expect(content.kind === 'text' && content.pieces.length).toBe(5)
    expect(textOf(ask('a')).split(' ')).toHaveLength(5)
    expect(usage.output).toBe(5)
  })

  it('repeats what follows say:, to the letter', () => {
    expect(textOf(ask('please say: one  two\nthree 🌊 '))).toBe('one  two\nthree 🌊 ')
  })

  it('stops at the limit of output tokens', () => {
    const { content, usage } = ask('a', { max_tokens: 2 })
    expect(content.kind === 'text' && [content.isCut, content.pieces.length]).toEqual([true, 2])
    expect(usage.output).toBe(2)
    expect(ask('a', { max_completion_tokens: 5 }).content).toMatchObject({ isCut: false })
  })

  it('calls a tool for a tools model, for the word tool-call, and when it must', () => {
    expect(toolOf(ask('a', { model: 'sim-tools', tools: [other, shell] }))).toBe('bash')
    expect(toolOf(ask('make a tool-call', { tools: [other] }))).toBe('weather')
    expect(toolOf(ask('a', { tools: [other], tool_choice: 'required' }))).toBe('weather')
    const choice = { type: 'function', function: { name: 'weather' } }
    expect(toolOf(ask('a', { tools: [shell, other], tool_choice: choice }))).toBe('weather')
  })

  it('calls no tool when there is none, when forbidden, or for an ordinary prompt', () => {
    expect(toolOf(ask('a', { model: 'sim-tools' }))).toBe('text')
    expect(toolOf(ask('a', { model: 'sim-tools', tools: [shell], tool_choice: 'none' }))).toBe('text')
    expect(toolOf(ask('a', { tools: [shell] }))).toBe('text')
  })

  it('answers a tool result with its length', () => {
    const messages = [
      { role: 'user', content: 'x' },
      { role: 'tool', content: 'seven..' },
    ]
    const answer = ask('', { model: 'sim-tools', tools: [shell], messages })
    expect(textOf(answer)).toBe("The tool's output was received: 7 characters.")
  })

  it('counts reasoning by effort, inside the output', () => {
    expect(ask('a', { model: 'sim-reasoning' }).usage).toMatchObject({ reasoning: 32, output: 37 })
    expect(ask('a', { model: 'sim-reasoning', reasoning_effort: 'high' }).usage).toMatchObject({ reasoning: 64 })
    expect(ask('a').usage.reasoning).toBe(0)
  })

  it('takes half of a long input as cached', () => {
    expect(ask('short').usage.cached).toBe(0)
    const { input, cached } = ask('x'.repeat(8_000)).usage
    expect([cached % 128, cached > 0, cached <= input / 2]).toEqual([0, true, true])
  })

  it('answers structured output with JSON that fits', () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    const format = { type: 'json_schema', json_schema: { name: 'x', schema } }
    expect(JSON.parse(textOf(ask('a', { response_format: format })))).toEqual({ city: 'simulated' })
  })

  it.each(['a', 'a b', ' a\n\nb  ', 'one two'])('cuts %j into pieces that join again', (text) => {
    expect(piecesOf(text).join('')).toBe(text)
  })
})
