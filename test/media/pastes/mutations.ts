/** What becomes of an output on its way into a ticket. */

interface Sample {
  /** The file's name, which is the command's with `_` for blanks. */
  name: string;
  text: string;
}

/** Returns the files of the folder. */
type Mutation = (sample: Sample) => Record<string, string>;

const lines = (text: string) => text.replace(/\n$/, '').split('\n');
const joined = (rows: readonly string[]) => `${rows.join('\n')}\n`;
const eachLine =
  (change: (row: string) => string): Mutation =>
  ({ name, text }) => ({ [`${name}.txt`]: joined(lines(text).map(change)) });
const around =
  (before: string, after = ''): Mutation =>
  ({ name, text }) => ({ [`${name}.txt`]: before + text + after });

const COMMANDS: Record<string, string> = {
  'keepalived.conf': 'cat /etc/keepalived/keepalived.conf',
  proc_net_netstat: 'cat /proc/net/netstat',
};
const commandOf = ({ name }: Sample) => COMMANDS[name] ?? name.replaceAll('_', ' ');

/** Where a second command would begin to print, of one that prints only some; and what each prints first. */
const PARTS: Record<string, { begins: RegExp; heading: number }> = {
  'iptables-save': { begins: /^\*nat$/, heading: 1 },
  'iptables_-t_nat_-S': { begins: /^-A POSTROUTING/, heading: 0 },
  'iptables_-t_nat_-L_-n_-v': { begins: /^Chain POSTROUTING/, heading: 0 },
  nft_list_ruleset: { begins: /^table inet/, heading: 0 },
  ip_addr: { begins: /^4: /, heading: 0 },
  proc_net_netstat: { begins: /^IpExt: [A-Z]/, heading: 0 },
  'netstat_-s': { begins: /^TcpExt:/, heading: 0 },
  'ss_-ltn': { begins: /0\.0\.0\.0:22/, heading: 1 },
  'ipvsadm_-S_-n': { begins: /^-A -f/, heading: 0 },
  lsmod: { begins: /^br_netfilter/, heading: 1 },
  'sysctl_-a': { begins: /^net\.ipv4\.tcp/, heading: 0 },
  ip_route: { begins: /^192/, heading: 0 },
  ip_rule: { begins: /^32766/, heading: 0 },
  'conntrack_-S': { begins: /^cpu=2/, heading: 0 },
};

function split({ name, text }: Sample): Record<string, string> {
  const rows = lines(text);
  const { begins, heading } = PARTS[name] ?? { begins: /(?!)/, heading: 0 };
  const at = rows.findIndex((row) => begins.test(row));
  if (at < 0) return { [`${name}.txt`]: text };
  return {
    [`${name}.1.txt`]: joined(rows.slice(0, at)),
    [`${name}.2.txt`]: joined([...rows.slice(0, heading), ...rows.slice(at)]),
  };
}

function withOther(sample: Sample): Record<string, string> {
  const other = sample.name.startsWith('uname')
    ? 'default via 192.168.10.1 dev eth0 \n'
    : 'Linux h 5.4.0 #1 SMP x86_64\n';
  return { [`${sample.name}.txt`]: `${sample.text}\n${other}` };
}

function elided({ name, text }: Sample): Record<string, string> {
  const rows = lines(text);
  const at = Math.ceil(rows.length / 2);
  return { [`${name}.txt`]: joined([...rows.slice(0, at), '[...]', ...rows.slice(at)]) };
}

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  prompt: (sample) => around(`root@h:~# ${commandOf(sample)}\n`)(sample),
  'sudo prompt': (sample) =>
    around(`[ops@h ~]$ sudo ${commandOf(sample)}\n[sudo] password for ops: \n`)(sample),
  fence: around('```\n', '```\n'),
  quote: eachLine((row) => `> ${row}`.trimEnd()),
  ANSI: eachLine((row) => `\u001b[01;31m\u001b[K${row.slice(0, 3)}\u001b[m\u001b[K${row.slice(3)}\u001b[0m`),
  CRLF: eachLine((row) => `${row}\r`),
  BOM: around('\ufeff'),
  indentation: eachLine((row) => `    ${row}`),
  'leading blanks': around('\n  \n\n'),
  'trailing prompt': around('', 'root@h:~# \n'),
  'warning on top': around('# Warning: iptables-legacy tables present, use iptables-legacy to see them\n'),
  elision: elided,
  'two outputs': withOther,
  'odd name': ({ text }) => ({ 'paste (1).txt': text }),
  'two files': split,
  duplicated: ({ name, text }) => ({ [`${name}.txt`]: text, [`${name} (copy).txt`]: text }),
  'cut at the end': ({ name, text }) => ({ [`${name}.txt`]: text.slice(0, Math.ceil(text.length * 0.7)) }),
  'trailing blanks': eachLine((row) => `${row} \t `),
};

/** Further ways, and some at once. */
export const FURTHER: Readonly<Record<string, Mutation>> = {
  'prompt of busybox': (sample) => around(`~ # ${commandOf(sample)}\n`, '~ # \n')(sample),
  'prompt of a user': (sample) => around(`$ sudo ${commandOf(sample)}\n`, '$ exit\n')(sample),
  'prompt with a name alone': (sample) => around(`h# ${commandOf(sample)}\n`)(sample),
  'prompt with colours and a title': (sample) =>
    around(
      `\u001b]0;root@h: ~\u0007\u001b[01;32mroot@h\u001b[00m:\u001b[01;34m~\u001b[00m# ${commandOf(sample)}\r\n`,
    )(sample),
  'a trace of the shell': (sample) => around(`+ ${commandOf(sample)}\n`)(sample),
  'a heading': (sample) => around(`=== ${commandOf(sample)} ===\n`)(sample),
  'a heading of Markdown and a fence': (sample) =>
    around(`### ${commandOf(sample)}\n\n\`\`\`console\n`, '```\n')(sample),
  'a sentence with the command': (sample) =>
    around(`Output of \`${commandOf(sample)}\`:\n\n\`\`\`\n`, '```\n')(sample),
  'a letter around': (sample) =>
    around(`Hello,\n\nwe see resets since Monday. Here it is:\n\n`, '\nAny idea?\nThanks, Ann\n')(sample),
  'a quote of a quote': eachLine((row) => `> > ${row}`.trimEnd()),
  'a quote without blanks': eachLine((row) => `>${row}`),
  'blanks at the end': eachLine((row) => `${row}   `),
  'no line feed at the end': ({ name, text }) => ({ [`${name}.txt`]: text.trimEnd() }),
  'tabs before': eachLine((row) => `\t${row}`),
  'CRLF and BOM': ({ name, text }) => ({ [`${name}.txt`]: `\ufeff${text.replaceAll('\n', '\r\n')}` }),
  'the lecture of sudo': around(
    'We trust you have received the usual lecture from the local System\nAdministrator. It usually boils down to these three things:\n\n    #1) Respect the privacy of others.\n    #2) Think before you type.\n    #3) With great power comes great responsibility.\n\n[sudo] password for ops: \n',
  ),
  'a blank line after each line': eachLine((row) => `${row}\n`),
  'every output in one file': ({ name, text }) => ({
    [`${name}.txt`]: `root@h:~# id\nuid=0(root) gid=0(root)\nroot@h:~# ${COMMANDS[name] ?? name.replaceAll('_', ' ')}\n${text}root@h:~# ls /tmp\nticket.txt x\n`,
  }),
};
