// A fleet of any size: the incident's two hosts again and again, each pair with names, addresses and boots of its own.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readManifest } from '../build/collect/manifest.js';
import { answerFile, readSnapshot } from '../build/collect/snapshot.js';

const PAIR = ['s2', 'm1'];

/** Writes a snapshot of that many hosts, host by host. */
export function writeFleet(folder, size, incident) {
  const { hosts } = readSnapshot(incident);
  const manifest = readManifest(incident);
  const entries = [];
  for (let i = 0; i < size; i++) {
    const at = i % PAIR.length;
    const pair = Math.floor(i / PAIR.length);
    const template = hosts[at];
    const name = nameOf(PAIR[at], pair);
    for (const entry of template.evidence)
      if (entry.answer.ok) {
        const path = join(folder, answerFile(name, entry));
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, inPair(entry.answer.value, pair));
      }
    const about = manifest.hosts[at];
    entries.push({ ...about, host: { ...about.host, name } });
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, hosts: entries }, null, 1));
}

const nameOf = (name, pair) => `${name}-${pair}`;

function inPair(text, pair) {
  const [network, boot] = [`10.${16 + (pair >> 8)}.${pair & 255}.`, pair.toString(16).padStart(8, '0')];
  return text
    .replace(/\b192\.168\.128\./g, network)
    .replace(/\b[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)/g, boot)
    .replace(/\b([0-9a-f]{2}:){3}(?=([0-9a-f]{2}:){2}[0-9a-f]{2}\b)/g, (prefix) =>
      /^(00:00:00|ff:ff:ff)/.test(prefix) ? prefix : `02:${boot.slice(4, 6)}:${boot.slice(6)}:`,
    );
}
