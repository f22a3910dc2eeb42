/** Which upstreams serve a Pool, from either side: a tick a row, and the place of what is ticked. */
import { Anchor, Checkbox, NumberInput, Switch, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { leastOf, placeFields, placeProblem, type Place, type PlaceField } from './member-place.ts'
import classes from './member-table.module.css'

export interface MemberTableProps {
  /** "Pools to choose from". */
  readonly label: string
  readonly heads: readonly string[]
  /** Takes the height that the window leaves, where nothing is below it. */
  readonly fills?: boolean
  readonly children: ReactNode
}

export function MemberTable({ label, heads, fills = false, children }: MemberTableProps) {
  return (
    <div className={classes['scroll']} data-fills={fills} tabIndex={0} role="region" aria-label={label}>
      <table className={classes['table']}>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}

export interface MemberRowProps {
  /** Null while it is no member. */
  readonly place: Place | null
  readonly label: ReactNode
  readonly description?: string
  /** A cell between the name and its place. */
  readonly state?: ReactNode
  /** Its share of the requests, in a cell of its own. */
  readonly share?: ReactNode
  /** What stands in for a place, seen or only heard. */
  readonly absent: { readonly text: string; readonly isSeen: boolean }
  readonly ids: Readonly<Record<PlaceField, string>>
  readonly names: Readonly<Record<PlaceField | 'enabled', string>>
  readonly onToggle: (isMember: boolean) => void
  readonly onEdit: (patch: Partial<Place>) => void
}

export function MemberRow(props: MemberRowProps) {
  const { place, label, description, state, share, absent, onToggle } = props
  return (
    <tr data-member={place !== null}>
      <td>
        <Checkbox
          checked={place !== null}
          onChange={(event) => onToggle(event.currentTarget.checked)}
          label={label}
          description={description}
        />
      </td>
      {state !== undefined && <td>{state}</td>}
      {place === null ? (
        <td
          colSpan={share === undefined ? 3 : 4}
          className={classes['absent']}
          {...(absent.isSeen ? {} : { 'aria-label': absent.text })}
        >
          {absent.isSeen && absent.text}
        </td>
      ) : (
        <PlaceCells {...props} place={place} />
      )}
    </tr>
  )
}

function PlaceCells({ place, share, ids, names, onEdit }: MemberRowProps & { readonly place: Place }) {
  return (
    <>
      {placeFields.map((field) => (
        <td key={field}>
          <NumberInput
            id={ids[field]}
            aria-label={names[field]}
            className={classes['number'] ?? ''}
            allowDecimal={false}
            allowNegative={false}
            clampBehavior="none"
            min={leastOf[field]}
            max={1_000}
            value={place[field]}
            error={placeProblem(place, field)}
            onChange={(value) => onEdit({ [field]: value })}
          />
        </td>
      ))}
      {share !== undefined && <td>{share}</td>}
      <td>
        <Switch
          aria-label={names.enabled}
          checked={place.enabled}
          onChange={(event) => onEdit({ enabled: event.currentTarget.checked })}
        />
      </td>
    </>
  )
}

interface NoMemberFitsProps {
  /** "upstream". */
  readonly what: string
  readonly text: string
  readonly onClear: () => void
}

export function NoMemberFits({ what, text, onClear }: NoMemberFitsProps) {
  return (
    <Text c="dimmed">
      {`No ${what} fits “${text}”. `}
      <Anchor component="button" type="button" inherit underline="always" onClick={onClear}>
        Clear search
      </Anchor>
    </Text>
  )
}
