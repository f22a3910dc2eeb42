/** Light, dark or the system's. The only thing the page keeps in the browser; read before the first paint by scheme.js. */
import { localStorageColorSchemeManager, type MantineColorScheme } from '@mantine/core'

export const schemeManager = localStorageColorSchemeManager({ key: 'weir.scheme' })

export const schemes: readonly { readonly value: MantineColorScheme; readonly label: string }[] = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
  { value: 'auto', label: 'System' },
]
