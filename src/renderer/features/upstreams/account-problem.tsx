/** Why an account could not be signed in: the core's sentence, the next step and the code. */
import { Anchor, Text } from '@mantine/core'
import { useEffect, useRef, type ReactNode } from 'react'
import { Link } from 'react-router'
import { CodeText } from '../../components/code-text.tsx'
import { Notice } from '../../components/notice.tsx'
import { nextStepOf, type OperatorError } from '../../lib/operator-error.ts'
import type { AccountFlow } from './use-sign-in.ts'

export interface AccountProblemProps {
  readonly problem: OperatorError | NonNullable<AccountFlow['error']>
  readonly actions?: ReactNode
}

export function AccountProblem({ problem, actions }: AccountProblemProps) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.focus(), [problem.code])
  const { code, message } = problem
  const next = 'next' in problem ? problem.next : nextStepOf(problem)
  const holder = 'details' in problem ? problem.details['upstreamId'] : undefined
  return (
    <div role="alert" ref={box} tabIndex={-1}>
      <Notice tone="bad" title={message} label="Not signed in" actions={actions}>
        {next !== '' && (
          <Text>
            <CodeText text={next} />
          </Text>
        )}
        {typeof holder === 'string' && (
          <Anchor component={Link} to={`/upstreams/${holder}`}>
            Open that upstream
          </Anchor>
        )}
        <Text c="dimmed" size="xs" ff="monospace">
          {code}
        </Text>
      </Notice>
    </div>
  )
}
