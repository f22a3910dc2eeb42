import { resolve } from 'node:path'
import { defineConfig } from 'electron-vite'

/** Dependencies stay outside the bundle: native modules cannot be bundled, and the rest is installed beside it anyway. */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: 'node24',
      externalizeDeps: true,
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
