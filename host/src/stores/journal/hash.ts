import { hash as digest } from 'node:crypto';

export const sha256 = (text: string | Uint8Array): string => digest('sha256', text);
