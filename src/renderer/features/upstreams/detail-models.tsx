/** What it can be asked for: the provider's own list as last fetched, and what an operator added. */
import { Anchor, Code, Text } from '@mantine/core'
import { Link } from 'react-router'
import { DetailPart } from '../../components/detail-part.tsx'
import { Time } from '../../components/time.tsx'
import { formatNoun } from '../../lib/format.ts'
import { ModelPreview } from './check-view.tsx'
import { useUpstreamActs } from './upstream-acts.tsx'
import { modelsOf, type Upstream } from './upstream-rows.ts'
import classes from './upstreams.module.css'

export function DetailModels({ upstream }: { readonly upstream: Upstream }) {
  const acts = useUpstreamActs()
  const { fetchedModels, manualModels, modelsFetchedAt, modelsError } = upstream
  return (
    <DetailPart
      title="Models"
      end={
        <Anchor component="button" type="button" size="xs" onClick={() => acts.refreshModels(upstream)}>
          Refresh models
        </Anchor>
      }
    >
      <Text size="xs" c="dimmed">
        {`${formatNoun(fetchedModels.length, 'model')} listed by the provider, fetched `}
        <Time at={modelsFetchedAt} />
      </Text>
      {modelsError !== null && (
        <Text size="xs" c="var(--tone-bad)" role="status">
          {`The last fetch failed: ${modelsError}`}
        </Text>
      )}
      <ModelPreview models={fetchedModels} />
      {manualModels.length > 0 && (
        <>
          <Text size="xs" c="dimmed" mt={6}>
            Added by hand
          </Text>
          <ul className={classes['models']} aria-label="Models added by hand">
            {manualModels.map((model) => (
              <li key={model}>
                <Code>{model}</Code>
              </li>
            ))}
          </ul>
        </>
      )}
      {modelsOf(upstream).length === 0 && (
        <Text>
          No model is known, so requests for any id are sent to it.{' '}
          <Anchor component={Link} to={`/upstreams/${upstream.id}/edit`} inherit underline="always">
            Add model ids by hand
          </Anchor>
        </Text>
      )}
    </DetailPart>
  )
}
