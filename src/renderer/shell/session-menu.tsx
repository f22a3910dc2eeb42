import { UnstyledButton } from '@mantine/core'
import { IconKeyboard, IconLogout } from '@tabler/icons-react'
import { api } from '../lib/api.ts'
import { openHelp } from './help-store.ts'
import classes from './navigation-rail.module.css'

/** The keys, and the way out where there is a session to end. */
export function SessionMenu() {
  const { signOut } = api().transport
  return (
    <>
      <UnstyledButton className={classes['action']} onClick={openHelp}>
        <IconKeyboard size={17} stroke={1.7} aria-hidden />
        <span className={classes['word']}>Shortcuts</span>
      </UnstyledButton>
      {signOut !== null && (
        <UnstyledButton
          className={classes['action']}
          onClick={() => void signOut().finally(() => location.assign('/'))}
        >
          <IconLogout size={17} stroke={1.7} aria-hidden />
          <span className={classes['word']}>Sign out</span>
        </UnstyledButton>
      )}
    </>
  )
}
