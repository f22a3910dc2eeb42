import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type UserConfig } from 'electron-vite'
import type { Plugin } from 'vite'

/** `WEIR_BUILD=page` or `core` builds that part alone: what changed is built in half the time. */
const part = process.env['WEIR_BUILD'] ?? 'all'

/**
 * Pure JavaScript dependencies go into the bundle: loading one file instead of hundreds is most of a quick start. Native
 * modules can't, and stay outside.
 */
const core: UserConfig = {
  main: {
    build: {
      outDir: 'out/main',
      target: 'node24',
      externalizeDeps: { exclude: ['drizzle-orm', 'zod', 'undici', 'gpt-tokenizer', 'ws'] },
      rollupOptions: {
        input: {
          index: resolve('src/main/index.ts'),
          headless: resolve('src/main/headless.ts'),
          cli: resolve('src/main/cli.ts'),
          'reader-thread': resolve('src/main/db/reader-thread.ts'),
          'care-thread': resolve('src/main/db/care-thread.ts'),
          'token-thread': resolve('src/main/tokens/token-thread.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      rollupOptions: {
        input: { index: resolve('src/preload/index.ts') },
        // A sandboxed preload must be one CommonJS file.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
}

/** The page's addresses are paths, so its files are named from the root. The builder would name them from the page. */
const filesFromRoot: Plugin = { name: 'files-from-root', enforce: 'post', config: () => ({ base: '/' }) }

const page: UserConfig = {
  renderer: {
    root: 'src/renderer',
    plugins: [react(), filesFromRoot],
    // Each host puts a fresh one in its place with every page, and into the content policy.
    html: { cspNonce: '__WEIR_NONCE__' },
    build: {
      outDir: 'out/renderer',
      emptyOutDir: true,
      // Everything is a file of its own: the content policy allows no data: script or style.
      assetsInlineLimit: 0,
      // The builder's default is off.
      minify: true,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 700,
      rollupOptions: { input: resolve('src/renderer/index.html') },
    },
  },
}

export default defineConfig({ ...(part === 'page' ? {} : core), ...(part === 'core' ? {} : page) })
