/** Saves the form: the upstream with its secret in one step, then the Pools it is to be in. */
import type { RouteOutput } from '../../../shared/contract.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { toastError } from '../../lib/toast.tsx'
import { useAction } from '../../lib/use-action.tsx'
import { areMembersChanged, draftOf, membershipsOf, newSecretOf, patchOf, type UpstreamForm } from './upstream-form.ts'
import type { Upstream } from './upstream-rows.ts'

export function useSaveUpstream(upstream: Upstream | null) {
  const create = useAction('upstream.create', { errorToast: false, success: ({ name }) => `Added ${name}` })
  const update = useAction('upstream.update', { errorToast: false })
  const assign = useAction('upstream.assign', { errorToast: false })

  return async (form: UpstreamForm, initial: UpstreamForm): Promise<RouteOutput<'upstream.get'>> => {
    if (upstream === null) {
      const made = await create.run(draftOf(form))
      // It is there now. Pools that cannot be set are said, and are set on its own page.
      if (form.members.length > 0) {
        await assign
          .run({ id: made.id, pools: membershipsOf(form.members) })
          .catch((thrown: unknown) => toastError(OperatorError.from(thrown)))
      }
      return made
    }
    const patch = patchOf(form, initial)
    const secret = newSecretOf(form, initial)
    const isChanged = Object.keys(patch).length > 0 || secret !== undefined
    const saved = isChanged
      ? await update.run({ id: upstream.id, patch, ...(secret === undefined ? {} : { secret }) })
      : upstream
    if (areMembersChanged(form.members, initial.members)) {
      await assign.run({ id: upstream.id, pools: membershipsOf(form.members) })
    }
    return saved
  }
}
