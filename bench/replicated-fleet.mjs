// A fleet of any size: the incident's two hosts again and again, each pair with names, addresses, boots, times and counters of
// its own: of hosts that were made from one image, what never changes is alike, and nothing else.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a snapshot of that many hosts into a folder that is there. */
export function writeFleet(folder, size, incident) {
  const { hosts: listed, ...run } = JSON.parse(readFileSync(join(incident, 'manifest.json'), 'utf8'));
  const templates = listed.map(({ evidence, ...about }) => ({
    about,
    answers: evidence.map((entry) => ({ entry, text: answerOf(entry, join(incident, about.host.name)) })),
  }));
  const hosts = [];
  for (let i = 0; i < size; i++) {
    const { about, answers } = templates[i % templates.length];
    const pair = Math.floor(i / templates.length);
    const name = `${about.host.name}-${pair}`;
    const blocks = answers.map(({ entry, text }) =>
      text === null ? JSON.stringify(entry) : printed(entry, counted(entry.probe, inPair(text, pair), pair)),
    );
    const last = `${JSON.stringify({ answers: answers.length })}\n`;
    writeFileSync(join(folder, `${name}.txt`), [...blocks, last].join('\n\n'));
    hosts.push({ ...about, host: { ...about.host, name } });
  }
  const manifest = { ...run, format: 'twlint-snapshot/2', hosts };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest, null, 1));
}

const printed = (entry, text) => `${JSON.stringify(entry)}\n\t${text.replaceAll('\n', '\n\t')}`;

/** The incident has a file for each answer; null where there is none. */
function answerOf({ probe, namespace, sample, problem }, folder) {
  if (problem !== undefined) return null;
  const place = namespace === null ? 'host' : `netns-${namespace}`;
  return readFileSync(join(folder, place, `${probe}${sample === 1 ? '.again' : ''}.txt`), 'utf8');
}

/** Adds the number of the pair to all that a kernel counts, in each sample: it grew as it did. */
function counted(probe, text, pair) {
  const more = (digits) => String(Number(digits) + pair);
  // a table that were fuller than on any host of the incident would be a finding
  const aFew = (digits) => String(Number(digits) + (pair % 100));
  switch (probe) {
    case 'counters.netstat':
    case 'counters.snmp':
      // the rows of a listing that is at most as long as this; names, and what the protocol fixes, stay
      return text.replace(/^(?:TcpExt|IpExt|Ip|Tcp|Udp): \d.*$/gm, (row) =>
        row.replace(/ [1-9]\d*\b(?= |$)/g, (count) => (FIXED.has(count) ? count : ` ${more(count)}`)),
      );
    case 'conntrack.limits':
      return text.replace(/(?<=_count:)\d+/, aFew);
    case 'conntrack.stat':
      return text.replace(/\b[0-9a-f]{8}\b/g, (hex) =>
        hex === '00000000' ? hex : (Number.parseInt(hex, 16) + pair).toString(16).padStart(8, '0'),
      );
    case 'counters.uptime':
    case 'kernel.uptime':
      return text.replace(/\d+(?=\.)/, more);
    case 'kernel.hostname':
      return text.replace(/^\S+/, (name) => `${name}-${pair}`);
    case 'nat.legacy':
      return text
        .replace(/(?<=\[)\d+(?=:)|(?<=\[\d+:)\d+/g, (count) => (count === '0' ? count : more(count)))
        .replace(/\d\d(?=:\d\d \d{4}$)/gm, (minute) => String((Number(minute) + pair) % 60).padStart(2, '0'));
    case 'sysctl.values':
      return text.replace(/(?<=conntrack_count:)\d+/g, aFew);
    default:
      return text;
  }
}

/** Of Tcp: its algorithm, limits and connections at a time. */
const FIXED = new Set([' 1', ' 2', ' 64', ' 200', ' 120000']);

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
