/** Prices from a file or an https address: chosen, compared with what is in force, taken over when seen. */
import { Modal } from '@mantine/core'
import { useState } from 'react'
import type { PricePreview } from '../../../shared/models/price-import.ts'
import { ImportPreview } from './import-preview.tsx'
import { ImportSource } from './import-source.tsx'

export interface ImportDialogProps {
  readonly opened: boolean
  readonly onClose: () => void
}

export function ImportDialog({ opened, onClose }: ImportDialogProps) {
  const [preview, setPreview] = useState<PricePreview | null>(null)
  function close(): void {
    setPreview(null)
    onClose()
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      closeOnClickOutside={false}
      size={preview === null ? 620 : 980}
      title="Import prices"
    >
      {opened &&
        (preview === null ? (
          <ImportSource onPreview={setPreview} onClose={close} />
        ) : (
          <ImportPreview preview={preview} onBack={() => setPreview(null)} onClose={close} />
        ))}
    </Modal>
  )
}
