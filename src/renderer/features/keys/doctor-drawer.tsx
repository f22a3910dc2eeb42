/** What would a request with this key be answered, and why? Over the list, by its address, with the question in it. */
import { Autocomplete, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import type { PoolKey } from '../../../shared/models/key.ts'
import { usableModels } from '../../components/secret/usable-models.ts'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { UrlDrawer } from '../../components/url-drawer.tsx'
import { useRoute } from '../../lib/api.ts'
import { clientNames } from '../../lib/client-names.ts'
import { useUrlState } from '../../lib/url-state.ts'
import {
  doctorClients,
  doctorParamNames,
  doctorParams,
  doctorRoutes,
  formOf,
  paramsOf,
  problemsOf,
  questionOf,
  type DoctorForm,
  type DoctorParams,
} from './doctor-form.ts'
import { DoctorReportView } from './doctor-report.tsx'

/** Windows slide and rests end without any news of the core. */
const POLL_MS = 5_000

export function DoctorDrawer({ id }: { readonly id: string | null }) {
  const query = useRoute('key.get', { id: id ?? '' }, { enabled: id !== null })
  return (
    <UrlDrawer
      opened={id !== null}
      closeTo={id === null ? '/keys' : `/keys/${id}`}
      closeParams={doctorParamNames}
      size={680}
      title={query.data === undefined ? 'Doctor' : `Doctor: ${query.data.name}`}
    >
      {id !== null && (
        <QueryState query={query} what="The key" loading={<LoadingState rows={6} />}>
          {(key) => <Body poolKey={key} />}
        </QueryState>
      )}
    </UrlDrawer>
  )
}

function Body({ poolKey: key }: { readonly poolKey: PoolKey }) {
  const [params, setParams] = useUrlState(doctorParams)
  return (
    <Stack gap="md">
      <Text c="dimmed">
        Asks the gateway's own code what it would answer at this moment. Nothing is sent, and nothing is charged.
      </Text>
      {/* Anew where the address brings another question, as "back" does. */}
      <Question key={JSON.stringify(params)} poolKey={key} params={params} onAsk={(next) => setParams(next)} />
      {params.ask && <Answer id={key.id} params={params} />}
    </Stack>
  )
}

interface QuestionProps {
  readonly poolKey: PoolKey
  readonly params: DoctorParams
  readonly onAsk: (params: DoctorParams) => void
}

function Question({ poolKey: key, params, onAsk }: QuestionProps) {
  const catalog = useRoute('model.catalog', {})
  const [form, setForm] = useState(() => formOf(params))
  const [isTried, setTried] = useState(false)
  const problems = problemsOf(form)
  const change = (patch: Partial<DoctorForm>) => setForm({ ...form, ...patch })

  function submit(event: FormEvent): void {
    event.preventDefault()
    setTried(true)
    if (problems.input === null && problems.output === null) onAsk(paramsOf(form))
  }

  return (
    <form onSubmit={submit} aria-label="The request" noValidate>
      <Group gap="sm" align="flex-start">
        <Autocomplete
          label="Model"
          w={250}
          limit={50}
          placeholder={key.enforced.model === null ? 'As the client asks' : `The key sends ${key.enforced.model}`}
          data={[...usableModels(catalog.data ?? [], key)]}
          value={form.model}
          onChange={(model) => change({ model })}
        />
        <Select
          label="Route"
          w={130}
          allowDeselect={false}
          data={[...doctorRoutes]}
          value={form.route}
          onChange={(next) => change({ route: doctorRoutes.find((each) => each === next) ?? 'chat' })}
        />
        <TextInput
          label="Input, tokens"
          w={110}
          value={form.input}
          error={isTried ? problems.input : null}
          onChange={(event) => change({ input: event.currentTarget.value })}
        />
        <TextInput
          label="Most output"
          w={110}
          placeholder="none named"
          value={form.output}
          error={isTried ? problems.output : null}
          onChange={(event) => change({ output: event.currentTarget.value })}
        />
        <TextInput
          label="From the address"
          w={250}
          spellCheck={false}
          value={form.address}
          onChange={(event) => change({ address: event.currentTarget.value })}
        />
        <Select
          label="Client"
          w={130}
          allowDeselect={false}
          data={doctorClients.map((value) => ({ value, label: clientNames[value] }))}
          value={form.client}
          onChange={(next) => change({ client: doctorClients.find((each) => each === next) ?? 'other' })}
        />
        <TextInput
          label="Service tier"
          w={110}
          placeholder="none named"
          value={form.tier}
          onChange={(event) => change({ tier: event.currentTarget.value })}
        />
        <Button type="submit" mt={21}>
          Explain
        </Button>
      </Group>
    </form>
  )
}

function Answer({ id, params }: { readonly id: string; readonly params: DoctorParams }) {
  const report = useRoute('key.doctor', questionOf(id, params), { refetchInterval: POLL_MS, keepPrevious: true })
  return (
    <QueryState query={report} what="The answer" loading={<LoadingState rows={8} />}>
      {(found) => <DoctorReportView report={found} />}
    </QueryState>
  )
}
