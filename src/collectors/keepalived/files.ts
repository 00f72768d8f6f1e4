/** The files of keepalived as the probe `keepalived.files` gives them: their text, and which include which. */
import type { ConfSource } from '../../network/keepalived/lines.ts';

/** A configuration, and the place where it runs. */
interface FoundConf {
  source: ConfSource;
  /** Inode of the network namespace of the process; '' where none runs with it. */
  namespace: string;
}

export interface KeepalivedFiles {
  confs: FoundConf[];
  /** Lines by path, in the order of reading. */
  files: Map<string, string[]>;
  running: boolean;
  /** True when processes of others can't be seen: that none runs is not certain. */
  hidden: string | null;
  /** Descriptions of what could not be read. */
  doubts: string[];
}

/** The most configurations: each is read with all that it includes. */
const MOST_CONFS = 200;

export function readKeepalivedFiles(text: string): KeepalivedFiles {
  const found: KeepalivedFiles = { confs: [], files: new Map(), running: false, hidden: null, doubts: [] };
  const includes = new Map<string, string[]>();
  const included = (file: string, pattern: string) => includes.get(`${file}\t${pattern}`);
  let rows: string[] | null = null;
  for (const line of text.split('\n')) {
    // |vrrp_instance vips {
    if (line.startsWith('|') && rows !== null) {
      rows.push(line.slice(1));
      continue;
    }
    // running 4026531840 lb-1 /etc/keepalived/keepalived.conf   file /etc/keepalived/keepalived.conf
    // include /etc/keepalived/keepalived.conf\tconf.d/*\t/etc/keepalived/conf.d/web.conf   denied PATH   capped
    // unread PATH\tREASON   foreign 2\tprocess 914 as user 1000
    const [, word, rest = ''] =
      /^(running|idle|file|include|denied|unread|foreign|capped|hidden)(?: (.+))?$/.exec(line) ?? [];
    const [, namespace = '', id = '', conf] = /^(\d+) (\S+) (\/.+)$/.exec(rest) ?? [];
    const [, idleId = '', idleConf] = /^(\S+) (\/.+)$/.exec(rest) ?? [];
    const [from = '', pattern, path] = rest.split('\t');
    if (word === 'running' && conf !== undefined) {
      found.running = true;
      found.confs.push(confOf(conf, id, namespace));
    } else if (word === 'idle' && idleConf !== undefined) found.confs.push(confOf(idleConf, idleId, ''));
    else if (word === 'file' && rest !== '') {
      rows = [];
      found.files.set(rest, rows);
    } else if (word === 'include' && pattern !== undefined) {
      const key = `${from}\t${pattern}`;
      const paths = includes.get(key) ?? [];
      if (path !== undefined) paths.push(path);
      includes.set(key, paths);
    } else if (word === 'denied' && rest !== '') {
      // a process whose files could not be found runs nevertheless
      if (rest.startsWith('/proc/')) found.running = true;
      found.doubts.push(`permission denied: ${rest}`);
    } else if (word === 'unread' && pattern !== undefined) {
      if (/^\/proc\/\d+$/.test(from)) found.running = true;
      found.doubts.push(`not read: ${from}: ${pattern}`);
    } else if (word === 'foreign' && pattern !== undefined)
      found.doubts.push(
        `${from} called keepalived not run as root (${pattern}), and what those do is not looked at`,
      );
    else if (word === 'capped') found.doubts.push('there are more files than were read');
    else if (word === 'hidden') found.hidden = rest || 'processes of others are hidden';
    else if (line !== '') throw new Error(`"${line.slice(0, 80)}" belongs to no file`);
  }
  if (found.confs.length > MOST_CONFS) {
    found.confs.length = MOST_CONFS;
    found.doubts.push(`more than ${MOST_CONFS} keepalived run`);
  }
  if (found.confs.length === 0 && found.doubts.length === 0) throw new Error('no file is named');
  return found;

  function confOf(main: string, id: string, namespace: string): FoundConf {
    return { source: { main, files: found.files, included, id: id === '-' ? null : id }, namespace };
  }
}
