/** Texts of the error table name settings and paths between backticks, as they stand in the docs too. */
export function CodeText({ text }: { readonly text: string }) {
  return <>{text.split('`').map((piece, index) => (index % 2 === 0 ? piece : <code key={piece}>{piece}</code>))}</>
}
