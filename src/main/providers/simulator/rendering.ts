/** One answer in a client's dialect, whole or as a stream. The fault injector works on this and knows no dialect. */
export interface StreamEvent {
  /** As sent, with its blank line. */
  readonly text: string
  /**
   * `start`: said before anything is produced. `frame`: opens or closes a part of the output. `delta`: a piece of the
   * output; these are counted and paced. `end`: the terminal event and what follows it.
   */
  readonly phase: 'start' | 'frame' | 'delta' | 'end'
}

export interface Rendering {
  /** The whole answer. */
  body(): unknown
  events(): StreamEvent[]
  /** What a provider sends with status 200 when it fails inside. */
  errorBody(): unknown
  /** The same in a stream, at the place of the event `index`. */
  errorEvents(index: number): string
  readonly malformedEvent: string
}

export const serverError = {
  message: 'The simulator was told to fail here.',
  type: 'server_error',
  param: null,
  code: 'server_error',
} as const
