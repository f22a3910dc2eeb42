import { useEffect } from 'react'

/** The window's title while this page is shown: "Pools · Weir". */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Weir' : `${title} · Weir`
  }, [title])
}
