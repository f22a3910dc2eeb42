/** What an upstream of the chaos run can do wrong, over HTTP and over a WebSocket, and what a healthy answer looks like. */

/** Before any output: the gateway can go elsewhere, and the client must not notice. */
export const mendable = [
  'reset-before-head',
  'hang-before-head',
  'status-401',
  'status-404-model',
  'status-429',
  'status-429-retry-after',
  'status-500',
  'status-503',
  'malformed-events',
  'truncated-json',
  'wrong-content-type',
  'limit-event',
  'overload-event',
  'ended-before-output',
  'socket-close-1001',
  'socket-close-1008',
  'socket-close-1011',
  'socket-close-1013',
] as const
/** After output: the client is told once, and nothing is sent again. */
export const lasting = ['reset-mid-stream', 'hang-mid-stream', 'end-mid-stream', 'socket-close-mid-turn'] as const
/** Odd, and not wrong. */
export const harmless = ['slow-drip'] as const

export type Fault = (typeof mendable)[number] | (typeof lasting)[number] | (typeof harmless)[number]

export const isLasting = (fault: Fault): boolean => (lasting as readonly string[]).includes(fault)

const ofHttp: readonly Fault[] = [...mendable, ...lasting, ...harmless].filter((fault) => !fault.startsWith('socket-'))
const NOT_OF_SOCKETS: ReadonlySet<Fault> = new Set([
  'malformed-events',
  'truncated-json',
  'wrong-content-type',
  'ended-before-output',
  'end-mid-stream',
  'status-404-model',
])
const ofSockets: readonly Fault[] = [...mendable, ...lasting, ...harmless].filter((fault) => !NOT_OF_SOCKETS.has(fault))

export function draw(transport: 'http' | 'socket', random: () => number): Fault {
  const list = transport === 'http' ? ofHttp : ofSockets
  return list[Math.floor(random() * list.length)] ?? 'status-500'
}

export const WORDS = 12

/** What a client must have in the end: its own mark in each word, all of one upstream, in order. */
export function wordsOf(mark: string, upstream: number): string[] {
  return Array.from({ length: WORDS }, (_, index) => `${mark}.${upstream}.${index} `)
}

const USAGE = { input_tokens: 7, input_tokens_details: { cached_tokens: 2 }, output_tokens: WORDS, total_tokens: 19 }

/** The events of one turn. */
export function turnOf(mark: string, upstream: number): Record<string, unknown>[] {
  const id = `resp_${mark}_${upstream}`
  const item = { id: `msg_${mark}`, type: 'message', role: 'assistant' }
  const words = wordsOf(mark, upstream)
  const content = [{ type: 'output_text', text: words.join(''), annotations: [] }]
  return [
    { type: 'response.created', response: { id, status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    ...words.map((delta) => ({ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta })),
    { type: 'response.output_item.done', output_index: 0, item: { ...item, content } },
    { type: 'response.completed', response: { id, status: 'completed', output: [{ ...item, content }], usage: USAGE } },
  ]
}

/** Events before the first one that is a part of the answer. */
export const EVENTS_BEFORE_OUTPUT = 2

export function refusalBody(code: string): string {
  return JSON.stringify({ error: { message: 'refused by the chaos run', type: 'error', param: null, code } })
}
