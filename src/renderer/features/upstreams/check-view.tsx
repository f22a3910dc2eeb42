/** What a check found: how long the answer took and which models are there, or what is wrong and what to do about it. */
import { Button, Code, Group, Loader, Text } from '@mantine/core'
import { useState } from 'react'
import { CodeText } from '../../components/code-text.tsx'
import { StatusBadge, Tag } from '../../components/status-badge.tsx'
import { formatMs, formatNoun } from '../../lib/format.ts'
import { nextStepOf } from '../../lib/operator-error.ts'
import type { Check, CheckResult } from './use-check.ts'
import classes from './upstreams.module.css'

export function CheckView({ check }: { readonly check: Pick<Check, 'isRunning' | 'result' | 'error'> }) {
  const { isRunning, result, error } = check
  return (
    <div aria-live="polite" role="status" aria-label="Result of the check">
      {isRunning && (
        <Group gap="xs">
          <Loader size="xs" />
          <Text>Asking the upstream for its models…</Text>
        </Group>
      )}
      {error !== null && <Failure message={error.message} next={nextStepOf(error)} code={error.code} cause={null} />}
      {result !== null && (result.ok ? <Success result={result} /> : <Failed result={result} />)}
    </div>
  )
}

function Success({ result }: { readonly result: CheckResult }) {
  const { models, latencyMs } = result
  return (
    <>
      <Group gap="xs">
        <StatusBadge status="success" />
        <Text fw={600}>{`Answered in ${formatMs(latencyMs)}`}</Text>
      </Group>
      <Text mt={4}>{`Address and credential work; ${formatNoun(models.length, 'model')} listed.`}</Text>
      <ModelPreview models={models} />
    </>
  )
}

function Failed({ result }: { readonly result: CheckResult }) {
  const { message, next, errorCode, cause } = result
  return <Failure message={message} next={next ?? ''} code={errorCode ?? ''} cause={cause} />
}

interface FailureProps {
  readonly message: string
  readonly next: string
  readonly code: string
  readonly cause: string | null
}

function Failure({ message, next, code, cause }: FailureProps) {
  return (
    <>
      <Group gap="xs">
        <StatusBadge status="failure" />
        {cause !== null && <Tag tone="bad">{cause}</Tag>}
      </Group>
      <Text mt={4}>
        <CodeText text={message} />
      </Text>
      {next !== '' && (
        <Text fw={550}>
          <CodeText text={next} />
        </Text>
      )}
      <Text c="dimmed" size="xs" ff="monospace">
        {code}
      </Text>
    </>
  )
}

const PREVIEWED = 24

export function ModelPreview({ models }: { readonly models: readonly string[] }) {
  const [isWhole, setWhole] = useState(false)
  if (models.length === 0) return null
  const rest = models.length - PREVIEWED
  return (
    <ul className={classes['models']} aria-label="Models" tabIndex={0}>
      {(isWhole ? models : models.slice(0, PREVIEWED)).map((model) => (
        <li key={model}>
          <Code>{model}</Code>
        </li>
      ))}
      {rest > 0 && (
        <li>
          <Button size="compact-xs" variant="subtle" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
            {isWhole ? 'Show fewer' : `Show ${rest} more`}
          </Button>
        </li>
      )}
    </ul>
  )
}
