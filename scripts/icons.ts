/**
 * Draws `build/icon.svg` in every size that the installers need. Chromium does the drawing. What it writes is committed, so
 * it only has to run when the drawing changes: `node scripts/icons.ts`.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { type Picture, writeIcns, writeIco } from './icon-files.ts'

const SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024]
const build = join(import.meta.dirname, '..', 'build')

const svg = readFileSync(join(build, 'icon.svg'), 'utf8')
const pictures = await draw(svg)
const upTo256 = pictures.filter(({ size }) => size <= 256)

mkdirSync(join(build, 'icons'), { recursive: true })
for (const { size, png } of pictures) writeFileSync(join(build, 'icons', `${size}x${size}.png`), png)
writeFileSync(join(build, 'icon.ico'), writeIco(upTo256))
writeFileSync(join(build, 'icon.icns'), writeIcns(pictures))
// The interface shows the drawing itself.
copyFileSync(join(build, 'icon.svg'), join(build, '..', 'src', 'renderer', 'public', 'icon.svg'))
process.stdout.write(`Wrote ${pictures.length} sizes, icon.ico and icon.icns to build/.\n`)

async function draw(picture: string): Promise<Picture[]> {
  const program = process.platform === 'linux' ? { executablePath: '/usr/bin/chromium' } : { channel: 'chrome' }
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser = await chromium.launch({ ...program, args })
  try {
    const page = await browser.newPage()
    const drawn: Picture[] = []
    for (const size of SIZES) {
      await page.setViewportSize({ width: size, height: size })
      await page.setContent(`<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${picture}`)
      drawn.push({ size, png: await page.screenshot({ omitBackground: true }) })
    }
    return drawn
  } finally {
    await browser.close()
  }
}
