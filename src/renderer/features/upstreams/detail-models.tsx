/** What it can be asked for: the provider's own list as last fetched, and what an operator added. */
import { Anchor, Code, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import { DetailPart } from '../../components/detail-part.tsx'
import { Time } from '../../components/time.tsx'
import { formatNoun } from '../../lib/format.ts'
import { ModelPreview } from './check-view.tsx'
import { useUpstreamActs } from './upstream-acts.tsx'
import { SmallTable } from '../../components/small-table.tsx'
import { modelFactHeads, modelWords } from '../../lib/model-words.ts'
import { modelsOf, type Upstream } from './upstream-rows.ts'
import classes from './upstreams.module.css'

export function DetailModels({ upstream }: { readonly upstream: Upstream }) {
  const acts = useUpstreamActs()
  const { fetchedModels, modelFacts, manualModels, modelsFetchedAt, modelsError } = upstream
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
      {modelFacts.length === 0 ? <ModelPreview models={fetchedModels} /> : <Described upstream={upstream} />}
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

const SHOWN = 12

/** With what the provider's list says of each. */
function Described({ upstream: { fetchedModels, modelFacts } }: { readonly upstream: Upstream }) {
  const [isWhole, setWhole] = useState(false)
  const facts = new Map(modelFacts.map((each) => [each.id, each]))
  const shown = isWhole ? fetchedModels : fetchedModels.slice(0, SHOWN)
  return (
    <>
      <SmallTable label="Models of this upstream" heads={['Model', ...modelFactHeads]} region="Models of this upstream">
        {shown.map((id) => {
          const said = facts.get(id) ?? null
          const { context, efforts, inputs } = modelWords(said)
          return (
            <tr key={id}>
              <td title={said?.name ?? undefined}>
                <Code>{id}</Code>
                {said?.isHidden === true && ' (not in lists)'}
              </td>
              <td data-align="right">{context}</td>
              <td>{efforts}</td>
              <td>{inputs}</td>
            </tr>
          )
        })}
      </SmallTable>
      {fetchedModels.length > SHOWN && (
        <Anchor component="button" type="button" size="xs" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Show fewer' : `Show ${formatNoun(fetchedModels.length - SHOWN, 'more model')}`}
        </Anchor>
      )}
    </>
  )
}
