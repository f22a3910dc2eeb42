import { resolve } from 'node:path'
import { defineConfig } from 'electron-vite'

/**
 * Pure JavaScript dependencies go into the bundle: loading one file instead of hundreds is most of a quick start. Native
 * modules can't, and stay outside.
 */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: 'node24',
      externalizeDeps: { exclude: ['drizzle-orm', 'zod', 'undici'] },
      rollupOptions: {
        input: {
          headless: resolve('src/main/headless.ts'),
          cli: resolve('src/main/cli.ts'),
          'reader-thread': resolve('src/main/db/reader-thread.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
})
