/** Which SDK serves this worker. The same version as in package.json; a test holds them equal. */
export const sdk = { name: 'capstan-worker-node', version: '0.1.0' };
