/**
 * What an image costs in input tokens, by the family of the model. Two schemes: tiles of 512 pixels, or patches of 32
 * times a factor. Where the provider's page and what was seen on bills differ, the higher figure stands here.
 * Source: OpenAI, "Images and vision", "Calculating costs", and bills published in its developer forum, 2026-11.
 */
export type ImagePrice =
  | { readonly scheme: 'tiles'; readonly base: number; readonly perTile: number }
  | {
      readonly scheme: 'patches'
      readonly perPatch: number
      /** Most patches of an image; a larger one is shrunk to it. */
      readonly budget: number
      /** The same with `detail: "original"`. */
      readonly originalBudget: number
    }

export interface ImageSize {
  readonly width: number
  readonly height: number
}

const TILE = 512
const PATCH = 32
/** Shrunk to 2,048 pixels on the long side and 768 on the short one, an image has at most 4 by 2 tiles. */
const MAX_TILES = 8
const LONG_SIDE = 2_048
const SHORT_SIDE = 768

const tiles = (base: number, perTile: number): ImagePrice => ({ scheme: 'tiles', base, perTile })
const patches = (perPatch: number, budget: number, originalBudget = budget): ImagePrice => ({
  scheme: 'patches',
  perPatch,
  budget,
  originalBudget,
})

/** Beginnings of model ids; the longest that fits counts. */
const families: Readonly<Record<string, ImagePrice>> = {
  'gpt-4': tiles(85, 170),
  'chatgpt-4o': tiles(85, 170),
  'gpt-4o-mini': tiles(2_833, 5_667),
  'gpt-4.1-mini': patches(1.62, 1_536),
  'gpt-4.1-nano': patches(2.46, 1_536),
  'gpt-5': tiles(70, 140),
  'gpt-5-mini': patches(1.62, 1_536),
  'gpt-5-nano': patches(2.46, 1_536),
  'gpt-5.2': patches(1.2, 1_536),
  'gpt-5.3': patches(1.2, 1_536),
  'gpt-5.4': patches(1.2, 2_500, 10_000),
  'gpt-5.4-mini': patches(1.62, 2_500, 10_000),
  'gpt-5.4-nano': patches(2.46, 2_500, 10_000),
  'gpt-5.5': patches(1.2, 2_500, 10_000),
  'gpt-5.6': patches(1.2, 2_500, 10_000),
  o1: tiles(75, 150),
  o3: tiles(75, 150),
  'o4-mini': patches(1.72, 1_536),
  'codex-mini': patches(1.72, 1_536),
  'computer-use': tiles(65, 129),
}

/** Newer models and those of other providers: the scheme of the current ones. */
const otherModels = patches(1.2, 2_500, 10_000)

/** `model` as it is sent; a vendor before a slash does not matter. */
export function imagePriceOf(model: string): ImagePrice {
  const id = model.slice(model.lastIndexOf('/') + 1)
  const [longest] = Object.keys(families)
    .filter((prefix) => id.startsWith(prefix))
    .toSorted((a, b) => b.length - a.length)
  return (longest === undefined ? undefined : families[longest]) ?? otherModels
}

/** Tokens of the dearest image. Without a model that of the dearest model. */
export function maxImageTokens(price: ImagePrice | null): number {
  if (price === null) return Math.max(...[...Object.values(families), otherModels].map(maxImageTokens))
  if (price.scheme === 'tiles') return price.base + MAX_TILES * price.perTile
  return Math.ceil(price.originalBudget * price.perPatch)
}

/** Tokens of one image. `detail` as the client wrote it; `auto`, and what is not known, counts as `high`. */
export function imageTokens(price: ImagePrice, size: ImageSize | null, detail: unknown): number {
  if (price.scheme === 'tiles') {
    if (detail === 'low') return price.base
    return price.base + price.perTile * (size === null ? MAX_TILES : tilesOf(size))
  }
  // On bills a low detail made no difference to this scheme.
  const budget = detail === 'original' ? price.originalBudget : price.budget
  return Math.ceil(price.perPatch * (size === null ? budget : patchesOf(size, budget)))
}

function tilesOf({ width, height }: ImageSize): number {
  const byLong = Math.min(1, LONG_SIDE / Math.max(width, height))
  const scale = byLong * Math.min(1, SHORT_SIDE / (Math.min(width, height) * byLong))
  const along = (side: number) => Math.ceil(Math.max(1, Math.round(side * scale)) / TILE)
  return along(width) * along(height)
}

function patchesOf({ width, height }: ImageSize, budget: number): number {
  const plain = Math.ceil(width / PATCH) * Math.ceil(height / PATCH)
  if (plain <= budget) return plain
  const shrink = Math.sqrt((budget * PATCH ** 2) / (width * height))
  const across = (width * shrink) / PATCH
  const down = (height * shrink) / PATCH
  const whole = Math.min(Math.max(1, Math.floor(across)) / across, Math.max(1, Math.floor(down)) / down)
  // One side comes out whole; the arithmetic must not push it over.
  const along = (count: number) => Math.max(1, Math.ceil(count * whole - 1e-6))
  return Math.min(budget, along(across) * along(down))
}
