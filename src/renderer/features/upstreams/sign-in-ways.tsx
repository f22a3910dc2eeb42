/** The three ways in which an account gets here. A sign-in that waits goes on while another way is looked at. */
import { Tabs } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { AccountTarget } from './account-target.ts'
import { ImportAccount } from './import-account.tsx'
import { SignInBrowser } from './sign-in-browser.tsx'
import { SignInDevice } from './sign-in-device.tsx'
import { useSignIn } from './use-sign-in.ts'
import classes from './account.module.css'

const ways = [
  { id: 'browser', label: 'Sign in with the browser' },
  { id: 'device', label: 'Device code' },
  { id: 'import', label: 'Import auth.json' },
] as const

export interface SignInWaysProps {
  readonly target: AccountTarget
  /** Why none of them can be started now. */
  readonly blockedBy: string | null
  /** Called while a sign-in waits, which knows nothing of what is typed from then on. */
  readonly onWaiting: (isWaiting: boolean) => void
  readonly onDone: (upstreamId: string) => void
}

export function SignInWays({ target, blockedBy, onWaiting, onDone }: SignInWaysProps) {
  const [way, setWay] = useState<string>('browser')
  const browser = useSignIn('browser', target, onDone)
  const device = useSignIn('device', target, onDone)
  const isWaiting = browser.isOpen || device.isOpen
  useEffect(() => onWaiting(isWaiting), [isWaiting, onWaiting])
  return (
    <Tabs value={way} onChange={(next) => setWay(next ?? 'browser')} keepMounted={false}>
      <Tabs.List>
        {ways.map(({ id, label }) => (
          <Tabs.Tab key={id} value={id}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="browser" className={classes['panel'] ?? ''}>
        <SignInBrowser signIn={browser} blockedBy={blockedBy} />
      </Tabs.Panel>
      <Tabs.Panel value="device" className={classes['panel'] ?? ''}>
        <SignInDevice signIn={device} blockedBy={blockedBy} />
      </Tabs.Panel>
      <Tabs.Panel value="import" className={classes['panel'] ?? ''}>
        <ImportAccount target={target} blockedBy={blockedBy} onDone={onDone} />
      </Tabs.Panel>
    </Tabs>
  )
}
