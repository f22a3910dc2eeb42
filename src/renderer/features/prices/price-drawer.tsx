/** One price: all its rates, where it comes from, what it was before. Over the list, by its address. */
import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useMemo } from 'react'
import type { PriceRow } from '../../../shared/models/price.ts'
import { CopyIcon } from '../../components/copy.tsx'
import { FactList } from '../../components/facts.tsx'
import { EmptyState, LoadingState } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { UrlDrawer } from '../../components/url-drawer.tsx'
import { useCommands, type Command } from '../../lib/commands.ts'
import { formatCount, formatTokens } from '../../lib/format.ts'
import { ExampleCost } from './example-cost.tsx'
import { usePriceActs } from './price-acts.tsx'
import { PriceHistory } from './price-history.tsx'
import { PriceMenu } from './price-menu.tsx'
import { addressIn, findPrice, openNames, placeName, ratesWords, slotName, type Slot } from './price-rows.ts'
import classes from './prices.module.css'
import { RateTable } from './rate-table.tsx'
import { giveUpWords } from './remove-dialogs.tsx'
import { SourceBadge } from './source-badge.tsx'

export interface PriceDrawerProps {
  /** Null: closed. */
  readonly slot: Slot | null
  /** Null while they load. */
  readonly rows: readonly PriceRow[] | null
}

export function PriceDrawer({ slot, rows }: PriceDrawerProps) {
  const row = slot === null || rows === null ? null : findPrice(rows, slot)
  return (
    <UrlDrawer
      opened={slot !== null}
      closeTo="/prices"
      closeParams={openNames}
      size={620}
      title={
        row === null ? (
          (slot?.model ?? 'Price')
        ) : (
          <Group gap="xs" wrap="nowrap">
            <span>{slotName(row)}</span>
            <SourceBadge source={row.source} />
            <PriceMenu row={row} />
          </Group>
        )
      }
    >
      {slot !== null && <Content slot={slot} row={row} isLoading={rows === null} />}
    </UrlDrawer>
  )
}

interface ContentProps {
  readonly slot: Slot
  readonly row: PriceRow | null
  readonly isLoading: boolean
}

function Content({ slot, row, isLoading }: ContentProps) {
  if (row !== null) return <Body row={row} />
  return isLoading ? <LoadingState rows={10} label="Loading the price" /> : <NoPrice slot={slot} />
}

function NoPrice({ slot }: { readonly slot: Slot }) {
  const acts = usePriceActs()
  return (
    <Stack gap="lg">
      <EmptyState
        title="No price of its own"
        action={<Button onClick={() => acts.add(slot.model)}>{`Set a price of ${slot.model}`}</Button>}
      >
        {slot.upstreamId === null
          ? 'The longest beginning that fits the model counts; without one it is unpriced.'
          : 'The price for any upstream counts here.'}
      </EmptyState>
      <PriceHistory slot={slot} />
    </Stack>
  )
}

function Body({ row }: { readonly row: PriceRow }) {
  const acts = usePriceActs()
  useRowCommands(row)
  return (
    <Stack gap="lg">
      <Group gap="xs">
        <Button onClick={() => acts.edit(row)}>{row.rates === null ? 'Set a price' : 'Edit'}</Button>
        {row.upstreamId === null && (
          <Button variant="default" onClick={() => acts.addForUpstream(row)}>
            Set for one upstream
          </Button>
        )}
        {row.source !== 'bundled' && (
          <Button variant="default" onClick={() => acts.giveUp(row)}>
            {giveUpWords(row)}
          </Button>
        )}
      </Group>
      <Stack gap="xs">
        <Title order={2}>Rates</Title>
        {row.rates === null ? (
          <Text>Unpriced: you took the price away. Requests are logged without a cost.</Text>
        ) : (
          <>
            <RateTable rates={row.rates} />
            <ExampleCost rates={row.rates} before={null} />
          </>
        )}
      </Stack>
      <Stack gap="xs">
        <Title order={2}>About the price</Title>
        <About row={row} />
      </Stack>
      <PriceHistory slot={row} />
    </Stack>
  )
}

function About({ row }: { readonly row: PriceRow }) {
  const { note, from, requests, maxOutputTokens, contextWindow, bundled } = row
  return (
    <FactList
      label="About the price"
      facts={[
        { label: 'Upstream', value: placeName(row) },
        { label: 'In force since', value: from === 0 ? 'always' : <Time at={from} absolute /> },
        note === '' ? null : { label: 'Note', value: <Note text={note} /> },
        bundled === null ? null : { label: 'Weir’s price', value: ratesWords(bundled) },
        requests === null ? null : { label: 'Requests, 30 days', value: formatCount(requests) },
        contextWindow === null ? null : { label: 'Context window', value: formatTokens(contextWindow) },
        maxOutputTokens === null ? null : { label: 'Largest output', value: formatTokens(maxOutputTokens) },
      ]}
    />
  )
}

/** An address in it is text to be copied: a list may name any address. */
function Note({ text }: { readonly text: string }) {
  const address = addressIn(text)
  return (
    <>
      {text}
      {address !== null && (
        <span className={classes['copy']}>
          <CopyIcon text={address} what="address of the source" />
        </span>
      )}
    </>
  )
}

function useRowCommands(row: PriceRow): void {
  const acts = usePriceActs()
  const commands = useMemo<readonly Command[]>(() => {
    const act = (id: string, label: string, run: () => void): Command => ({ id: `price.${id}`, label, run })
    return [
      act('edit', `Edit the price of ${slotName(row)}`, () => acts.edit(row)),
      ...(row.rates === null ? [] : [act('unprice', `Make ${slotName(row)} unpriced`, () => acts.unprice(row))]),
    ]
  }, [row, acts])
  useCommands(commands)
}
