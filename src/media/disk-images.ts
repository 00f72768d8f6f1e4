/** Images that are no archives of files: by their first bytes, and the command that makes a tar of each. */
import { bytesOf, packer } from './bytes.ts';
import { BLOCK, isHeader } from './tar.ts';

/** A kind of image, and the bytes that all of them have at a place. */
interface Kind {
  name: string;
  at: number;
  /** In hexadecimal digits. */
  magic: string;
  /** Writes OUT, a tar, of IN. */
  command: string;
}

const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex');

/** virt-tar-out(1) and guestfish(1), of libguestfs, which open an image without root and without running anything of it. */
const OF_A_DISK = 'virt-tar-out -a IN / OUT';
const OF_A_FILE_SYSTEM = 'guestfish --ro -a IN -m /dev/sda tar-out / OUT';

/**
 * QEMU's docs/interop/qcow2.rst, ECMA-119 8.1, Linux' Documentation/filesystems/squashfs.rst and fs/{erofs,ext4,xfs,btrfs}, UEFI
 * 5.3.2, cryptsetup's on-disk format, cpio(5), the headers of VMDK, VHDX and VDI. A disk with an MBR comes last: others have one.
 */
const KINDS: readonly Kind[] = [
  { name: 'a qcow2 disk', at: 0, magic: hex('QFI\xfb'), command: OF_A_DISK },
  { name: 'a VMDK disk', at: 0, magic: hex('KDMV'), command: OF_A_DISK },
  { name: 'a VHDX disk', at: 0, magic: hex('vhdxfile'), command: OF_A_DISK },
  { name: 'a VDI disk', at: 0x40, magic: '7f10dabe', command: OF_A_DISK },
  { name: 'an ISO image', at: 0x8001, magic: hex('CD001'), command: 'bsdtar -cf OUT @IN' },
  { name: 'a squashfs file system', at: 0, magic: hex('hsqs'), command: 'sqfs2tar IN >OUT' },
  { name: 'an initramfs', at: 0, magic: hex('070701'), command: 'bsdtar -cf OUT @IN' },
  { name: 'an EROFS file system', at: 1024, magic: 'e2e1f5e0', command: OF_A_FILE_SYSTEM },
  { name: 'an XFS file system', at: 0, magic: hex('XFSB'), command: OF_A_FILE_SYSTEM },
  { name: 'a Btrfs file system', at: 0x10040, magic: hex('_BHRfS_M'), command: OF_A_FILE_SYSTEM },
  { name: 'an ext4 file system (or ext2, ext3)', at: 0x438, magic: '53ef', command: OF_A_FILE_SYSTEM },
  { name: 'an encrypted disk (LUKS)', at: 0, magic: hex('LUKS\xba\xbe'), command: OF_A_DISK },
  {
    name: 'a raw disk',
    at: 512,
    magic: hex('EFI PART'),
    command: OF_A_DISK.replace('-a', '--format=raw -a'),
  },
  { name: 'a raw disk', at: 510, magic: '55aa', command: OF_A_DISK.replace('-a', '--format=raw -a') },
];

const LONGEST = Math.max(...KINDS.map(({ at, magic }) => at + magic.length / 2));

/**
 * Returns what a file is, packed or not, and what to do about it; null: none of these. `shown`: its path for people, which
 * may be none of a file, as `stdin`.
 */
export async function diskImage(file: string, shown: string): Promise<string | null> {
  const range = { path: file, start: 0, size: Number.MAX_SAFE_INTEGER };
  const bytes = await bytesOf(range);
  let head: Buffer;
  try {
    head = await bytes.take(LONGEST);
  } finally {
    await bytes.close();
  }
  // at some place in it, an archive may have any bytes
  if (isHeader(head.subarray(0, BLOCK))) return null;
  const kind = KINDS.find(({ at, magic }) => head.toString('hex', at, at + magic.length / 2) === magic);
  if (kind === undefined) return null;
  const name = shown === file && /^[\w./-]+$/.test(shown) ? shown : 'IMAGE';
  const command = commandFor(kind, name, await packer(range));
  return `${shown} is ${kind.name}, not an archive of files; one is made by: ${command}`;
}

/** bsdtar(1) unpacks what it reads, the others do not. */
function commandFor({ command }: Kind, name: string, program: string | null): string {
  const own = name.replace(/^.*\//, '');
  const unpacked = /\.\w+$/.test(own) ? own.replace(/\.\w+$/, '') : `${own}.unpacked`;
  const isUnpacked = program === null || command.startsWith('bsdtar');
  const [image, before] = isUnpacked ? [name, ''] : [unpacked, `${program} -dc ${name} >${unpacked} && `];
  const tar = `${(program === null ? own : unpacked).replace(/\.\w+$/, '')}.tar`;
  return before + command.replace('IN', image).replace('OUT', tar);
}
