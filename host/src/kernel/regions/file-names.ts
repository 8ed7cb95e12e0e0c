/**
 * Whether a name is a file's as far as a name can tell: it has an extension, or is one of those that files without
 * one have everywhere.
 */
export function isFileName(name: string): boolean {
  return (
    /.\.[a-z][a-z0-9_-]{0,11}$/i.test(name) ||
    /^(\.\w+(ignore|rc)|[A-Z]\w*file|\.env|\.gitattributes|\.gitmodules|\.editorconfig)$/.test(
      name,
    ) ||
    common.has(name)
  );
}

const common = new Set([
  'AUTHORS',
  'CHANGELOG',
  'CODEOWNERS',
  'CONTRIBUTING',
  'COPYING',
  'LICENCE',
  'LICENSE',
  'NOTICE',
  'README',
]);
