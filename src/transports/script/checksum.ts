/** The checksum of POSIX' cksum(1): a CRC of 32 bits over the bytes, and over their number. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

export function checksum(bytes: Uint8Array): number {
  let crc = 0;
  const add = (byte: number) => {
    crc = ((crc << 8) ^ (TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  };
  for (const byte of bytes) add(byte);
  // least significant byte first, as many as it has
  for (let size = bytes.length; size > 0; size = Math.floor(size / 256)) add(size & 0xff);
  return ~crc >>> 0;
}
