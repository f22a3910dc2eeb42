/**
 * An operator's bench: small type, tight rows, tabular figures, one accent. Colours of states are in styles/global.css,
 * because they carry meaning and are checked for contrast in both schemes.
 */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

const water: MantineColorsTuple = [
  '#e7f6f8',
  '#cfe9ed',
  '#a3d6dd',
  '#7cc7d1',
  '#5cb8c5',
  '#2f9aa9',
  '#1a8394',
  '#0b6e7f',
  '#085968',
  '#054450',
]

const slate: MantineColorsTuple = [
  '#dfe5ea',
  '#c3ccd4',
  '#a3aeb8',
  '#7d8a96',
  '#3f4b56',
  '#34404a',
  '#262f37',
  '#1a2229',
  '#12181d',
  '#0c1115',
]

const small = { defaultProps: { size: 'xs' } }

export const theme = createTheme({
  primaryColor: 'water',
  primaryShade: 7,
  colors: { water, dark: slate },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  spacing: { xs: '0.5rem', sm: '0.625rem', md: '0.875rem', lg: '1.25rem', xl: '1.75rem' },
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.125rem', lineHeight: '1.3' },
      h2: { fontSize: '0.9375rem', lineHeight: '1.35' },
      h3: { fontSize: '0.875rem', lineHeight: '1.4' },
      h4: { fontSize: '0.8125rem', lineHeight: '1.4' },
    },
  },
  components: {
    Button: small,
    TextInput: small,
    PasswordInput: small,
    NumberInput: small,
    Textarea: small,
    Select: small,
    MultiSelect: small,
    TagsInput: small,
    Autocomplete: small,
    NativeSelect: small,
    JsonInput: small,
    InputWrapper: small,
    Checkbox: small,
    Switch: small,
    SegmentedControl: small,
    Radio: small,
    Pagination: small,
    Text: { defaultProps: { size: 'sm' } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, multiline: true, maw: 340 } },
    // The hidden element that would take the focus first has no place in a menu; without it the first item takes it.
    Menu: {
      defaultProps: {
        shadow: 'md',
        position: 'bottom-end',
        withinPortal: true,
        withInitialFocusPlaceholder: false,
        // A long menu in a low window opens to the side with more room, and scrolls there.
        middlewares: { flip: { fallbackStrategy: 'bestFit' }, size: { padding: 5 } },
      },
    },
    Modal: {
      defaultProps: {
        centered: true,
        closeButtonProps: { 'aria-label': 'Close' },
        overlayProps: { backgroundOpacity: 0.4 },
        transitionProps: { duration: 80 },
      },
    },
    Drawer: {
      defaultProps: { position: 'right', overlayProps: { backgroundOpacity: 0.25 }, transitionProps: { duration: 80 } },
    },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Paper: { defaultProps: { withBorder: true } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
  },
})

/** Mantine's own greys and reds are too pale for text at this size (AA wants 4.5:1). */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-text': '#1b2530',
    '--mantine-color-dimmed': '#55626f',
    '--mantine-color-placeholder': '#66727e',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-default-border': '#ccd5dc',
    '--mantine-color-gray-light-color': '#46525e',
  },
  dark: {
    '--mantine-color-text': '#dfe5ea',
    '--mantine-color-dimmed': '#a3aeb8',
    '--mantine-color-placeholder': '#8d99a4',
    '--mantine-color-error': '#ff9d96',
    '--mantine-color-body': '#1a2229',
    '--mantine-color-default': '#222b33',
    '--mantine-color-default-hover': '#2a343d',
    '--mantine-color-default-border': '#3f4b56',
  },
})
