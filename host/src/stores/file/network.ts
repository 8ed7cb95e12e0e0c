import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { HostError } from '../../errors.ts';

/** Types that `statfs` reports on Linux, from `linux/magic.h` and the file systems' own sources. */
const networkTypes: { readonly [type: number]: string } = {
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB2',
  0x01021997: '9P',
  0x65735546: 'FUSE',
  0x5346414f: 'AFS',
  0x73757245: 'Coda',
  0x00c36400: 'Ceph',
  0x47504653: 'GPFS',
  0x0bd00bd0: 'Lustre',
  0x19830326: 'BeeGFS',
  0x01161970: 'GFS2',
  0x7461636f: 'OCFS2',
  0x0000564c: 'NCP',
  0x786f4256: 'a VirtualBox share',
};

/** Locks and fsync on a network filesystem may be promises nobody keeps, so a database there is refused. */
export function refuseNetworkFilesystem(path: string): void {
  if (process.platform !== 'linux') return;
  const kind = networkFilesystem(path);
  if (kind === null) return;
  throw new HostError('STORE_ON_NETWORK_FS', `${path} lies on a network filesystem (${kind})`, {
    hint:
      'Keep the workspace on a local disk; its files may be anywhere. If you know that locks and syncs ' +
      'are kept there, set CAPSTAN_ALLOW_NETWORK_FS=1.',
    details: { path, filesystem: kind },
  });
}

export function networkFilesystem(path: string, type = typeOf(path)): string | null {
  return networkTypes[type] ?? null;
}

function typeOf(path: string): number {
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  // Some libraries hand the 32 bits out signed.
  return statfsSync(folder).type >>> 0;
}
