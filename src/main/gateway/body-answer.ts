/** The answer that is no stream: JSON, a JSON that is read on its way, or bytes. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Answer, AnswerSink, AttemptJob } from './answer.ts'
import { BytesAnswer } from './bytes-answer.ts'
import { JsonAnswer } from './json-answer.ts'
import { ReadAnswer } from './read-answer.ts'

/** Begins with a JSON at once that is too long to hold; `adopt` must know it by then. */
export function openBody(
  sink: AnswerSink,
  job: AttemptJob,
  { kind, headers, adopt }: { kind: 'json' | 'bytes'; headers: IncomingHttpHeaders; adopt: (answer: Answer) => void },
): void {
  const reader = job.plain?.reader ?? null
  if (kind === 'bytes') adopt(new BytesAnswer(sink, job))
  else if (reader !== null) adopt(new ReadAnswer(sink, reader))
  else {
    const answer = new JsonAnswer(sink, job)
    adopt(answer)
    if (Number(headers['content-length'] ?? 0) > job.settings['gateway.holdBytes']) answer.open()
  }
}
