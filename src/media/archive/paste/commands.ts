/** Commands as they stand before their output: after a prompt, in a heading, alone on a line. */

/** A command line that a person typed, and where. */
export interface Typed {
  command: string;
  /** The host that the prompt names; null where it names none. */
  host: string | null;
}

/** The programs whose outputs are looked for, and those that show a file. */
const PROGRAMS =
  'iptables(?:-legacy|-nft)?(?:-save)?|ip6tables(?:-legacy|-nft)?(?:-save)?|xtables-save|nft|ipset|ipvsadm(?:-save)?|ip|ss|netstat|nstat|sysctl|conntrack|uname|uptime|date|hostname|hostnamectl|lsmod|ifconfig|route|arp|id|ps|cat|zcat|grep|egrep|zgrep|head|tail|less|more|find|watch|for|while|keepalived|systemctl|journalctl|dmesg|ethtool|tc|bridge|brctl|lsof|tcpdump|curl|ping|dig|docker|podman|kubectl|crictl|nsenter|ssh|sar|free|top|vmstat|mpstat|ls|echo|rpm|dpkg|modinfo|modprobe|perf|crash|su|clear|history|cd|vi|vim|tee|service|lsb_release|firewall-cmd|ufw|calicoctl|cilium';
const KNOWN = new RegExp(`^(?:\\S*/)?(?:${PROGRAMS})(?=\\s|$|[|;&<>])`);

/** Programs that are put before a command and change nothing of its output. */
const PREFIX =
  /^(?:sudo(?:\s+-[EHnSk]+|\s+-u\s+root)*|doas|time|env|command|stdbuf\s+\S+|timeout\s+\S+|[A-Z_]+=\S*)\s+(?=\S)/;

/** Returns a command without `sudo`, variables and the folder of its program. */
export function withoutPrefix(command: string): string {
  let rest = command.trim();
  for (let i = 0; i < 8 && PREFIX.test(rest); i++) rest = rest.replace(PREFIX, '');
  return rest.replace(/^\S*\/(?=[\w.-]+(?:\s|$))/, '');
}

const isKnownCommand = (text: string) => KNOWN.test(withoutPrefix(text));

