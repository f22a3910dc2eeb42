import { useEffect, useState } from 'react'

const TICK_MS = 1_000

/** `9:05`: minutes and seconds until then; `0:00` once it has passed. Screen readers are not told of each second. */
export function Countdown({ until }: { readonly until: number }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  const seconds = Math.max(0, Math.ceil((until - now) / 1_000))
  return (
    <span role="timer" aria-label="Time left">
      {`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`}
    </span>
  )
}
