import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { countRequest } from './counter.ts'
import { createTokenCounter, type TokenCounter, type TokenCounterDeps } from './tokens.ts'

const body = (content: string) =>
  Buffer.from(JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content }] }))
const small = body('hello world')
/** Several parts. */
const large = body('The weir holds back the water. '.repeat(110_000))
const exact = { tokens: countRequest('chat', small), isExact: true }
const threadFile = join(import.meta.dirname, 'token-thread.ts')

const counters: TokenCounter[] = []
const warnings: string[] = []

function open(deps: Partial<TokenCounterDeps> = {}) {
  const threads: Worker[] = []
  const start = deps.start ?? (() => new Worker(threadFile))
  const counter = createTokenCounter({
    log: { warn: (message) => void warnings.push(message) },
    ...deps,
    start() {
      const thread = start()
      threads.push(thread)
      return thread
    },
  })
  counters.push(counter)
  return { counter, threads, bound: { tokens: counter.upperBound('chat', small), isExact: false } }
}

/** A thread that loads nothing and runs this. */
const script = (code: string) => () =>
  new Worker(`const { parentPort } = require('node:worker_threads'); ${code}`, { eval: true })
const silent = script("parentPort.on('message', () => {})")

afterEach(async () => {
  await Promise.all(counters.splice(0).map((counter) => counter.close()))
  warnings.length = 0
})

describe('createTokenCounter', () => {
  it('starts its thread with the first count, and no second one', async () => {
    const { counter, threads } = open()
    expect(counter.upperBound('chat', small)).toBeGreaterThan(exact.tokens)
    expect(threads).toHaveLength(0)
    expect(await counter.count('chat', small)).toEqual(exact)
    expect(await counter.count('chat', small)).toEqual(exact)
    expect(threads).toHaveLength(1)
  })

  it('counts as the function does, small and large, in the order of the calls, and leaves the bytes alone', async () => {
    const { counter } = open()
    const before = Buffer.from(large)
    const answers = await Promise.all([
      counter.count('chat', large),
      counter.count('chat', small),
      counter.count('embeddings', Buffer.from('{"input":[1,2,3]}')),
      counter.count('responses', Buffer.from('{"input":[{"image_url":"https://a"}]}'), 'gpt-4o-mini'),
    ])
    expect(answers.map(({ tokens }) => tokens)).toEqual([
      countRequest('chat', large),
      exact.tokens,
      3,
      countRequest('responses', Buffer.from('{"input":[{"image_url":"https://a"}]}'), 'gpt-4o-mini'),
    ])
    expect(answers.every(({ isExact }) => isExact)).toBe(true)
    expect(large.equals(before)).toBe(true)
  })

  it('starts with the thread of this installation', async () => {
    const counter = createTokenCounter({ log: { warn: (message) => void warnings.push(message) } })
    counters.push(counter)
    expect(await counter.count('chat', small)).toEqual(exact)
    expect(warnings).toEqual([])
  })

  it.each([
    ['no JSON', Buffer.from('{"messages":')],
    ['nothing', Buffer.alloc(0)],
    ['nested beyond the stack', Buffer.from(`{"messages":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)],
  ])('answers %s with the bound, and goes on', async (_name, bytes) => {
    const { counter, threads } = open()
    expect(await counter.count('chat', bytes)).toEqual({ tokens: counter.upperBound('chat', bytes), isExact: false })
    expect(await counter.count('chat', small)).toEqual(exact)
    expect(threads).toHaveLength(1)
  })

  it('answers with the bound when the thread dies, says so, and starts another for those behind', async () => {
    let starts = 0
    const { counter, bound, threads } = open({
      start: () =>
        starts++ === 0
          ? script("parentPort.on('message', () => { throw new Error('gone') })")()
          : new Worker(threadFile),
    })
    const answers = await Promise.all([counter.count('chat', small), counter.count('chat', small)])
    expect(answers).toEqual([bound, exact])
    expect(threads).toHaveLength(2)
    expect(warnings).toEqual(['The thread that counts tokens stopped. The next request starts another.'])
  })

  it('survives the loss of an idle thread', async () => {
    const { counter, threads } = open()
    await counter.count('chat', small)
    await threads[0]?.terminate()
    expect(await counter.count('chat', small)).toEqual(exact)
  })

  it('answers with the bound when no thread can be started', async () => {
    const { counter, bound } = open({
      start() {
        throw new Error('no file')
      },
    })
    expect(await Promise.all([counter.count('chat', small), counter.count('chat', small)])).toEqual([bound, bound])
    expect(warnings[0]).toBe('The thread that counts tokens could not be started.')
  })

  it('answers with the bound when it takes too long, ends that thread, and what waited is late too', async () => {
    const { counter, threads, bound } = open({ start: silent, timeoutMs: 50 })
    expect(await Promise.all([counter.count('chat', small), counter.count('chat', small)])).toEqual([bound, bound])
    const [first] = threads
    if (first !== undefined && first.threadId !== -1) await once(first, 'exit')
    expect(first?.threadId).toBe(-1)
    expect(warnings[0]).toBe('Counting tokens took too long; the upper bound is used.')
  })

  it('lets 256 requests wait and answers the next ones at once with the bound', async () => {
    const { counter, bound } = open({ start: silent })
    const waiting = Array.from({ length: 256 }, () => counter.count('chat', small))
    expect(await Promise.race([counter.count('chat', small), Promise.race(waiting)])).toEqual(bound)
    await counter.close()
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => bound))
  })

  it('answers with the bound after it was closed, and closes twice', async () => {
    const { counter, threads, bound } = open()
    await counter.count('chat', small)
    await Promise.all([counter.close(), counter.close()])
    expect(threads[0]?.threadId).toBe(-1)
    expect(await counter.count('chat', small)).toEqual(bound)
    expect(threads).toHaveLength(1)
  })
})
