/**
 * A chart whose code is a file of its own. It is fetched while the figures are, by whoever asks for them: React keeps a
 * fallback that it has once shown for 300 ms, so a drawing that is here in time is drawn without one.
 */
import { Skeleton } from '@mantine/core'
import { lazy, Suspense, useEffect, useState, type ComponentType, type FunctionComponent } from 'react'

interface LateChart<P> {
  readonly Chart: FunctionComponent<P>
  /** For the component that asks for the figures: fetches the code meanwhile. */
  readonly useSoon: () => void
}

export function createLateChart<P extends { readonly height: number }>(
  load: () => Promise<ComponentType<P>>,
): LateChart<P> {
  let here: ComponentType<P> | null = null
  async function fetchCode(): Promise<{ default: ComponentType<P> }> {
    here = await load()
    return { default: here }
  }
  const Later: ComponentType<P> = lazy(fetchCode)

  function Chart(props: P) {
    // One or the other for as long as it is shown: another component would draw anew.
    const [Body] = useState(() => here ?? Later)
    return (
      <Suspense fallback={<Skeleton height={props.height} />}>
        <Body {...props} />
      </Suspense>
    )
  }

  function useSoon(): void {
    useEffect(() => {
      // When it fails, showing the chart tries again and says so.
      if (here === null) fetchCode().catch(() => undefined)
    }, [])
  }
  return { Chart, useSoon }
}
