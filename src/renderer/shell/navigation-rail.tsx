import { Tooltip } from '@mantine/core'
import { NavLink } from 'react-router'
import classes from './navigation-rail.module.css'
import { places } from './places.ts'
import { SchemeSwitch } from './scheme-switch.tsx'
import { SessionMenu } from './session-menu.tsx'

/** Icons and words; under 900 px icons alone, with the words on hover and for screen readers. */
export function NavigationRail() {
  return (
    <nav className={classes['rail']} aria-label="Pages">
      <div className={classes['brand']}>
        <img src="/icon.svg" alt="" width={20} height={20} />
        <span className={classes['word']}>Weir</span>
      </div>
      <ul className={classes['places']}>
        {places.map(({ to, label, keys, icon: Icon }) => (
          <li key={to}>
            <Tooltip label={`${label} (${keys})`} position="right" openDelay={500}>
              <NavLink to={to} end={to === '/'} className={classes['place'] ?? ''}>
                <Icon size={17} stroke={1.7} aria-hidden />
                <span className={classes['word']}>{label}</span>
              </NavLink>
            </Tooltip>
          </li>
        ))}
      </ul>
      <div className={classes['foot']}>
        <SchemeSwitch />
        <SessionMenu />
      </div>
    </nav>
  )
}