/** Prompts that nothing else looks like: `[root@vm01 ~]# `, `root@h:~# `, `root@h:/etc$ `, `h:~ # `, `root@h ~ $ `. */
const SURE: readonly RegExp[] = [
  /^(?:\(\S+\) ?)?\[(?:[\w.-]+@)?(?<host>[\w.-]+)(?:[: ][^\]]*)?\] ?[#$%>](?: (?<command>.*)|$)/,
  /^(?:\(\S+\) ?)?[\w.-]+@(?<host>[\w.-]+)(?::| )(?:~|\/)?[^\s#$%>]{0,200} ?[#$%>](?: (?<command>.*)|$)/,
  /^(?<host>[\w.-]+):(?:~|\/)[^\s#$%>]{0,200} ?[#$%>](?: (?<command>.*)|$)/,
  /^(?:bash|sh|dash|ash)-\d+\.\d+[#$](?: (?<command>.*)|$)/,
  /^[➜❯λ]\s+(?:~|\/)?\S{0,200}\s+(?<command>.*)$/,
];

/** Prompts that a line of an output may look like, too: only what is known to be a command follows them. */
const UNSURE: readonly RegExp[] = [
  /^(?:~|\/\S{0,200}) ?[#$%>] (?<command>.*)$/,
  /^(?<host>[\w.-]{1,64}) ?(?:~|\/\S{0,200})? ?[#$%>] (?<command>.*)$/,
  /^[#$%>❯+]{1,2} ?(?<command>.*)$/,
];

/** Reads a prompt and what was typed there; ''; nothing. Null for any other line. */
export function promptIn(line: string): Typed | null {
  const text = line.trimStart();
  if (text.length > 4000) return null;
  for (const pattern of SURE) {
    const { host = null, command = '' } = pattern.exec(text)?.groups ?? {};
    if (pattern.test(text)) return { command: command.trim(), host };
  }
  if (/^(?:[#$%]|~ ?[#$])$/.test(text)) return { command: '', host: null };
  if (/^\$ \S/.test(text)) return { command: text.slice(2).trim(), host: null };
  for (const pattern of UNSURE) {
    const groups = pattern.exec(text)?.groups;
    if (groups && isKnownCommand(groups.command ?? '') && isCommandLine(groups.command ?? ''))
      return { command: (groups.command ?? '').trim(), host: groups.host ?? null };
  }
  return null;
}

/** Reads a heading that is a command: `=== ip addr ===`, `### iptables-save`, `**uname -a**`, `ip rule:`. */
export function headingIn(line: string): string | null {
  const text = line.trim();
  if (text.length > 200) return null;
  const file = /^==> (\S.*) <==$/.exec(text)?.[1];
  if (file !== undefined) return `cat ${file}`;
  const ticked = /^[^`]{0,80}`([^`]+)`[^`]{0,20}$/.exec(text)?.[1];
  const bare = (ticked ?? text)
    .replace(/^(?:[#=*_+~<>-]{1,80}|\d{1,2}[.)])\s*/, '')
    .replace(/\s*[#=*_+~<>-]{1,80}$/, '')
    .replace(/\s*:\s*$/, '')
    .trim();
  return isKnownCommand(bare) && isCommandLine(bare) ? bare : null;
}

/** Tells whether the words after the program are such as it takes, and no sentence: `date was wrong`, `ip is set`. */
function isCommandLine(command: string): boolean {
  const [program = '', ...words] = withoutPrefix(command).split(/\s+/);
  if (/^(?:docker|podman|kubectl|crictl|nsenter|ssh|for|while)$/.test(program)) return words.length > 0;
  if (/^(?:cat|zcat|grep|egrep|zgrep|head|tail|less|more|ls|find|vi|vim|tee)$/.test(program))
    return words.some((word) => /^[-/]|[./]/.test(word));
  if (program === 'ip')
    return /^(?:-\S+|a|ad|addr|address|r|ro|route|ru|rule|l|li|link|n|neigh|netns|tcp_metrics|maddr|xfrm|vrf)$/.test(
      words[0] ?? '',
    );
  const [first] = words;
  if (first === undefined) return true;
  if (program === 'sysctl') return /^-|^[a-z]+[./]\S/.test(first);
  if (program === 'nft') return /^(?:-\S+|list|-a)$/.test(first);
  if (program === 'ipset') return /^(?:save|list|-\S+)$/.test(first);
  return /^[-+|>&]/.test(first) || /^(?:list|show|status|exec|bgp)$/.test(first);
}

/** The place where a command was run, if not in the namespace of the shell: one that `ip netns` names, or elsewhere. */
export interface Whereabouts {
  command: string;
  /** The namespace; null for that of the shell. */
  namespace: string | null;
  /** The command that led elsewhere: `docker exec`, `ssh`; null for none. */
  elsewhere: string | null;
}

export function whereaboutsOf(typed: string): Whereabouts {
  const command = withoutPrefix(typed);
  const [, namespace, inner = ''] =
    /^ip\s+netns\s+exec\s+(\S+)\s+(.*)$/.exec(command) ??
    /^ip\s+(?:-n|-netns)\s+(\S+)\s+(.*)$/.exec(command) ??
    [];
  if (namespace !== undefined) {
    const rest = /^ip\s+netns/.test(command) ? withoutPrefix(inner) : `ip ${inner}`;
    return { command: rest, namespace, elsewhere: null };
  }
  const [elsewhere = null] =
    /^(?:nsenter|ssh|chroot|unshare)\b|^(?:docker|podman|kubectl|oc|crictl|lxc|incus)\s.*?\bexec\b/.exec(
      command,
    ) ?? [];
  return { command, namespace: null, elsewhere };
}

/** The reason why an output may lack something of what its command is asked to show; null where it need not. */
export function cutBy(command: string | null): string | null {
  if (command === null) return null;
  const filter =
    /\|\s*(?:sudo\s+)?(grep|egrep|fgrep|head|tail|awk|sed|cut|less|sort|uniq|column|tee|cat)\b/.exec(
      command,
    )?.[1];
  if (filter !== undefined && /grep|head|tail|awk|sed|cut|uniq/.test(filter))
    return `"${command.slice(0, 120)}" shows a part`;
  const [program = '', ...words] = withoutPrefix(command).split(/\s+/);
  if (
    /^z?[ef]?grep$/.test(program) &&
    !/^(?:""|''|\.|\^)$/.test(words.find((word) => !word.startsWith('-')) ?? '')
  )
    return `"${command.slice(0, 120)}" shows a part`;
  if (/^(?:head|tail)$/.test(program)) return `"${command.slice(0, 120)}" shows a part`;
  return null;
}
