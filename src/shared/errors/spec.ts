export interface ErrorSpec {
  readonly status: number
  readonly codexStatus?: number
  readonly retry: 'never' | 'later'
  /** What happened, for the reference page. */
  readonly meaning: string
  /** What the reader can do about it. */
  readonly next: string
}
