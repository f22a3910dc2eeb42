import { describe, expect, it } from 'vitest'
import { AppError } from '../../../shared/errors.ts'
import { answerExport } from './export-response.ts'

const there = `exp_${'a'.repeat(24)}`
const gone = `exp_${'b'.repeat(24)}`

async function* chunks() {
  yield 'id,model\n'
  yield '1,gpt\n'
}

const answer = (url: string, method = 'GET') =>
  answerExport(
    (id) => {
      if (id !== there) throw new AppError('not_found', 'There is no such export.')
      return { fileName: 'requests.csv', contentType: 'text/csv; charset=utf-8', chunks: chunks() }
    },
    { url, method },
  )

describe('the file of an export', () => {
  it('is handed out as a download', async () => {
    const response = answer(`app://weir/exports/${there}`)
    expect(response?.headers.get('content-disposition')).toBe('attachment; filename="requests.csv"')
    expect(response?.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(await response?.text()).toBe('id,model\n1,gpt\n')
  })

  it('that cannot be had is a status alone', async () => {
    const response = answer(`app://weir/exports/${gone}`)
    expect(response?.status).toBe(404)
    expect(await response?.text()).toBe('')
  })

  it.each([`app://other/exports/${there}`, 'app://weir/exports/', `app://weir/exports/../${there}`, 'app://weir/'])(
    '%s is none',
    (url) => {
      expect(answer(url)).toBeNull()
    },
  )

  it('is only read', () => {
    expect(answer(`app://weir/exports/${there}`, 'POST')).toBeNull()
  })
})
