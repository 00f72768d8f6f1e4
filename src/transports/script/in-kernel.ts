/**
 * The sh functions that report whether a part of the kernel is there, without anything that would load it. Where
 * neither presence nor absence is proved that is reported, too: an empty list proves nothing.
 */

/** The parts that are asked for: the module, one of its functions, and what configures it (net/.../Kconfig). */
const PARTS: readonly { module: string; symbol: string; option: string }[] = [
  { module: 'nf_tables', symbol: 'nft_do_chain', option: 'NF_TABLES' },
  { module: 'ip_set', symbol: 'ip_set_test', option: 'IP_SET' },
  { module: 'tcp_diag', symbol: 'tcp_diag_init', option: 'INET_TCP_DIAG' },
  { module: 'br_netfilter', symbol: 'br_netfilter_enable', option: 'BRIDGE_NETFILTER' },
  { module: 'ip_vs', symbol: 'register_ip_vs_scheduler', option: 'IP_VS' },
  { module: 'nf_conntrack', symbol: 'nf_conntrack_in', option: 'NF_CONNTRACK' },
];

const alternatives = (key: 'module' | 'symbol' | 'option') => PARTS.map((part) => part[key]).join('|');

/** The option and the function of a module, as sh. */
const details = PARTS.map(
  ({ module, symbol, option }) => `${module}) option=CONFIG_${option} symbol=${symbol} ;;`,
).join('\n    ');

