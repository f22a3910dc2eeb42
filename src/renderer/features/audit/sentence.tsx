import { auditSentence, type SentencePart } from '../../../shared/audit-sentence.ts'
import type { AuditEntry } from '../../../shared/models/audit.ts'
import { formatTime } from '../../lib/format.ts'
import classes from './audit.module.css'

/** Words up to this long stay on one line: an id has hyphens, at which it would break. */
const UNBROKEN = 24

function sentenceOf(entry: AuditEntry) {
  return auditSentence(entry).map((part, place) => ({ ...part, place }))
}

/** "Rotated key **laptop** in **Team**". */
export function Sentence({ entry }: { readonly entry: AuditEntry }) {
  return (
    <span className={classes['sentence']}>
      {sentenceOf(entry).map((part) => (part.strong ? <Strong key={part.place} part={part} /> : part.text))}
    </span>
  )
}

/** Moments by this machine's clock, as everywhere on the page. */
function Strong({ part: { text, at } }: { readonly part: SentencePart }) {
  const isWhole = at !== undefined || (text.length <= UNBROKEN && !text.includes(' '))
  return <b data-whole={isWhole}>{at === undefined ? text : formatTime(at, { seconds: false })}</b>
}
