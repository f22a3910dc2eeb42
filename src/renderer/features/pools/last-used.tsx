import { Time } from '../../components/time.tsx'

/** `used 4 h ago`, `never used`. `at`: epoch ms, null for never. */
export function LastUsed({ at }: { readonly at: number | null }) {
  if (at === null) return 'never used'
  return (
    <>
      used <Time at={at} />
    </>
  )
}
