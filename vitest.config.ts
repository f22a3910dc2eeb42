import { defineConfig } from 'vitest/config'

/** Specs that drive the operator's page in a browser. */
const PAGES = ['test/integration/page-*.test.ts', 'test/integration/shell.test.ts']

// What is waited for comes late on a busy machine: only a test that never passes should meet these bounds.
const expectations = { poll: { timeout: 15_000 } }

/** As the headless host does, and for the same reason: two cores are busy enough here to meet that crash. */
const execArgv = ['--no-maglev']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          execArgv,
          include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts', 'scripts/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          expect: expectations,
        },
      },
      {
        test: {
          name: 'integration',
          execArgv,
          include: ['test/integration/**/*.test.ts'],
          exclude: PAGES,
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: expectations,
          // Two cores: files that start whole processes starve each other beyond this.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'pages',
          execArgv,
          include: PAGES,
          globalSetup: ['test/support/global-setup.ts'],
          // One test may have axe look at a page six times over.
          testTimeout: 120_000,
          hookTimeout: 60_000,
          expect: expectations,
          maxWorkers: 2,
          // Browser, core and specs share the cores. All pass without it on a quiet machine; the report names who needed it.
          retry: 1,
        },
      },
    ],
  },
})
