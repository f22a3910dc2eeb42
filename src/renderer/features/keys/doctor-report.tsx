/** The Doctor's verdict, and the steps that led to it in the order in which the gateway takes them. */
import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { DoctorFact, DoctorReport, DoctorStep, DoctorVerdict } from '../../../shared/models/doctor.ts'
import { FactList } from '../../components/facts.tsx'
import { Notice } from '../../components/notice.tsx'
import { Tag, type Tone } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { formatCount } from '../../lib/format.ts'
import classes from './doctor.module.css'

const looks: Readonly<Record<DoctorVerdict, { readonly tone: Tone; readonly word: string }>> = {
  pass: { tone: 'ok', word: 'Pass' },
  warning: { tone: 'warn', word: 'Note' },
  fail: { tone: 'bad', word: 'Fail' },
  skipped: { tone: 'muted', word: 'Skipped' },
}

export function DoctorReportView({ report }: { readonly report: DoctorReport }) {
  return (
    <div>
      <Verdict report={report} />
      <ol className={classes['steps']} aria-label="Steps">
        {report.steps.map((step) => (
          <Step key={step.id} step={step} isDeciding={report.answer.step === step.id} />
        ))}
      </ol>
    </div>
  )
}

function Verdict({ report: { passes, answer, steps } }: { readonly report: DoctorReport }) {
  const { status, code, message, retryAfterSeconds, isFinal } = answer
  const hasNotes = steps.some(({ verdict }) => verdict === 'warning')
  if (passes) {
    const title = hasNotes ? 'It would pass, with a note' : 'It would pass'
    return (
      <Notice tone={hasNotes ? 'warn' : 'ok'} title={title} label="Verdict">
        <Text>{message}</Text>
      </Notice>
    )
  }
  const fix = steps.find(({ id }) => id === answer.step)?.fix ?? null
  const again = [
    retryAfterSeconds === null ? null : `told to wait ${formatCount(retryAfterSeconds)} s`,
    isFinal ? 'told not to try again by itself' : null,
  ].filter((part) => part !== null)
  return (
    <Notice tone="bad" title={`It would be refused with HTTP ${status}`} label="Verdict">
      <Text>{message}</Text>
      {fix !== null && <Advice fix={fix} />}
      <Text size="xs" c="dimmed">
        <code>{code}</code>
        {again.length > 0 && `; the client is ${again.join(' and ')}`}
      </Text>
    </Notice>
  )
}

function Step({ step, isDeciding }: { readonly step: DoctorStep; readonly isDeciding: boolean }) {
  const { verdict, title, summary, facts, fix } = step
  const { tone, word } = looks[verdict]
  return (
    <li className={classes['step']} data-step={step.id} data-verdict={verdict} data-deciding={isDeciding}>
      <div className={classes['mark']}>
        <Tag tone={tone}>{word}</Tag>
      </div>
      <div className={classes['words']}>
        <Text>
          <b>{title}</b> <span>{summary}</span>
        </Text>
        {facts.length > 0 && (
          <FactList label={title} facts={facts.map((fact) => ({ label: fact.label, value: <Value fact={fact} /> }))} />
        )}
        {fix !== null && !isDeciding && <Advice fix={fix} />}
      </div>
    </li>
  )
}

function Advice({ fix: { text, path } }: { readonly fix: NonNullable<DoctorStep['fix']> }) {
  return (
    <Text size="xs">
      {text}{' '}
      {path !== null && (
        <Anchor component={Link} to={path} inherit underline="always" aria-label={`Go there: ${text}`}>
          Go there
        </Anchor>
      )}
    </Text>
  )
}

function Value({ fact: { value, verdict, at } }: { readonly fact: DoctorFact }) {
  return (
    <span data-verdict={verdict ?? undefined} className={classes['value']}>
      {value}
      {at !== null && (
        <>
          {value === '' ? '' : ' '}
          <Time at={at} />
        </>
      )}
      {verdict === 'fail' && <Tag tone="bad">Refuses</Tag>}
      {verdict === 'warning' && <Tag tone="warn">Note</Tag>}
    </span>
  )
}
