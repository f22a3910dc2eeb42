/**
 * Clients under load: some stream and some don't, some leave in the middle, some ask for a model that nobody serves. Each
 * notes the id of every answer whose first bytes it saw, which is what the gateway may never forget.
 */
import { Agent, request } from 'node:http'
import { NUMBER_HEADER } from './numbered-upstream.ts'

export interface SeenAnswer {
  readonly number: number
  /** `x-weir-request-id` */
  readonly id: string
  readonly status: number
  readonly sentBytes: number
  readonly maxOutput: number
  readonly isMisaddressed: boolean
  /** The answer came to its end. */
  isWhole: boolean
}

export interface Load {
  readonly sent: number
  readonly seen: readonly SeenAnswer[]
  /** Resolves once this many answers have begun since the load started. */
  reached(count: number): Promise<void>
  /** Nothing new is sent; resolves when nothing runs any more. */
  stop(): Promise<void>
}

export interface LoadTarget {
  readonly baseUrl: string
  readonly apiKey: string
  readonly model: string
}

interface Question {
  readonly number: number
  readonly path: string
  readonly body: string
  readonly maxOutput: number
  readonly isMisaddressed: boolean
  readonly leavesEarly: boolean
}

/** What a request is, follows from its number alone, so a run can be repeated. */
function questionOf(number: number, model: string): Question {
  const isChat = number % 2 === 0
  const isMisaddressed = number % 13 === 0
  const maxOutput = 10 + (number % 90)
  const words = 'word '.repeat(1 + (number % 40))
  const common = { model: isMisaddressed ? 'nobody-serves-this' : model, stream: number % 3 !== 0 }
  const body = isChat
    ? { ...common, max_tokens: maxOutput, messages: [{ role: 'user', content: words }] }
    : { ...common, max_output_tokens: maxOutput, input: words }
  return {
    number,
    path: isChat ? '/chat/completions' : '/responses',
    body: JSON.stringify(body),
    maxOutput,
    isMisaddressed,
    leavesEarly: number % 17 === 0,
  }
}

export function startLoad(target: LoadTarget, clients: number, firstNumber: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const seen: SeenAnswer[] = []
  const waiting = new Set<() => void>()
  let sent = 0
  const stop = new AbortController()

  function note(answer: SeenAnswer): SeenAnswer {
    seen.push(answer)
    for (const look of waiting) look()
    return answer
  }

  async function client(): Promise<void> {
    while (!stop.signal.aborted) {
      const question = questionOf(firstNumber + sent, target.model)
      sent += 1
      await ask(target, agent, question, note)
    }
  }

  const running = Promise.all(Array.from({ length: clients }, client))
  return {
    get sent() {
      return sent
    },
    seen,
    reached: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (seen.length < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    async stop() {
      stop.abort()
      await running
      agent.destroy()
    },
  }
}

/** Never rejects: a gateway that is killed breaks every connection, and that is what is rehearsed. */
function ask(
  target: LoadTarget,
  agent: Agent,
  question: Question,
  note: (answer: SeenAnswer) => SeenAnswer,
): Promise<void> {
  return new Promise((resolve) => {
    const { number, body } = question
    const call = request(`${target.baseUrl}${question.path}`, {
      agent,
      method: 'POST',
      headers: {
        authorization: `Bearer ${target.apiKey}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        [NUMBER_HEADER]: number,
      },
    })
    call.once('error', () => resolve())
    call.once('close', () => resolve())
    call.once('response', (response) => {
      const answer = note({
        number,
        id: String(response.headers['x-weir-request-id']),
        status: response.statusCode ?? 0,
        sentBytes: Buffer.byteLength(body),
        maxOutput: question.maxOutput,
        isMisaddressed: question.isMisaddressed,
        isWhole: false,
      })
      response.once('error', () => resolve())
      response.on('data', () => {
        if (question.leavesEarly) call.destroy()
      })
      response.once('end', () => {
        answer.isWhole = response.complete
      })
    })
    call.end(body)
  })
}
