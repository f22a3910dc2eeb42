/** The five rates of one set, in dollars per million tokens. */
import { TextInput } from '@mantine/core'
import {
  rateFields,
  rateId,
  tidyRate,
  type FieldId,
  type RateField,
  type RatePart,
  type RateTexts,
} from './price-form.ts'
import classes from './prices.module.css'

const names: Readonly<Record<RateField, { readonly label: string; readonly blank: string }>> = {
  input: { label: 'Input', blank: '' },
  cachedInput: { label: 'Cached input', blank: 'as input' },
  cacheWrite: { label: 'Cache write', blank: 'as input' },
  output: { label: 'Output', blank: '' },
  reasoning: { label: 'Reasoning', blank: 'as output' },
}

/** What every part of the form needs to show its problems. */
export interface FieldProblems {
  readonly errorOf: (id: FieldId) => string | null
  readonly onLeave: (id: FieldId) => void
}

export interface RateFieldsProps extends FieldProblems {
  /** Names the set: "Standard rates". */
  readonly label: string
  readonly part: RatePart
  readonly texts: RateTexts
  readonly onChange: (texts: RateTexts) => void
}

export function RateFields({ label, part, texts, onChange, errorOf, onLeave }: RateFieldsProps) {
  return (
    <div role="group" aria-label={label} className={classes['rates']}>
      {rateFields.map((field) => {
        const id = rateId(part, field)
        return (
          <TextInput
            key={field}
            id={id}
            label={names[field].label}
            placeholder={names[field].blank}
            leftSection="$"
            leftSectionWidth={20}
            autoComplete="off"
            spellCheck={false}
            inputMode="decimal"
            value={texts[field]}
            error={errorOf(id)}
            onChange={(event) => onChange({ ...texts, [field]: event.currentTarget.value })}
            onBlur={() => {
              // Said back as it will be kept, so that a slip is seen.
              const tidy = tidyRate(texts[field])
              if (tidy !== texts[field]) onChange({ ...texts, [field]: tidy })
              onLeave(id)
            }}
          />
        )
      })}
    </div>
  )
}
