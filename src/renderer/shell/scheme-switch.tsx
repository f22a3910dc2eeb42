import { Menu, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { IconCheck, IconContrast, IconMoon, IconSun } from '@tabler/icons-react'
import { schemes } from '../lib/scheme.ts'
import classes from './navigation-rail.module.css'

const icons = { light: IconSun, dark: IconMoon, auto: IconContrast }

export function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const Icon = icons[colorScheme]
  const current = schemes.find(({ value }) => value === colorScheme)?.label ?? 'System'
  return (
    <Menu position="right-end">
      <Menu.Target>
        <UnstyledButton className={classes['action']}>
          <Icon size={17} stroke={1.7} aria-hidden />
          <span className={classes['word']}>{`Colours: ${current.toLowerCase()}`}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Colour scheme</Menu.Label>
        {schemes.map(({ value, label }) => (
          <Menu.Item
            key={value}
            onClick={() => setColorScheme(value)}
            rightSection={value === colorScheme ? <IconCheck size={14} aria-label="current" /> : null}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