export const inKernel = `
# nothing_loads: proved that no module can be loaded any more, or ever: asking for one does nothing then
nothing_loads() {
  if [ -r /proc/sys/kernel/modules_disabled ]; then
    grep -qx 1 /proc/sys/kernel/modules_disabled
  else
    has_no_modules
  fi
}
# has_no_modules: the settings of the kernel are shown, and those of modules, which each kernel with modules has, are not
has_no_modules() {
  [ -r /proc/sys/kernel/ostype ] || return 1
  for path in /proc/modules /proc/sys/kernel/modules_disabled /proc/sys/kernel/modprobe; do
    there "$path"
    [ "$?" = 1 ] || return 1
  done
}

# look_into_kernel: sets KERNEL to "NAME=SAYING" of each part that is asked for. listed: in the list of modules; yes; no;
# ask: nobody says, and asking would load nothing; unknown. What is read once, of all, from what costs least; a list of
# 100,000 functions comes last.
look_into_kernel() {
  KERNEL= doubtful= modules= list=
  [ ! -r /proc/modules ] || IFS= read -r list </proc/modules
  case "$list" in [a-z0-9_]*" "[0-9]*) modules="
$(grep -E "^(${alternatives('module')}) " /proc/modules)" ;; esac
  for name in ${PARTS.map(({ module }) => module).join(' ')}; do
    case "$modules" in
      *"
$name "*) KERNEL="$KERNEL $name=listed" ;;
      *) if [ -d "/sys/module/$name" ]; then KERNEL="$KERNEL $name=yes"; else doubtful="$doubtful $name"; fi ;;
    esac
  done
  [ -z "$doubtful" ] || settle told_by_config
  [ -z "$doubtful" ] || settle told_by_builtin
  [ -z "$doubtful" ] || settle told_by_functions
  [ -z "$doubtful" ] || if nothing_loads; then settle would_load_nothing; else settle nobody_tells; fi
}
# settle BY: asks BY of each part that is in doubt; those that stay so are asked for elsewhere
settle() {
  names=$doubtful doubtful= lines=
  for name in $names; do
    case $name in
    ${details}
    esac
    "$1"
    case $said in
      "") doubtful="$doubtful $name" ;;
      *) KERNEL="$KERNEL $name=$said" ;;
    esac
  done
}
# told_by_config: by what the running kernel was made with. CONFIG_NET is in each that has any of this
told_by_config() {
  [ -n "$lines" ] || lines="-
$(gzip -dc /proc/config.gz 2>/dev/null | grep -E "^(# )?CONFIG_(NET|MODULES|BRIDGE|${alternatives('option')})[ =]")
"
  said=
  case "$lines" in
    *"
CONFIG_NET=y
"*) ;;
    *) return ;;
  esac
  # before Linux 3.18 it is a part of the bridge, whether that is a module or not
  case "$name$lines" in br_netfilter*"
CONFIG_BRIDGE=m
"*) return ;; esac
  case "$lines" in
    *"
$option=y
"*) said=yes ;;
    *"
$option=m
"*) [ -z "$modules" ] || said=no ;;
    *"
CONFIG_MODULES=y
"*) [ -z "$modules" ] || said=no ;;
    *) said=no ;;
  esac
}
# told_by_builtin: by the list of what is built in, and that of modules
told_by_builtin() {
  [ -n "$lines" ] || lines="-
$(grep -oE "/[a-z0-9_-]*\\.ko" "/lib/modules/\${RELEASE:-$(uname -r)}/modules.builtin" 2>/dev/null)
"
  case "$lines" in
    *"
/$name.ko"*) said=yes ;;
    *"
/"*) said=\${modules:+no} ;;
    *) said= ;;
  esac
}
# told_by_functions: ip_rcv is in every kernel with IPv4: a list without it is not the whole
told_by_functions() {
  [ -n "$lines" ] || lines="-
$(grep -wE "${alternatives('symbol')}|ip_rcv" /proc/kallsyms 2>/dev/null | sed -e "s/^[^ ]* [^ ]* //" -e "s/[[:blank:]].*//")
"
  case "$lines" in
    *"
$symbol
"*) said=yes ;;
    *"
ip_rcv
"*) said=no ;;
    *) said= ;;
  esac
}
would_load_nothing() { said=ask; }
nobody_tells() { said=unknown; }

# in_kernel NAME: sets $said to what was found out
in_kernel() {
  [ -n "$KERNEL" ] || look_into_kernel
  said=\${KERNEL#*" $1="} said=\${said%% *}
}
# need_nf_tables: asking nft where nf_tables is not there yet would load it
need_nf_tables() {
  in_kernel nf_tables
  case $said in
    listed | yes | ask) ;;
    no) absent "nf_tables is not in use" ;;
    *) unsupported "whether nf_tables is in use can not be told: neither /proc/modules nor /proc/kallsyms says, and asking nft might load it" ;;
  esac
}
# list_nft_tables: sets $NFT_TABLES, for all that ask; $NFT is told where that worked. nft looks at each rule for it
list_nft_tables() {
  NFT= NFT_TABLES=
  in_kernel nf_tables
  case $said in listed | yes | ask) ;; *) return ;; esac
  [ -z "$LATE" ] && command -v nft >/dev/null 2>&1 || return
  timed
  NFT_TABLES=$(nft list tables 2>/dev/null) && [ "$CUT" = 137 ] && NFT=told
}
# no_sets: ipset says that there is no set; where it can not be asked, whoever asks it alone says why
no_sets() {
  in_kernel ip_set
  case $said in listed | yes | ask) ;; *) return 1 ;; esac
  [ -z "$LATE" ] && has_program ipset || return 1
  timed
  sets=$(ipset list -n 2>/dev/null) && [ "$CUT" = 137 ] && [ -z "$sets" ]
}
nft_tables() { if [ "$NFT" = told ]; then printf "%s\n" "$NFT_TABLES"; else nft list tables; fi; }
# lacks_nft FAMILY: nf_tables has no table of it that iptables has, too. lacks_nft any: it has none
lacks_nft() {
  [ "$NFT" = told ] || return 1
  [ -n "$NFT_TABLES" ] || return 0
  [ "$1" != any ] || return 1
  for name in nat mangle raw filter security; do
    case "
$NFT_TABLES
" in *"
table $1 $name
"*) return 1 ;; esac
  done
}
`;
