// An `import` of this module reads all that it exports, web cryptography among it: as long as ten files of ours.
const { hash: digest } = process.getBuiltinModule('node:crypto');

export const sha256 = (text: string | Uint8Array): string => digest('sha256', text);
