import { Button } from '@mantine/core'
import { Link, useLocation } from 'react-router'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState } from '../../components/states.tsx'

export function NotFoundPage() {
  const { pathname } = useLocation()
  return (
    <>
      <PageHeader title="Not found" />
      <EmptyState
        title="There is no such page"
        action={
          <Button component={Link} to="/" variant="default">
            To the overview
          </Button>
        }
      >
        {`Nothing is at ${pathname}.`}
      </EmptyState>
    </>
  )
}
