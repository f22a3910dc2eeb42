import { auditSentence } from '../../../shared/audit-sentence.ts'
import type { AuditEntry } from '../../../shared/models/audit.ts'

function sentenceOf(entry: AuditEntry) {
  return auditSentence(entry).map((part, place) => ({ ...part, place }))
}

/** "Rotated key **laptop** in **Team**". */
export function Sentence({ entry }: { readonly entry: AuditEntry }) {
  return <span>{sentenceOf(entry).map(({ place, text, strong }) => (strong ? <b key={place}>{text}</b> : text))}</span>
}
