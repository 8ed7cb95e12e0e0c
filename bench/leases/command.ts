import { fileURLToPath } from 'node:url';

export const capstan = fileURLToPath(new URL('../../host/bin/capstan.cjs', import.meta.url));
