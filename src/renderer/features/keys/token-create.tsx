/** A new token of a key: how long, and what of the key it may do. */
import { Button, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState, type FormEvent } from 'react'
import type { TokenWithSecret } from '../../../shared/models/ephemeral-token.ts'
import type { PoolKey } from '../../../shared/models/key.ts'
import { LeaveGuard } from '../../components/leave-guard.tsx'
import { routeQuery } from '../../lib/api.ts'
import { useNow } from '../../lib/clock.ts'
import { errorLine, fieldErrors } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import { AddressField } from './address-field.tsx'
import { LimitFields } from './limit-fields.tsx'
import { limitFieldId } from './limit-form.ts'
import { ModelPicker } from './model-picker.tsx'
import {
  emptyTokenForm,
  refusedTokenFields,
  tokenDraftOf,
  tokenLimitGroups,
  tokenProblems,
  type TokenFieldId,
  type TokenForm,
} from './token-form.ts'
import { TokenLife } from './token-life.tsx'
import { madeNoMore } from './token-words.ts'
import classes from './tokens.module.css'

export interface TokenCreateProps {
  readonly poolKey: PoolKey
  /** Nothing is lost by leaving any more. */
  readonly isMade: boolean
  readonly onMade: (made: TokenWithSecret) => void
  readonly onCancel: () => void
}

interface FieldProps {
  readonly form: TokenForm
  readonly change: (patch: Partial<TokenForm>) => void
  readonly errorOf: (id: TokenFieldId) => string | null
  readonly onLeave: (id: TokenFieldId) => void
}

export function TokenCreate({ poolKey: key, isMade, onMade, onCancel }: TokenCreateProps) {
  const [form, setForm] = useState(emptyTokenForm)
  const [left, setLeft] = useState<ReadonlySet<TokenFieldId>>(new Set())
  const create = useAction('token.create', { errorToast: false })
  const now = useNow()
  const refused = create.error === null ? [] : refusedTokenFields(fieldErrors(create.error))
  const own = tokenProblems(form, key)
  const blockedBy = madeNoMore(key, now) ?? own[0]?.message ?? null
  const fields: FieldProps = {
    form,
    change(patch) {
      setForm((before) => ({ ...before, ...patch }))
      create.reset()
    },
    errorOf(id) {
      const found = [...refused, ...own].find(({ fieldId }) => fieldId === id)
      return found !== undefined && (refused.includes(found) || left.has(id)) ? found.inline : null
    },
    onLeave: (id) => setLeft((before) => new Set([...before, id])),
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    if (blockedBy !== null) return
    try {
      onMade(await create.run(tokenDraftOf(form, key.id)))
    } catch {
      // `create.error` is shown below.
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} aria-label="New token" noValidate>
      {!isMade && <LeaveGuard isDirty={() => JSON.stringify(form) !== JSON.stringify(emptyTokenForm)} />}
      <Stack gap="md">
        <Name {...fields} />
        <TokenLife
          life={form.life}
          keyEnd={key.expiresAt}
          onChange={(life) => {
            fields.change({ life })
            fields.onLeave('token-life')
          }}
          error={fields.errorOf('token-life')}
        />
        <Models {...fields} poolKey={key} />
        <Limits {...fields} />
        <div className={classes['section']}>
          <AddressField
            id="token-addresses"
            empty="from everywhere that the key allows"
            value={form.addresses}
            error={fields.errorOf('token-addresses')}
            onBlur={() => fields.onLeave('token-addresses')}
            onChange={(addresses) => fields.change({ addresses })}
          />
        </div>
        {create.error !== null && (
          <Text role="alert" c="var(--tone-bad)">
            {errorLine(create.error)}
          </Text>
        )}
        <Foot
          blockedBy={blockedBy}
          isPending={create.isPending}
          isPaused={key.status === 'paused'}
          onCancel={onCancel}
        />
      </Stack>
    </form>
  )
}

function Name({ form, change, errorOf, onLeave }: FieldProps) {
  const field = useRef<HTMLInputElement>(null)
  // The drawer was open already, so nothing else moves the focus here.
  useEffect(() => field.current?.focus(), [])
  return (
    <TextInput
      ref={field}
      data-autofocus
      id="token-name"
      label="Name"
      description="Who or what gets it, and for what: it stands in lists and logs."
      required
      maw={400}
      autoComplete="off"
      value={form.name}
      error={errorOf('token-name')}
      onBlur={() => onLeave('token-name')}
      onChange={(event) => change({ name: event.currentTarget.value })}
    />
  )
}

function Models({ form, change, errorOf, poolKey: key }: FieldProps & { readonly poolKey: PoolKey }) {
  const { modelPolicy } = key
  const catalog = useQuery({
    ...routeQuery('model.catalog', {}),
    // Others would be refused all the same.
    select: (all) => (modelPolicy.mode === 'selected' ? all.filter(({ id }) => modelPolicy.models.includes(id)) : all),
  })
  return (
    <div className={classes['section']}>
      <Radio.Group
        label="Models that it may ask for"
        value={form.modelMode}
        onChange={(next) => change({ modelMode: next === 'selected' ? 'selected' : 'all' })}
      >
        <Stack gap={6} mt={6}>
          <Radio value="all" label="All of the key" description={modelWords(modelPolicy)} />
          <Radio value="selected" label="Only these" description="A request for any other model is refused." />
        </Stack>
      </Radio.Group>
      {form.modelMode === 'selected' && (
        <Stack mt="xs">
          <ModelPicker
            id="token-models"
            catalog={catalog}
            poolId={key.poolId}
            value={form.models}
            error={errorOf('token-models')}
            onChange={(models) => change({ models })}
          />
        </Stack>
      )}
    </div>
  )
}

function modelWords(policy: PoolKey['modelPolicy']): string {
  if (policy.mode === 'none') return 'The key may ask for none now.'
  return policy.mode === 'all' ? 'Now all that its Pool serves.' : `Now ${policy.models.join(', ')}.`
}

function Limits({ form, change, errorOf, onLeave }: FieldProps) {
  return (
    <div className={classes['section']}>
      <Text fw={550}>Limits of the token</Text>
      <Text size="xs" c="dimmed" mb={4}>
        Beside those of the key, which count its requests too. Blank: as the key; 0 denies all.
      </Text>
      <LimitFields
        label="Limits of the token"
        blank="as the key"
        groups={tokenLimitGroups}
        texts={form.limits}
        idOf={limitFieldId}
        onChange={(limits) => change({ limits })}
        errorOf={errorOf}
        onLeave={onLeave}
      />
    </div>
  )
}

interface FootProps {
  readonly blockedBy: string | null
  readonly isPending: boolean
  readonly isPaused: boolean
  readonly onCancel: () => void
}

function Foot({ blockedBy, isPending, isPaused, onCancel }: FootProps) {
  const said = blockedBy ?? (isPaused ? 'The key is paused: the token works once the key is resumed.' : null)
  return (
    <div className={classes['foot']}>
      {said !== null && (
        <Text size="xs" c="dimmed" id="token-reason" flex={1}>
          {said}
        </Text>
      )}
      <Button variant="default" onClick={onCancel}>
        Cancel
      </Button>
      <Button
        type="submit"
        loading={isPending}
        disabled={blockedBy !== null}
        {...(said === null ? {} : { 'aria-describedby': 'token-reason' })}
      >
        Create token
      </Button>
    </div>
  )
}
