import { Tabs } from '@mantine/core'
import { useNavigate } from 'react-router'
import type { RouteOutput } from '../../../shared/contract.ts'
import { LeaveGuard } from '../../components/leave-guard.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { useRoute } from '../../lib/api.ts'
import { choiceParam, useUrlState } from '../../lib/url-state.ts'
import { AboutTab } from './about-tab.tsx'
import { BackupsTab } from './backups-tab.tsx'
import { DataTab } from './data-tab.tsx'
import { DiagnosticsTab } from './diagnostics-tab.tsx'
import { OptionsTab } from './options-tab.tsx'
import { useDataStatus } from './queries.ts'
import { RestartNotice } from './restart-notice.tsx'
import { SaveBar } from './save-bar.tsx'
import { SharingTab } from './sharing-tab.tsx'
import { tabNames, tabTitles, type TabName } from './tabs.ts'
import { useSettingForm, type SettingForm, type SettingKey } from './use-setting-form.ts'
import type { SettingRow } from './value-text.ts'

const params = { tab: choiceParam(tabNames, 'options') }

export function SettingsPage() {
  const settings = useRoute('settings.list', {})
  const status = useRoute('system.status', {})
  return (
    <>
      <PageHeader title="Settings" question="How is this Weir set up, and what does it keep?" />
      <QueryState query={settings} what="The settings" loading={<LoadingState rows={14} />}>
        {(rows) => (
          <QueryState query={status} what="The state of Weir" loading={<LoadingState rows={14} />}>
            {(system) => <Content rows={rows} status={system} />}
          </QueryState>
        )}
      </QueryState>
    </>
  )
}

interface ContentProps {
  readonly rows: readonly SettingRow[]
  readonly status: RouteOutput<'system.status'>
}

function Content({ rows, status }: ContentProps) {
  const navigate = useNavigate()
  const [{ tab }] = useUrlState(params)
  const form = useSettingForm(rows)
  const data = useDataStatus()
  // Filters of one tab mean nothing on another.
  const goTo = (next: TabName) => navigate(next === 'options' ? '/settings' : `/settings?tab=${next}`)

  function show(key: SettingKey): void {
    void Promise.resolve(goTo('options')).then(() => {
      requestAnimationFrame(() => document.getElementById(`field-${key}`)?.focus())
    })
  }

  return (
    <>
      <RestartNotice status={status} rows={rows} nextStart={data.data?.nextStart} />
      <Tabs
        value={tab}
        onChange={(value) => void goTo(tabNames.find((name) => name === value) ?? 'options')}
        keepMounted={false}
      >
        <Tabs.List mb="sm">
          {tabNames.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {tabTitles[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab}>
          <TabBody tab={tab} form={form} status={status} />
        </Tabs.Panel>
      </Tabs>
      <SaveBar form={form} onShow={show} />
      <LeaveGuard isDirty={() => form.isDirty} />
    </>
  )
}

function TabBody({ tab, form, status }: { tab: TabName; form: SettingForm; status: ContentProps['status'] }) {
  switch (tab) {
    case 'options':
      return <OptionsTab form={form} />
    case 'sharing':
      return <SharingTab />
    case 'data':
      return <DataTab form={form} />
    case 'backups':
      return <BackupsTab />
    case 'diagnostics':
      return <DiagnosticsTab />
    case 'about':
      return <AboutTab status={status} />
  }
}
