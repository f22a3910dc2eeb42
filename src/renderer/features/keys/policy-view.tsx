/** A policy as it comes out in the end, in words, with what is odd about it first. */
import { Alert, List, Stack, Text } from '@mantine/core'
import type { EffectivePolicy } from '../../../shared/models/key.ts'
import { FactList, type Fact } from '../../components/facts.tsx'
import { thresholdWords } from './threshold-form.ts'

const SHOWN = 12

export interface PolicyViewProps {
  readonly policy: EffectivePolicy
  /** Where no bars stand beside it that say the same. */
  readonly withLimits?: boolean
}

export function PolicyView({ policy, withLimits = false }: PolicyViewProps) {
  const { warnings, ipMerged } = policy
  return (
    <Stack gap="xs">
      {warnings.length > 0 && (
        <Alert color="yellow" variant="outline" p="xs" role="note" aria-label="Warnings">
          <List size="sm">
            {warnings.map((warning) => (
              <List.Item key={warning}>{warning}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      <FactList
        label="Effective policy"
        facts={[
          { label: 'Models', value: modelWords(policy.models) },
          { label: 'Always sent', value: <Enforced enforced={policy.enforced} /> },
          { label: 'Upstreams', value: upstreamWords(policy.upstreams) },
          {
            label: 'Addresses',
            value: policy.ipAllowlist.length === 0 ? 'every address' : namesOf(policy.ipAllowlist),
          },
          { label: 'Expiry', value: policy.expiry.words },
          {
            label: 'Ephemeral tokens',
            value: policy.canMakeTokens ? 'made by you and by the key itself' : 'made by you only',
          },
          ...(withLimits ? limitFacts(policy) : []),
          policy.alertThresholds === null
            ? null
            : { label: 'Budget alerts', value: thresholdWords(policy.alertThresholds) },
        ]}
      />
      {ipMerged.map(({ rule, into }) => (
        <Text key={rule} size="xs" c="dimmed">
          {rule === into ? `${rule} is written twice and counts once.` : `${rule} is left out: ${into} contains it.`}
        </Text>
      ))}
    </Stack>
  )
}

const unpricedWords: Readonly<Record<EffectivePolicy['unpriced'], string>> = {
  refuse: 'refused where there is a budget',
  warn: 'served with a warning',
  free: 'served at no cost',
}

function limitFacts({ limits, overrides, unpriced }: EffectivePolicy): readonly Fact[] {
  if (limits.length + overrides.length === 0) return [{ label: 'Limits', value: 'none' }]
  const words = limits.map((limit) => limit.words)
  return [
    { label: 'Limits', value: words.length === 0 ? 'none' : words.join(' · ') },
    ...overrides.map((row) => ({
      label: `For ${row.model}`,
      value: row.words.length === 0 ? 'counted apart, no cap' : row.words.join(' · '),
    })),
    { label: 'Models without a price', value: unpricedWords[unpriced] },
  ]
}

function namesOf(names: readonly string[]): string {
  const rest = names.length - SHOWN
  return rest > 0 ? `${names.slice(0, SHOWN).join(', ')} and ${rest} more` : names.join(', ')
}

function modelWords({ mode, ids, isLimitedByPool }: EffectivePolicy['models']): string {
  if (mode === 'none') return 'none'
  if (mode === 'all') return 'all that the Pool serves'
  return `${namesOf(ids)}${isLimitedByPool ? ' (the Pool allows no others)' : ''}`
}

function upstreamWords({ mode, list }: EffectivePolicy['upstreams']): string {
  const names = list.map(({ name, isAssigned, isEnabled }) => {
    if (!isAssigned) return `${name} (not in the Pool)`
    return isEnabled ? name : `${name} (switched off in the Pool)`
  })
  if (names.length === 0) return 'none: the Pool has none'
  return mode === 'all' ? `all of the Pool: ${namesOf(names)}` : namesOf(names)
}

function Enforced({ enforced }: { readonly enforced: EffectivePolicy['enforced'] }) {
  const { model, sentModel, effort, serviceTier } = enforced
  const parts = [
    model === null
      ? null
      : sentModel === null || sentModel === model
        ? `model ${model}`
        : `model ${model}, sent as ${sentModel}`,
    effort === null ? null : `effort ${effort}`,
    serviceTier === null ? null : `service tier ${serviceTier}`,
  ].filter((part) => part !== null)
  return parts.length === 0 ? 'nothing: as the client asks' : parts.join('; ')
}
