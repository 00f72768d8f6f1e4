// A fleet of any size: the incident's two hosts again and again, each pair with names, addresses and boots of its own.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes a snapshot of that many hosts into a folder that is there. */
export function writeFleet(folder, size, incident) {
  const manifest = JSON.parse(readFileSync(join(incident, 'manifest.json'), 'utf8'));
  const templates = manifest.hosts.map((about) => {
    const own = join(incident, about.host.name);
    const names = readdirSync(own, { recursive: true }).filter((name) => name.endsWith('.txt'));
    return { about, files: names.map((name) => [name, readFileSync(join(own, name), 'utf8')]) };
  });
  const hosts = [];
  for (let i = 0; i < size; i++) {
    const { about, files } = templates[i % templates.length];
    const pair = Math.floor(i / templates.length);
    const name = `${about.host.name}-${pair}`;
    for (const [file, text] of files) {
      const path = join(folder, name, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, inPair(text, pair));
    }
    hosts.push({ ...about, host: { ...about.host, name } });
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, hosts }, null, 1));
}

function inPair(text, pair) {
  const bytes = [10, 16 + (pair >> 8), pair & 255];
  const boot = pair.toString(16).padStart(8, '0');
  // as IPVS's table has them
  const hex = bytes
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
  return text
    .replace(/\b192\.168\.128\./g, `${bytes.join('.')}.`)
    .replace(/\bC0A880(?=[0-9A-F]{2}:)/g, hex)
    .replace(/\b[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)/g, boot)
    .replace(/\b([0-9a-f]{2}:){3}(?=([0-9a-f]{2}:){2}[0-9a-f]{2}\b)/g, (prefix) =>
      /^(00:00:00|ff:ff:ff)/.test(prefix) ? prefix : `02:${boot.slice(4, 6)}:${boot.slice(6)}:`,
    );
}
